// Programs that import `Torch` also use declarations of the targets below it: element types, file errors, the actor.
@_exported public import Checkpoints
@_exported public import Platform

/// The one thread of the process on which tensors are used: `@TensorActor final class Classifier`.
public typealias TensorActor = ComputeActor
