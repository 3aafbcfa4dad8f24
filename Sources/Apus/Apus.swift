// A program that imports `Apus` needs no other import for what its functions take and return.
@_exported public import Checkpoints
@_exported public import Classifier
@_exported public import Images
@_exported public import Inference
@_exported public import Platform
@_exported public import Torch
@_exported public import TorchNN
@_exported public import TorchVision
