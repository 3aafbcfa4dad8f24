/// An error that the page shows where it happened.
struct StudioError: Error, CustomStringConvertible {
    /// The kinds of errors, with their HTTP statuses.
    enum Code: String {
        /// The request can't be done as it is.
        case invalid
        /// The page is not open for this browser.
        case unauthorized
        /// The studio is read-only, or another site asks.
        case forbidden
        /// There is no such thing.
        case notFound
        /// The path has no such method.
        case methodNotAllowed
        /// Something else is in the way, such as a run that is training.
        case conflict
        /// The body is too large.
        case tooLarge
        /// The work failed.
        case failed
        /// A library or another part is missing.
        case unavailable

        var status: Int {
            switch self {
            case .invalid: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflict: 409
            case .tooLarge: 413
            case .failed: 500
            case .unavailable: 503
            }
        }
    }

    let code: Code
    /// What is wrong and what to do, in one or two sentences.
    let message: String

    init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    var description: String { message }
}
