/// An error of a server, for its clients: what is wrong, and what to do. It contains no path of the machine.
public struct ServingError: Error, Sendable, CustomStringConvertible {
    /// The code of the error, for programs.
    public let code: Code
    /// What is wrong, and what to do.
    public let message: String
    /// The number of seconds after which the request may succeed; nil if unknown, or if it will not succeed.
    public var retryAfter: Int?

    /// Creates an error.
    public init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
        (self.code, self.message, self.retryAfter) = (code, message, retryAfter)
    }

    /// The message.
    public var description: String { message }

    /// The status of the answer in HTTP.
    public var status: Int { code.status }
}

extension ServingError {
    /// The codes of errors. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code, such as `queueFull`. It is the `code` of an answer.
        public let rawValue: String

        /// Creates a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The request has a missing, unknown or invalid part.
        public static let invalidRequest = Self(rawValue: "invalidRequest")
        /// The image can't be decoded.
        public static let unreadableImage = Self(rawValue: "unreadableImage")
        /// The image has too many pixels.
        public static let imageTooLarge = Self(rawValue: "imageTooLarge")
        /// The request has no valid API key.
        public static let unauthorized = Self(rawValue: "unauthorized")
        /// No route, model or version has this name.
        public static let notFound = Self(rawValue: "notFound")
        /// The route has other methods.
        public static let methodNotAllowed = Self(rawValue: "methodNotAllowed")
        /// The body is larger than the limit.
        public static let bodyTooLarge = Self(rawValue: "bodyTooLarge")
        /// The body did not arrive in time.
        public static let bodyTooSlow = Self(rawValue: "bodyTooSlow")
        /// The body has a content type that the route does not support.
        public static let unsupportedMediaType = Self(rawValue: "unsupportedMediaType")
        /// The server has as many requests as it accepts.
        public static let queueFull = Self(rawValue: "queueFull")
        /// The model is not loaded yet, or failed to load.
        public static let notReady = Self(rawValue: "notReady")
        /// The server stops and accepts no further requests.
        public static let draining = Self(rawValue: "draining")
        /// The client has closed the connection, so nobody reads the answer.
        public static let canceled = Self(rawValue: "canceled")
        /// The request was not answered in time.
        public static let deadlineExceeded = Self(rawValue: "deadlineExceeded")
        /// The server, or the model, provides no explanations.
        public static let noExplanations = Self(rawValue: "noExplanations")
        /// The server failed.
        public static let internalError = Self(rawValue: "internalError")

        /// The status of the answer in HTTP.
        var status: Int {
            switch self {
            case .invalidRequest, .unreadableImage: 400
            case .unauthorized: 401
            case .notFound: 404
            case .methodNotAllowed: 405
            case .bodyTooSlow: 408
            case .imageTooLarge, .bodyTooLarge: 413
            case .unsupportedMediaType: 415
            case .queueFull: 429
            case .canceled: 499
            case .noExplanations: 501
            case .notReady, .draining: 503
            case .deadlineExceeded: 504
            default: 500
            }
        }
    }
}
