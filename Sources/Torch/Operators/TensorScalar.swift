internal import Checkpoints

/// A number used with a tensor in an expression: an `Int` or a `Double`.
///
/// As in PyTorch, an integer with integers gives integers (`n + 1`), and a `Double` with integers gives float32 (`n +
/// 1.5`). The element type of floating-point tensors stays the same.
public protocol TensorScalar: Sendable {
    /// The number as an operator argument.
    var operatorNumber: OperatorNumber { get }
}

extension Int: TensorScalar {
    /// An integer.
    public var operatorNumber: OperatorNumber { .int(self) }
}

extension Double: TensorScalar {
    /// A floating-point number.
    public var operatorNumber: OperatorNumber { .double(self) }
}

/// A number as an argument of an operator.
public enum OperatorNumber: OperatorArgument, Sendable {
    case int(Int)
    case double(Double)

    /// Puts the number on the stack of the call.
    public func push(onto stack: ArgumentStack) {
        switch self {
        case .int(let value): value.push(onto: stack)
        case .double(let value): value.push(onto: stack)
        }
    }

    /// The number.
    public var operatorValue: OperatorValue {
        switch self {
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        }
    }
}

extension TensorScalar {
    /// The number to combine with a tensor's elements. With floating-point elements it is a `Double`, so that an
    /// observer sees the same call for `x * 2` and `x * 2.0`.
    func number(for tensor: Tensor) -> OperatorNumber {
        guard case .int(let value) = operatorNumber, tensor.dtype.isFloatingPoint else { return operatorNumber }
        return .double(Double(value))
    }
}
