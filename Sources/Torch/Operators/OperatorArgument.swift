internal import CTorch

/// A value that can be an argument of an operator.
public protocol OperatorArgument {
    /// Puts the value on the stack of the call.
    func push(onto stack: ArgumentStack)
    /// The value as an observer sees it.
    var operatorValue: OperatorValue { get }
}

extension OperatorArgument {
    /// The value as an error report shows it.
    public var summary: String { operatorValue.description }
}

/// A placeholder for the schema's default value when more arguments follow.
public struct DefaultArgument: OperatorArgument, Sendable {
    /// Creates the placeholder.
    public init() {}
    /// Puts the placeholder on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_default(stack.handle) }
    /// The placeholder.
    public var operatorValue: OperatorValue { .default }
}

extension Tensor: OperatorArgument {
    /// Puts the tensor on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_tensor(stack.handle, handle) }
    /// The tensor.
    public var operatorValue: OperatorValue { .tensor(self) }
}

extension Bool: OperatorArgument {
    /// Puts the value on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_bool(stack.handle, self) }
    /// The value.
    public var operatorValue: OperatorValue { .bool(self) }
}

extension Int: OperatorArgument {
    /// Puts the value on the stack of the call. If the schema expects several integers, it is used for each.
    public func push(onto stack: ArgumentStack) { ctorch_push_int(stack.handle, Int64(self)) }
    /// The value.
    public var operatorValue: OperatorValue { .int(self) }
}

extension Double: OperatorArgument {
    /// Puts the value on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_double(stack.handle, self) }
    /// The value.
    public var operatorValue: OperatorValue { .double(self) }
}

extension String: OperatorArgument {
    /// Puts the value on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_string(stack.handle, self) }
    /// The text.
    public var operatorValue: OperatorValue { .string(self) }
}

extension DType: OperatorArgument {
    /// Puts the raw value of the type on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_int(stack.handle, Int64(rawValue)) }
    /// The type.
    public var operatorValue: OperatorValue { .dtype(self) }
}

extension Device: OperatorArgument {
    /// Puts the device on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_device(stack.handle, handle) }
    /// The device.
    public var operatorValue: OperatorValue { .device(self) }
}

extension MemoryFormat: OperatorArgument {
    /// Puts the raw value of the format on the stack of the call.
    public func push(onto stack: ArgumentStack) { ctorch_push_int(stack.handle, Int64(rawValue)) }
    /// The format.
    public var operatorValue: OperatorValue { .memoryFormat(self) }
}

extension Optional: OperatorArgument where Wrapped: OperatorArgument {
    /// Puts the value, or `None`, on the stack of the call.
    public func push(onto stack: ArgumentStack) {
        if let self { self.push(onto: stack) } else { ctorch_push_none(stack.handle) }
    }
    /// The value, or `none`.
    public var operatorValue: OperatorValue { self?.operatorValue ?? .none }
}

/// An element of a list that can be an argument of an operator.
public protocol OperatorListElement: OperatorArgument {
    /// Puts a whole list on the stack of the call.
    static func push(_ values: [Self], onto stack: ArgumentStack)
    /// A whole list as an observer sees it.
    static func operatorValue(of values: [Self]) -> OperatorValue
}

extension Array: OperatorArgument where Element: OperatorListElement {
    /// Puts the list on the stack of the call.
    public func push(onto stack: ArgumentStack) { Element.push(self, onto: stack) }
    /// The list.
    public var operatorValue: OperatorValue { Element.operatorValue(of: self) }
}

extension Int: OperatorListElement {
    /// Puts a list of integers on the stack of the call.
    public static func push(_ values: [Int], onto stack: ArgumentStack) {
        values.map(Int64.init).withUnsafeBufferPointer { ctorch_push_ints(stack.handle, $0.baseAddress, $0.count) }
    }
    /// The list.
    public static func operatorValue(of values: [Int]) -> OperatorValue { .ints(values) }
}

extension Double: OperatorListElement {
    /// Puts a list of numbers on the stack of the call.
    public static func push(_ values: [Double], onto stack: ArgumentStack) {
        values.withUnsafeBufferPointer { ctorch_push_doubles(stack.handle, $0.baseAddress, $0.count) }
    }
    /// The list.
    public static func operatorValue(of values: [Double]) -> OperatorValue { .doubles(values) }
}

extension Bool: OperatorListElement {
    /// Puts a list of Booleans on the stack of the call.
    public static func push(_ values: [Bool], onto stack: ArgumentStack) {
        values.withUnsafeBufferPointer { ctorch_push_bools(stack.handle, $0.baseAddress, $0.count) }
    }
    /// The list.
    public static func operatorValue(of values: [Bool]) -> OperatorValue { .bools(values) }
}

extension Tensor: OperatorListElement {
    /// Puts a list of tensors on the stack of the call.
    public static func push(_ values: [Tensor], onto stack: ArgumentStack) {
        values.map { Optional($0.handle) }
            .withUnsafeBufferPointer { ctorch_push_tensors(stack.handle, $0.baseAddress, $0.count) }
    }
    /// The list.
    public static func operatorValue(of values: [Tensor]) -> OperatorValue { .tensors(values) }
}

extension Optional: OperatorListElement where Wrapped == Tensor {
    /// Puts a list of tensors and `None`s on the stack of the call, as indexing takes it.
    public static func push(_ values: [Tensor?], onto stack: ArgumentStack) {
        values.map { $0?.handle }
            .withUnsafeBufferPointer { ctorch_push_tensors(stack.handle, $0.baseAddress, $0.count) }
    }
    /// The list.
    public static func operatorValue(of values: [Tensor?]) -> OperatorValue { .tensors(values) }
}
