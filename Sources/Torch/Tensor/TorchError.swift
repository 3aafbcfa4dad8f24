internal import CTorch

/// A failure inside LibTorch, or in the call that was to reach it.
public struct TorchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The memory asked for is not to be had, on the CPU or on a CUDA device.
        public static let outOfMemory = Self(rawValue: "outOfMemory")
        /// The call does not fit the operator: unknown name, too many arguments, a missing one.
        public static let invalidArgument = Self(rawValue: "invalidArgument")
        /// LibTorch has no kernel for this operator, type and device.
        public static let notImplemented = Self(rawValue: "notImplemented")
        /// The operator refused its arguments: shapes, types or devices that do not go together.
        public static let operatorFailed = Self(rawValue: "operatorFailed")
        /// The result has elements of a type that `DType` lacks: complex or quantized ones.
        public static let unsupportedElementType = Self(rawValue: "unsupportedElementType")
        /// Any other C++ exception.
        public static let exception = Self(rawValue: "exception")
    }

    /// What kind of failure it is.
    public let code: Code
    /// LibTorch's own words.
    public let message: String
    /// The operator that was called, `"aten::conv2d"`, where there is one.
    public let operatorName: String?
    /// The arguments as text: tensors as type and shape (`float32[2, 3, 224, 224]`), others by value.
    public let arguments: [String]

    /// Makes an error from its parts.
    public init(code: Code, message: String, operatorName: String? = nil, arguments: [String] = []) {
        self.code = code
        self.message = message
        self.operatorName = operatorName
        self.arguments = arguments
    }

    /// One line: operator, arguments, and what LibTorch says.
    public var description: String {
        guard let operatorName else { return message }
        return "\(operatorName)(\(arguments.joined(separator: ", "))): \(message)"
    }
}

/// Throws what LibTorch reported on this thread, unless `status` says that all went well.
func check(
    _ status: ctorch_status, in operatorName: String? = nil, arguments: @autoclosure () -> [String] = []
) throws(TorchError) {
    guard status != CTORCH_OK else { return }
    let code: TorchError.Code =
        switch status {
        case CTORCH_OUT_OF_MEMORY: .outOfMemory
        case CTORCH_INVALID_ARGUMENT: .invalidArgument
        case CTORCH_NOT_IMPLEMENTED: .notImplemented
        case CTORCH_OPERATOR: .operatorFailed
        default: .exception
        }
    throw TorchError(
        code: code, message: String(cString: ctorch_error_message()), operatorName: operatorName,
        arguments: arguments())
}
