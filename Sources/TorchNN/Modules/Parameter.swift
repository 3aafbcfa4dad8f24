public import Torch

/// The value of a parameter or buffer property: a tensor or an optional one.
public protocol TensorSlot {
    /// The tensor, if any.
    var slotTensor: Tensor? { get }
}

extension Tensor: TensorSlot {
    /// The tensor itself.
    public var slotTensor: Tensor? { self }
}

extension Optional: TensorSlot where Wrapped == Tensor {
    /// The tensor, if any.
    public var slotTensor: Tensor? { self }
}

/// The interface of wrapped properties for reflection.
protocol NamedSlot {
    /// The name, if it differs from the property's.
    var explicitName: String? { get }
    var slotTensor: Tensor? { get }
}

/// A trainable tensor: `@Parameter var weight: Tensor`, `@Parameter var bias: Tensor?`.
///
/// It requires a gradient. `@Parameter("gamma") var scale: Tensor` gives PyTorch's name if it differs. The initializer
/// must set such a property after those without a name.
@propertyWrapper
public struct Parameter<Value: TensorSlot>: NamedSlot {
    private var value: Value?
    let explicitName: String?

    /// The tensor.
    public var wrappedValue: Value {
        get { assigned(value, name: explicitName) }
        set {
            value = newValue
            // Integer tensors and results of recorded operators cannot require a gradient; they stay unchanged.
            _ = try? newValue.slotTensor?.requiresGradient(true)
        }
    }

    /// Wraps a tensor with the property's own name.
    public init(wrappedValue: Value) {
        explicitName = nil
        self.wrappedValue = wrappedValue
    }

    /// Declares a tensor with PyTorch's name, to be set later.
    public init(_ name: String) { explicitName = name }

    var slotTensor: Tensor? { value?.slotTensor }
}

/// A tensor that is part of the state but is not trained: `@Buffer("running_mean") var runningMean: Tensor`.
@propertyWrapper
public struct Buffer<Value: TensorSlot>: NamedSlot {
    private var value: Value?
    let explicitName: String?

    /// The tensor.
    public var wrappedValue: Value {
        get { assigned(value, name: explicitName) }
        set { value = newValue }
    }

    /// Wraps a tensor with the property's own name.
    public init(wrappedValue: Value) {
        value = wrappedValue
        explicitName = nil
    }

    /// Declares a tensor with PyTorch's name, to be set later.
    public init(_ name: String) { explicitName = name }

    var slotTensor: Tensor? { value?.slotTensor }
}

protocol NamedModuleSlot {
    var explicitName: String { get }
    var content: Any? { get }
}

/// A child module whose name in PyTorch differs from the property's: `@Submodule("ln_1") var norm1: LayerNorm`.
@propertyWrapper
public struct Submodule<Value>: NamedModuleSlot {
    private var value: Value?
    let explicitName: String

    /// The module, an optional one, or an array of modules.
    public var wrappedValue: Value {
        get { assigned(value, name: explicitName) }
        set { value = newValue }
    }

    /// Declares a module with PyTorch's name, to be set later.
    public init(_ name: String) { explicitName = name }

    var content: Any? { value }
}

private func assigned<Value>(_ value: Value?, name: String?) -> Value {
    guard let value else { preconditionFailure("\(name ?? "a member") was read before the initializer set it") }
    return value
}
