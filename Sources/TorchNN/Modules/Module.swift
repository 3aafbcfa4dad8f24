// Programs that import `TorchNN` compute with tensors.
@_exported public import Torch

/// A piece of a network: parameters, buffers, child modules, and a forward pass.
///
/// Conforming types are classes. Their members are found by reflection, so the names of a state dict are the names of the
/// properties, in the order of their declaration (a superclass's first) and as PyTorch gives them: own parameters, own
/// buffers, then the children.
///
/// ```swift
/// final class Perceptron: Module {
///     let hidden: Linear
///     let output: Linear
///
///     init() throws {
///         hidden = try Linear(784, 100)
///         output = try Linear(100, 10)
///     }
///
///     func forward(_ input: Tensor) throws -> Tensor {
///         try output(hidden(input).relu())
///     }
/// }
/// ```
///
/// A property whose Swift name differs from PyTorch's says so: `@Parameter("gamma") var scale: Tensor`,
/// `@Buffer("running_mean") var runningMean: Tensor`, `@Submodule("ln_1") var norm1: LayerNorm`. Arrays of modules are
/// named as PyTorch's `ModuleList`: `blocks.0`, `blocks.1`.
public protocol Module: AnyObject {
    /// Computes the output for a batch.
    func forward(_ input: Tensor) throws -> Tensor
}

extension Module {
    /// Computes the output for a batch: `try module(input)`.
    public func callAsFunction(_ input: Tensor) throws -> Tensor {
        try withinScope(of: self) { try forward(input) }
    }
}

/// A module that behaves differently while it is trained, as dropout and batch normalization do.
public protocol ModeDependent: Module {
    /// Whether the module is being trained; a new module is.
    var isTraining: Bool { get set }
}

/// A mode-dependent module without parameters, as dropout is. No parameter shows whether it is frozen, so it keeps that
/// itself.
public protocol FreezableModule: ModeDependent {
    /// Whether the module stays in evaluation mode after `train()`; `freeze()` and `unfreeze()` set it.
    var isFrozen: Bool { get set }
}

/// A module whose children are not properties, but have names all the same.
public protocol ModuleContainer: Module {
    /// The children, with their names in a state dict.
    var namedChildren: [(name: String, module: any Module)] { get }
}

/// A module whose state has changed its meaning over time, so that a state dict records its version.
public protocol VersionedModule: Module {
    /// PyTorch's `_version`, which its `load_state_dict` looks at.
    var stateVersion: Int { get }
}

/// Throws a `TorchError` that names an operator unless a condition holds: for arguments that LibTorch itself would not
/// refuse, or not in words that help.
func require(
    _ condition: Bool, for op: Operator? = nil, _ message: @autoclosure () -> String
) throws(TorchError) {
    guard condition else {
        throw TorchError(code: .invalidArgument, message: message(), operatorName: op?.name)
    }
}
