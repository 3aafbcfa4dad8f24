internal import Foundation
internal import Platform

#if canImport(FoundationNetworking)
    internal import FoundationNetworking
#endif

/// A single HTTP download. This is the only place that uses Foundation's networking.
///
/// The calling thread waits. Bytes are passed on as they arrive; nothing is kept in memory.
enum Download {
    /// The reason why a download failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The minimum number of bytes per second.
    private static let slowest = 1000.0

    /// Whether a URL is that of a web server.
    fileprivate static func isOfWeb(_ url: URL?) -> Bool {
        ["http", "https"].contains(url?.scheme?.lowercased()) && url?.host != nil
    }

    /// Downloads a URL, following redirects to web servers.
    ///
    /// - Parameters:
    ///   - timeout: The number of seconds that may pass without data, or with fewer than 1,000 bytes per second.
    ///   - timeLimit: The maximum total number of seconds.
    ///   - receive: Receives each chunk of the file, and the total size if the server reports it. An error that it
    ///     throws ends the transfer and is rethrown.
    /// - Throws: `Failure`; `CancellationError` if the caller's task is canceled; errors of `receive`.
    static func fetch(
        _ address: String, timeout: Double, timeLimit: Double,
        receive: @escaping @Sendable (_ bytes: UnsafeRawBufferPointer, _ total: Int?) throws -> Void
    ) throws {
        guard let url = URL(string: address), isOfWeb(url) else {
            throw Failure(description: "this is not the URL of a web server")
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.urlCache = nil
        let receiver = Receiver(receive: receive)
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        // Sessions keep their delegate until they are invalidated.
        defer { session.invalidateAndCancel() }
        var request = URLRequest(url: url)
        // For an encoded file, the server reports the encoded size, if any.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        session.dataTask(with: request).resume()
        let clock = ContinuousClock()
        let start = clock.now
        var (window, before) = (start, 0)
        while !receiver.waitForEnd(seconds: 0.1) {
            try Task.checkCancellation()
            let now = clock.now
            guard now - start < .seconds(timeLimit) else {
                throw Failure(description: "the download took longer than \(Int(timeLimit.rounded(.up))) seconds")
            }
            guard now - window >= .seconds(timeout) else { continue }
            let received = receiver.received
            guard Double(received - before) >= slowest * timeout else {
                throw Failure(
                    description: received == before
                        ? "the server has been silent for too long"
                        : "the server is too slow: \(received - before) bytes in \(timeout.formatted()) seconds")
            }
            (window, before) = (now, received)
        }
        try receiver.finish()
    }
}

/// Passes on the data of a session and wakes the waiting thread at the end.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var received = 0
        var total: Int?
        var redirects = 0
        var failure: (any Error)?
    }

    /// The default of curl; more redirects are a loop.
    private static let maximumRedirects = 20

    private let receive: @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void
    private let state = Monitor(State())
    private let end = DispatchSemaphore(value: 0)

    init(receive: @escaping @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void) {
        self.receive = receive
    }

    /// The number of bytes received.
    var received: Int { state.withLock { $0.received } }

    /// Whether the transfer has ended after this time.
    func waitForEnd(seconds: Double) -> Bool { end.wait(timeout: .now() + seconds) == .success }

    func finish() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// The first error counts.
    private func fail(_ description: String) {
        state.withLock { $0.failure = $0.failure ?? Download.Failure(description: description) }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        let count = state.withLock { state in
            state.redirects += 1
            return state.redirects
        }
        // Foundation turns a URL without a server into a path on the same server. The header shows the original.
        let location = response.value(forHTTPHeaderField: "Location")
        let url = location.flatMap { URL(string: $0, relativeTo: response.url)?.absoluteURL } ?? request.url
        let target = url?.absoluteString ?? "nowhere"
        // A redirect from https to http would lose the protection of https.
        let isDowngrade = response.url?.scheme?.lowercased() == "https" && url?.scheme?.lowercased() == "http"
        if !Download.isOfWeb(url) || isDowngrade {
            fail("the server redirects to \(target), which is not \(isDowngrade ? "an https URL" : "a web server")")
        } else if count > Self.maximumRedirects {
            fail("the server redirects more than \(Self.maximumRedirects) times, finally to \(target)")
        } else {
            return completionHandler(request)
        }
        completionHandler(nil)
        task.cancel()
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let http = response as? HTTPURLResponse
        let status = http?.statusCode ?? 0
        guard status == 200 else {
            fail("the server answered with status \(status)")
            return completionHandler(.cancel)
        }
        let encoding = http?.value(forHTTPHeaderField: "Content-Encoding")?.lowercased() ?? "identity"
        // The bytes arrive decoded here, but the length is that of the encoded ones.
        let isPlain = encoding == "identity" || encoding.isEmpty
        state.withLock {
            $0.total = isPlain && response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let (total, isFailed) = state.withLock { state in
            state.received += data.count
            return (state.total, state.failure != nil)
        }
        guard !isFailed else { return }
        do {
            try data.withUnsafeBytes { try receive($0, total) }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            let isTimeout = (error as? URLError)?.code == .timedOut
            fail(isTimeout ? "the server has been silent for too long" : error.localizedDescription)
        } else {
            let (received, total) = state.withLock { ($0.received, $0.total) }
            if let total, received != total { fail("the transfer ended after \(received) of \(total) bytes") }
        }
        end.signal()
    }
}
