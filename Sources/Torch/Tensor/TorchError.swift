internal import CTorch

/// An error of LibTorch, or of a call to it.
public struct TorchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// LibTorch is not installed, or can't be loaded.
        public static let libraryUnavailable = Self(rawValue: "libraryUnavailable")
        /// The requested memory is not available, on the CPU or on a CUDA device.
        public static let outOfMemory = Self(rawValue: "outOfMemory")
        /// The call does not match the operator: an unknown name, too many arguments, or a missing one.
        public static let invalidArgument = Self(rawValue: "invalidArgument")
        /// LibTorch has no kernel for this combination of operator, type and device.
        public static let notImplemented = Self(rawValue: "notImplemented")
        /// The operator rejected its arguments, for example incompatible shapes, types or devices.
        public static let operatorFailed = Self(rawValue: "operatorFailed")
        /// The result has an element type that `DType` lacks: complex or quantized.
        public static let unsupportedElementType = Self(rawValue: "unsupportedElementType")
        /// Any other C++ exception.
        public static let exception = Self(rawValue: "exception")
    }

    /// The kind of error.
    public let code: Code
    /// LibTorch's message.
    public let message: String
    /// The operator that was called, such as `"aten::conv2d"`, if any.
    public let operatorName: String?
    /// The arguments as text: tensors by type and shape (`float32[2, 3, 224, 224]`), others by value.
    public let arguments: [String]

    /// Creates an error from its parts.
    public init(code: Code, message: String, operatorName: String? = nil, arguments: [String] = []) {
        self.code = code
        self.message = message
        self.operatorName = operatorName
        self.arguments = arguments
    }

    /// One line with the operator, the arguments and LibTorch's message.
    public var description: String {
        guard let operatorName else { return message }
        return "\(operatorName)(\(arguments.joined(separator: ", "))): \(message)"
    }
}

/// Throws the error that LibTorch reported on this thread, unless `status` is success.
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
