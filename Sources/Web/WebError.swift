/// The reason why something could not be fetched.
package struct WebError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of problem.
    package enum Code: Sendable, Hashable {
        /// libcurl is not installed.
        case noClient
        /// The text is not the URL of a web server.
        case invalidURL
        /// The method or a header has characters that it can't have.
        case invalidRequest
        /// The server answered with another status than 200.
        case status(Int)
        /// The server redirects to something else than a web server, or in a loop.
        case redirect
        /// The server is unknown or does not answer.
        case unreachable
        /// The server sends nothing for too long, or too slowly.
        case tooSlow
        /// The connection ended before the response did.
        case incomplete
        /// The certificate or the encryption is invalid.
        case insecure
        /// There are more bytes than allowed.
        case tooLarge
        /// The content is not what the caller needs.
        case unexpectedContent
        /// Another failure of the network.
        case other
    }

    /// The kind of problem.
    package let code: Code

    /// One clause, in lower case and without a full stop.
    package let description: String

    /// After how many seconds the server wants to be asked again, if it says so.
    package let retrySeconds: Double?

    package init(_ code: Code, _ description: String, retrySeconds: Double? = nil) {
        self.code = code
        self.description = description
        self.retrySeconds = retrySeconds
    }

    /// Whether the same request may succeed later.
    package var isTransient: Bool {
        switch code {
        case .status(let status): status == 408 || status == 425 || status == 429 || status >= 500
        case .unreachable, .tooSlow, .incomplete, .other: true
        case .noClient, .invalidURL, .invalidRequest, .redirect, .insecure, .tooLarge, .unexpectedContent: false
        }
    }
}
