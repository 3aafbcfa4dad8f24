// Programs that import `TorchDistributed` also use declarations of the library below it.
@_exported public import TorchNN
