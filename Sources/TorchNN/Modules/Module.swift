// Programs that import `TorchNN` also use tensors.
@_exported public import Torch

/// A part of a network: parameters, buffers, child modules and a forward pass.
///
/// Conforming types are classes. Reflection finds their members, so the names in a state dict are the names of the
/// properties. The order is that of declaration (superclass first), as in PyTorch: the module's parameters, its
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
/// A property whose Swift name differs from PyTorch's gives PyTorch's name: `@Parameter("gamma") var scale: Tensor`,
/// `@Buffer("running_mean") var runningMean: Tensor`, `@Submodule("ln_1") var norm1: LayerNorm`. Arrays of modules are
/// named as in PyTorch's `ModuleList`: `blocks.0`, `blocks.1`.
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

/// A module that behaves differently in training, such as dropout and batch normalization.
public protocol ModeDependent: Module {
    /// Whether the module is in training mode; new modules are.
    var isTraining: Bool { get set }
}

/// A mode-dependent module without parameters, such as dropout. It stores whether it is frozen because no parameter
/// shows it.
public protocol FreezableModule: ModeDependent {
    /// Whether the module stays in evaluation mode after `train()`. `freeze()` and `unfreeze()` set it.
    var isFrozen: Bool { get set }
}

/// A module whose named children are not properties.
public protocol ModuleContainer: Module {
    /// The children with their names in a state dict.
    var namedChildren: [(name: String, module: any Module)] { get }
}

/// A module whose state format has changed over time, so that a state dict contains its version.
public protocol VersionedModule: Module {
    /// PyTorch's `_version`, which its `load_state_dict` checks.
    var stateVersion: Int { get }
}

/// Throws a `TorchError` with the operator's name unless a condition holds. It checks arguments that LibTorch itself
/// would accept, or reject with an unclear message.
func require(
    _ condition: Bool, for op: Operator? = nil, _ message: @autoclosure () -> String
) throws(TorchError) {
    guard condition else {
        throw TorchError(code: .invalidArgument, message: message(), operatorName: op?.name)
    }
}
