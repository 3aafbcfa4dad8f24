internal import CCurl
internal import Platform

/// Fetches a file from a web server, with redirects to web servers.
///
/// The calling thread waits. Bytes are passed on as they arrive; nothing is kept in memory. Only the limits
/// `silentSeconds` and `seconds` apply.
///
/// - Parameter receive: Receives each chunk of the file, and the total size if the server reports it. An error that it
///   throws ends the transfer and is rethrown.
/// - Throws: `WebError`; `CancellationError` if the caller's task is canceled; errors of `receive`.
package func download(
    _ address: String, limits: WebLimits,
    receive: (_ bytes: UnsafeRawBufferPointer, _ total: Int?) throws -> Void
) throws {
    guard var url = WebURL(address) else { throw WebError(.invalidURL, "this is not the URL of a web server") }
    try withoutActuallyEscaping(receive) { receive in
        let transfer = Transfer(limits: limits, receive: receive)
        // The default of curl; more redirects are a loop.
        for _ in 0...20 {
            guard let target = try transfer.fetch(url) else { return }
            guard let next = WebURL(target) else {
                throw WebError(.redirect, "the server redirects to \(target), which is not a web server")
            }
            // A redirect from https to http would lose the protection of https.
            guard next.isSecure || !url.isSecure else {
                throw WebError(.redirect, "the server redirects to \(next.printable), which is not an https URL")
            }
            url = next
        }
        throw WebError(.redirect, "the server redirects more than 20 times, finally to \(url.printable)")
    }
}

/// A download with all its redirects.
private final class Transfer {
    /// The minimum number of bytes per second.
    private static let slowest = 1000.0

    private let limits: WebLimits
    private let receive: (UnsafeRawBufferPointer, Int?) throws -> Void
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var window: ContinuousClock.Instant
    private var (received, before) = (0, 0)
    private var total: Int?
    private var isRedirect = false
    private var failure: (any Error)?

    init(limits: WebLimits, receive: @escaping (UnsafeRawBufferPointer, Int?) throws -> Void) {
        self.limits = limits
        self.receive = receive
        start = clock.now
        window = start
    }

    /// Sends a request. Returns the URL that the server redirects to, if it does.
    func fetch(_ url: WebURL) throws -> String? {
        let connection = try Connections.take()
        defer { Connections.giveBack(connection) }
        (window, received, before, total) = (clock.now, 0, 0, nil)
        let left = max(0, limits.seconds - (clock.now - start) / .seconds(1))
        var response = ccurl_response()
        let outcome = url.text.withCString { text in
            userAgent.withCString { agent in
                var request = ccurl_request()
                request.url = text
                request.user_agent = agent
                request.connection_seconds = max(1, Int(limits.silentSeconds.rounded(.up)))
                // These are checked here, more exactly; curl's own are for the case that it does not call back.
                request.silent_seconds = Int(limits.silentSeconds.rounded(.up)) + 5
                request.slowest = 1
                request.milliseconds = Int((left + 5) * 1000)
                request.context = Unmanaged.passUnretained(self).toOpaque()
                request.proceeds = { context in
                    Transfer.attempt(context) { try $0.checkTime() }
                }
                request.start = { context, status, count in
                    Transfer.attempt(context) { try $0.begin(status: status, count: Int(count)) }
                }
                request.body = { context, bytes, count in
                    Transfer.attempt(context) { try $0.append(UnsafeRawBufferPointer(start: bytes, count: count)) }
                }
                return ccurl_fetch(connection.handle, &request, &response)
            }
        }
        let redirect = text(&response.redirect)
        if (300..<400).contains(response.status), !redirect.isEmpty { return redirect }
        if let failure {
            guard let error = failure as? WebError, case .status = error.code, response.retry_seconds > 0 else {
                throw failure
            }
            throw WebError(error.code, error.description, retrySeconds: Double(response.retry_seconds))
        }
        guard outcome == CCURL_OK else { throw error(outcome, text(&response.reason)) }
        if isRedirect { throw unexpected(status: Int(response.status)) }
        return nil
    }

    /// Calls the body with the transfer that a callback of C belongs to. Returns whether it goes on. The first error
    /// counts.
    private static func attempt(_ context: UnsafeMutableRawPointer?, _ body: (Transfer) throws -> Void) -> Bool {
        guard let context else { return false }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        guard transfer.failure == nil else { return false }
        do {
            try body(transfer)
            return true
        } catch {
            transfer.failure = error
            return false
        }
    }

    private func begin(status: Int, count: Int) throws {
        total = count >= 0 ? count : nil
        isRedirect = (300..<400).contains(status)
        guard status == 200 || isRedirect else { throw unexpected(status: status) }
    }

    private func unexpected(status: Int) -> WebError {
        WebError(.status(status), "the server answered with status \(status)")
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        received += bytes.count
        // curl knows the target of a redirect only when its page has ended.
        if !isRedirect { try receive(bytes, total) }
    }

    private func checkTime() throws {
        try Task.checkCancellation()
        let now = clock.now
        guard now - start < .seconds(limits.seconds) else {
            throw WebError(.tooSlow, "the download took longer than \(Int(limits.seconds.rounded(.up))) seconds")
        }
        guard now - window >= .seconds(limits.silentSeconds) else { return }
        guard Double(received - before) >= Self.slowest * limits.silentSeconds else {
            throw WebError(
                .tooSlow,
                received == before
                    ? "the server has been silent for too long"
                    : "the server is too slow: \(received - before) bytes in \(Int(limits.silentSeconds)) seconds")
        }
        (window, before) = (now, received)
    }

    private func error(_ outcome: ccurl_outcome, _ reason: String) -> WebError {
        switch outcome {
        case CCURL_INVALID_URL: WebError(.invalidURL, "this is not the URL of a web server")
        case CCURL_NO_CONNECTION: WebError(.unreachable, reason)
        case CCURL_TOO_SLOW: WebError(.tooSlow, "the server has been silent for too long")
        case CCURL_INSECURE: WebError(.insecure, reason)
        case CCURL_INCOMPLETE:
            WebError(
                .incomplete,
                total.map { "the transfer ended after \(received) of \($0) bytes" }
                    ?? "the transfer ended early (\(reason))")
        default: WebError(.other, reason)
        }
    }
}
