internal import GRPCCore
internal import Serving

extension RPCError {
    /// An error of the server for a client of gRPC. Its trailing metadata has the code that HTTP's answers have, and the
    /// time after which clients may try again.
    init(_ error: ServingError) {
        var metadata: Metadata = ["apus-error-code": "\(error.code.rawValue)"]
        if let seconds = error.retryAfter { metadata.addString("\(seconds * 1000)", forKey: "grpc-retry-pushback-ms") }
        self.init(code: Code(error.code), message: error.message, metadata: metadata)
    }
}

extension RPCError.Code {
    /// The code of gRPC for a code of the server.
    init(_ code: ServingError.Code) {
        self =
            switch code {
            case .invalidRequest, .unreadableImage, .imageTooLarge, .unsupportedMediaType: .invalidArgument
            case .unauthorized: .unauthenticated
            case .notFound: .notFound
            case .methodNotAllowed, .noExplanations: .unimplemented
            case .bodyTooLarge, .queueFull: .resourceExhausted
            case .notReady, .draining: .unavailable
            case .deadlineExceeded, .bodyTooSlow: .deadlineExceeded
            case .canceled: .cancelled
            default: .internalError
            }
    }

    /// The name of the code in metrics and in the access log.
    var name: String { "\(self)" }
}

extension Metadata {
    /// The time that the client gives the server, from `grpc-timeout`: up to eight digits and a unit.
    var timeLimit: Duration? {
        guard let text = text("grpc-timeout"), let unit = text.last,
            text.utf8.count <= 9, let count = Int64(text.dropLast()), count >= 0
        else { return nil }
        return switch unit {
        case "H": .seconds(count * 3600)
        case "M": .seconds(count * 60)
        case "S": .seconds(count)
        case "m": .milliseconds(count)
        case "u": .microseconds(count)
        case "n": .nanoseconds(count)
        default: nil
        }
    }

    /// The first text with a key.
    func text(_ key: String) -> String? { self[stringValues: key].first { _ in true } }
}
