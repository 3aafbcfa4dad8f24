public import Torch

/// What a parameter or buffer property holds: a tensor, or an optional one.
public protocol TensorSlot {
    /// The tensor, where there is one.
    var slotTensor: Tensor? { get }
}

extension Tensor: TensorSlot {
    /// The tensor itself.
    public var slotTensor: Tensor? { self }
}

extension Optional: TensorSlot where Wrapped == Tensor {
    /// The tensor, where there is one.
    public var slotTensor: Tensor? { self }
}

/// What reflection asks of a property that is wrapped.
protocol NamedSlot {
    /// The name where it differs from the property's.
    var explicitName: String? { get }
    var slotTensor: Tensor? { get }
}

/// A tensor that training changes: `@Parameter var weight: Tensor`, `@Parameter var bias: Tensor?`.
///
/// It is made to require a gradient. `@Parameter("gamma") var scale: Tensor` gives PyTorch's name where it differs; such
/// a property is set in the initializer after those without a name.
@propertyWrapper
public struct Parameter<Value: TensorSlot>: NamedSlot {
    private var value: Value?
    let explicitName: String?

    /// The tensor.
    public var wrappedValue: Value {
        get { assigned(value, name: explicitName) }
        set {
            value = newValue
            // Whole numbers and results of recorded operators cannot; they stay as they are.
            _ = try? newValue.slotTensor?.requiresGradient(true)
        }
    }

    /// Wraps a tensor under the property's own name.
    public init(wrappedValue: Value) {
        explicitName = nil
        self.wrappedValue = wrappedValue
    }

    /// Awaits a tensor under PyTorch's name.
    public init(_ name: String) { explicitName = name }

    var slotTensor: Tensor? { value?.slotTensor }
}

/// A tensor that is part of the state but not trained: `@Buffer("running_mean") var runningMean: Tensor`.
@propertyWrapper
public struct Buffer<Value: TensorSlot>: NamedSlot {
    private var value: Value?
    let explicitName: String?

    /// The tensor.
    public var wrappedValue: Value {
        get { assigned(value, name: explicitName) }
        set { value = newValue }
    }

    /// Wraps a tensor under the property's own name.
    public init(wrappedValue: Value) {
        value = wrappedValue
        explicitName = nil
    }

    /// Awaits a tensor under PyTorch's name.
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

    /// Awaits a module under PyTorch's name.
    public init(_ name: String) { explicitName = name }

    var content: Any? { value }
}

private func assigned<Value>(_ value: Value?, name: String?) -> Value {
    guard let value else { preconditionFailure("\(name ?? "a member") is read before the initializer has set it") }
    return value
}
