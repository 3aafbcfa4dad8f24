internal import Classifier
package import HTTPTypes
package import HummingbirdCore
internal import NIOCore
internal import Serving

extension Response {
    /// A response with bytes.
    package init(_ bytes: some Sequence<UInt8>, type: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A response with a value as JSON.
    init(json value: some Encodable, status: HTTPResponse.Status = .ok) throws(ServingError) {
        do {
            self.init(try jsonText(value).utf8, type: "application/json", status: status)
        } catch {
            throw ServingError(.internalError, "\(error)")
        }
    }

    /// The response for an error: `{"code": "queueFull", "error": "…"}`.
    init(_ error: ServingError, allowing method: HTTPRequest.Method?) {
        let json = "{\"code\":\(error.code.rawValue.jsonLiteral),\"error\":\(error.message.jsonLiteral)}"
        self.init(json.utf8, type: "application/json", status: HTTPResponse.Status(code: error.status))
        if let seconds = error.retryAfter { headers[.retryAfter] = String(seconds) }
        switch error.code {
        case .unauthorized: headers[.wwwAuthenticate] = "Bearer"
        case .methodNotAllowed: headers[.allow] = method == .get ? "GET, HEAD" : method?.rawValue
        default: break
        }
    }

    /// Adds the headers that keep browsers from misusing an answer.
    ///
    /// - Parameter isPage: whether it is a file of the page, which may use the camera and its own server.
    package mutating func secure(isPage: Bool) {
        headers[.xContentTypeOptions] = "nosniff"
        headers[.referrerPolicy] = "no-referrer"
        headers[.frameOptions] = "DENY"
        headers[.crossOriginResourcePolicy] = "same-origin"
        headers[.cacheControl] = isPage ? "no-cache" : "no-store"
        headers[.contentSecurityPolicy] =
            isPage
            ? "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            : "default-src 'none'; frame-ancestors 'none'"
        headers[.permissionsPolicy] = isPage ? "camera=(self), microphone=(), geolocation=()" : "camera=()"
    }

    /// Allows pages of an origin to read the answer (CORS).
    ///
    /// - Parameters:
    ///   - origin: the origin that may use the server, or `*`.
    ///   - request: the request.
    mutating func share(with origin: String, for request: Request) {
        headers[.vary] = "Origin"
        guard let asking = request.headers[.origin], origin == "*" || origin == asking else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = "x-request-id, retry-after, inference-header-content-length"
        headers[.crossOriginResourcePolicy] = "cross-origin"
    }

    /// The answer to a browser that asks whether a page may send a request; nil if it is another request, or if the
    /// page may not.
    static func preflight(_ request: Request, allowing origin: String?) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil, let origin,
            let asking = request.headers[.origin], origin == "*" || origin == asking
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, POST",
                .accessControlAllowHeaders:
                    "authorization, content-type, inference-header-content-length, traceparent, x-api-key, x-request-id",
                .accessControlMaxAge: "600",
            ])
    }
}
