internal import ApusServer
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Platform
internal import Serving

/// Answers the requests of the page.
struct StudioAnswers: Sendable {
    let session: StudioSession
    let routes: RouteTable
    let isReadOnly: Bool
    /// The address on which the studio listens, as it was given.
    let host: String
    let memory: BodyMemory
    let logger: Logger

    /// Returns the response to a request.
    func response(to request: Request, on channel: any Channel) async -> Response {
        let body = RequestBody(Exchange(request, on: channel, memory: memory))
        let parts = request.uri.path.split(separator: "/").map(\.percentDecoded)
        let isPage = parts.count <= 1
        var answer: APIResponse
        do {
            guard let port = channel.localAddress?.port else { throw StudioError(.failed, "the connection is closed") }
            try StudioSession.check(request.head, host: host, port: port)
            let path = parts.compactMap(\.self)
            guard path.count == parts.count else { throw StudioError(.invalid, "the path has an invalid escape") }
            if path.first == "api" {
                answer = try await api(Array(path.dropFirst()), request, body, port: port)
            } else {
                answer = try page(path, request, port: port)
            }
        } catch {
            let error = StudioError(describing: error)
            if error.code == .failed { logger.error("\(request.method) \(request.uri.path): \(error.message)") }
            answer = APIResponse(error)
        }
        let leavesBody = await body.end()
        var response = answer.response
        response.secure(isPage: isPage)
        if answer.isImmutable { response.headers[.cacheControl] = "private, max-age=31536000, immutable" }
        if leavesBody { response.headers[.connection] = "close" }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// A file of the page. Without the cookie there are only its styles and a page that says what to do.
    private func page(_ path: [String], _ request: Request, port: Int) throws -> APIResponse {
        guard [.get, .head].contains(request.method) else { throw StudioError(.methodNotAllowed, "use GET") }
        guard path.count <= 1, let file = StudioPage.files[path.first ?? ""] else {
            throw StudioError(.notFound, "there is nothing at this path")
        }
        if path.isEmpty, let token = try query(of: request)["token"] {
            if session.use(token) {
                var response = Response(status: .seeOther, headers: [.location: "/"])
                response.headers[.setCookie] = session.cookie(port: port)
                return APIResponse(response: response)
            }
            if session.admits(request.headers, port: port) {
                return APIResponse(response: Response(status: .seeOther, headers: [.location: "/"]))
            }
        }
        if session.admits(request.headers, port: port) || path.first?.hasSuffix(".css") == true { return .page(file) }
        guard path.isEmpty else { throw Self.notOpen }
        var closed = APIResponse.page(StudioPage.closed)
        closed.response.status = .unauthorized
        return closed
    }

    private func api(_ path: [String], _ request: Request, _ body: RequestBody, port: Int) async throws -> APIResponse {
        guard session.admits(request.headers, port: port) else { throw Self.notOpen }
        let (entry, parameters) = try routes.entry(for: path, request.method)
        guard !isReadOnly || !entry.needsWriting else {
            throw StudioError(.forbidden, "this studio is read-only; start it without --read-only to change things")
        }
        return try await entry.handler(
            APIRequest(request, parameters: parameters, queries: try query(of: request), body: body))
    }

    private func query(of request: Request) throws -> [String: String] {
        Dictionary(
            try queryParameters(request.uri.query ?? "").map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    private static let notOpen = StudioError(
        .unauthorized, "this browser has not opened the address that `apus studio` printed")
}
