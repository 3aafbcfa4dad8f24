internal import Foundation
internal import Web

/// An error of a request to a server: the server's own, or one on the way to it.
public struct ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code of the error, for programs.
    public let code: Code
    /// What is wrong, and what to do.
    public let message: String
    /// The status of the answer in HTTP; nil if there is no answer.
    public let status: Int?
    /// The number of seconds after which the server wants to be asked again; nil if it does not say so.
    public let retryAfter: Int?

    /// The message.
    public var description: String { message }

    /// Whether the same request may succeed later.
    public var isTransient: Bool {
        switch code {
        case .queueFull, .notReady, .draining, .deadlineExceeded, .unreachable, .tooSlow, .incomplete: true
        default: status == 429 || (500..<600).contains(status ?? 0) && code != .noExplanations
        }
    }

    init(_ code: Code, _ message: String, status: Int? = nil, retryAfter: Int? = nil) {
        (self.code, self.message, self.status, self.retryAfter) = (code, message, status, retryAfter)
    }
}

extension ClientError {
    /// The codes of errors: those of the server, and those of the way to it. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code, such as `queueFull`.
        public let rawValue: String

        /// Creates a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The request has a missing, unknown or invalid part.
        public static let invalidRequest = Self(rawValue: "invalidRequest")
        /// The image can't be decoded.
        public static let unreadableImage = Self(rawValue: "unreadableImage")
        /// The image has too many pixels.
        public static let imageTooLarge = Self(rawValue: "imageTooLarge")
        /// The API key is missing or invalid.
        public static let unauthorized = Self(rawValue: "unauthorized")
        /// No route, model or version has this name.
        public static let notFound = Self(rawValue: "notFound")
        /// The body is larger than the server's limit.
        public static let bodyTooLarge = Self(rawValue: "bodyTooLarge")
        /// The server has as many requests as it accepts.
        public static let queueFull = Self(rawValue: "queueFull")
        /// The model is not loaded yet, or failed to load.
        public static let notReady = Self(rawValue: "notReady")
        /// The server stops and accepts no further requests.
        public static let draining = Self(rawValue: "draining")
        /// The server did not answer the request in time.
        public static let deadlineExceeded = Self(rawValue: "deadlineExceeded")
        /// The server, or the model, provides no explanations.
        public static let noExplanations = Self(rawValue: "noExplanations")
        /// The server failed.
        public static let internalError = Self(rawValue: "internalError")

        /// The text is not the URL of a web server.
        public static let invalidURL = Self(rawValue: "invalidURL")
        /// libcurl is not installed.
        public static let noClient = Self(rawValue: "noClient")
        /// The server is unknown or does not answer.
        public static let unreachable = Self(rawValue: "unreachable")
        /// The answer did not arrive within the client's time.
        public static let tooSlow = Self(rawValue: "tooSlow")
        /// The connection ended before the answer did.
        public static let incomplete = Self(rawValue: "incomplete")
        /// The certificate or the encryption is invalid.
        public static let insecure = Self(rawValue: "insecure")
        /// The answer is not one of Apus' server, such as the page of a proxy.
        public static let unexpectedAnswer = Self(rawValue: "unexpectedAnswer")
    }
}

extension ClientError {
    /// The error of a request without an answer.
    init(_ error: WebError) {
        let code: Code =
            switch error.code {
            case .noClient: .noClient
            case .invalidURL: .invalidURL
            case .invalidRequest: .invalidRequest
            case .tooSlow: .tooSlow
            case .incomplete: .incomplete
            case .insecure: .insecure
            case .tooLarge, .unexpectedContent, .redirect, .status: .unexpectedAnswer
            case .unreachable, .other: .unreachable
            }
        self.init(code, error.description)
    }

    /// The error in an answer.
    init(_ response: WebResponse) {
        let answer = try? JSONDecoder().decode(ErrorAnswer.self, from: Data(response.body))
        self.init(
            answer.flatMap { answer in answer.code.map(Code.init) } ?? .unexpectedAnswer,
            answer?.error ?? "the server answered with status \(response.status)", status: response.status,
            retryAfter: response.headers["retry-after"].flatMap { Int($0) })
    }
}

/// An error as the server writes it, of a request or of an image among several.
struct ErrorAnswer: Decodable {
    let error: String
    let code: String?
}
