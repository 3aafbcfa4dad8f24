internal import CCurl
internal import LibC
internal import Platform

/// A request and its response, on the calling thread.
///
/// Redirects are not followed, because they would carry the body and the headers elsewhere. Only the limits `seconds`
/// and `maximumBytes` apply.
final class Exchange {
    private let request: WebRequest
    private let limits: WebLimits
    private let isCanceled: () -> Bool
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []
    private var status = 0
    private var failure: WebError?

    /// The largest number of headers that are kept.
    private static let maximumHeaders = 256

    init(_ request: WebRequest, limits: WebLimits, isCanceled: @escaping () -> Bool) {
        (self.request, self.limits, self.isCanceled) = (request, limits, isCanceled)
    }

    /// Sends the request and waits for the whole response.
    ///
    /// - Throws: `WebError`, but not for a status; `CancellationError`.
    func run() throws -> WebResponse {
        guard let url = WebURL(request.url) else {
            throw WebError(.invalidURL, "this is not the URL of a web server")
        }
        // A copy that C owns for the time of the request. A nil ends the list.
        var lines = try request.lines().map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { for line in lines { free(line) } }
        let connection = try Connections.take()
        defer { Connections.giveBack(connection) }
        var response = ccurl_response()
        let outcome = lines.withUnsafeMutableBufferPointer { lines in
            lines.withMemoryRebound(to: UnsafePointer<CChar>?.self) { lines in
                fetch(url, UnsafePointer(lines.baseAddress), connection, &response)
            }
        }
        if isCanceled() { throw CancellationError() }
        if let failure { throw failure }
        guard outcome == CCURL_OK else { throw error(outcome, text(&response.reason)) }
        return WebResponse(status: Int(response.status), headers: headers, body: body)
    }

    private func fetch(
        _ url: WebURL, _ lines: UnsafePointer<UnsafePointer<CChar>?>?, _ connection: Connection,
        _ response: inout ccurl_response
    ) -> ccurl_outcome {
        var request = ccurl_request()
        request.headers = lines
        request.connection_seconds = max(1, Int(min(limits.silentSeconds, limits.seconds).rounded(.up)))
        request.milliseconds = max(1, Int(limits.seconds * 1000))
        request.context = Unmanaged.passUnretained(self).toOpaque()
        request.proceeds = { context in Exchange.of(context).map { !$0.isCanceled() } ?? false }
        request.header = { context, line, count in
            Exchange.of(context)?.add(header: UnsafeRawBufferPointer(start: line, count: count))
        }
        request.start = { context, _, count in Exchange.of(context)?.fits(Int(count)) ?? false }
        request.body = { context, bytes, count in
            Exchange.of(context)?.append(UnsafeRawBufferPointer(start: bytes, count: count)) ?? false
        }
        func fetch() -> ccurl_outcome {
            url.text.withCString { url in
                userAgent.withCString { agent in
                    self.request.method.withCString { method in
                        (request.url, request.user_agent, request.method) = (url, agent, method)
                        guard let authorities = self.request.authorities else {
                            return ccurl_fetch(connection.handle, &request, &response)
                        }
                        return authorities.withCString { file in
                            request.authorities = file
                            return ccurl_fetch(connection.handle, &request, &response)
                        }
                    }
                }
            }
        }
        guard let content = self.request.body else { return fetch() }
        // An empty array has no address, and an address means that there is a body.
        return (content.isEmpty ? [0] : content).withUnsafeBufferPointer { bytes in
            (request.content, request.content_count) = (bytes.baseAddress, content.count)
            return fetch()
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Exchange? {
        context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Adds a header line. The line of a status begins the headers anew, as after `100 Continue`.
    private func add(header bytes: UnsafeRawBufferPointer) {
        let line = Substring(String(decoding: bytes, as: UTF8.self))
        if line.hasPrefix("HTTP/") { return headers = [:] }
        guard let colon = line.firstIndex(of: ":"), headers.count < Self.maximumHeaders else { return }
        headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].trimmedPart)
    }

    private func fits(_ count: Int) -> Bool {
        guard body.count + max(0, count) > limits.maximumBytes else { return true }
        failure = WebError(.tooLarge, "the server sends more than \(limits.maximumBytes) bytes")
        return false
    }

    private func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard fits(bytes.count) else { return false }
        body.append(contentsOf: bytes)
        return true
    }

    private func error(_ outcome: ccurl_outcome, _ reason: String) -> WebError {
        switch outcome {
        case CCURL_INVALID_URL: WebError(.invalidURL, "this is not the URL of a web server")
        case CCURL_NO_CONNECTION: WebError(.unreachable, reason)
        case CCURL_TOO_SLOW:
            WebError(.tooSlow, "the server has not answered within \(Int(limits.seconds.rounded(.up))) seconds")
        case CCURL_INSECURE: WebError(.insecure, reason)
        case CCURL_INCOMPLETE: WebError(.incomplete, "the connection ended early (\(reason))")
        default: WebError(.other, reason)
        }
    }
}
