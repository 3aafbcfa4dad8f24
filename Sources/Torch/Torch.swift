// Programs that import `Torch` meet values of the targets below it: element types, errors of files, the actor.
@_exported public import Checkpoints
@_exported public import Platform

/// The one thread of the process on which tensors are used: `@TensorActor final class Classifier`.
public typealias TensorActor = ComputeActor
