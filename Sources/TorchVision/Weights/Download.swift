internal import Foundation
internal import Platform

#if canImport(FoundationNetworking)
    internal import FoundationNetworking
#endif

/// One file fetched over HTTP. The only place that knows Foundation's networking.
///
/// The calling thread waits. Bytes are handed on as they come; nothing is kept in memory.
enum Download {
    /// Why a file did not come.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The fewest bytes a second that are worth waiting for.
    private static let slowest = 1000.0

    /// Whether an address is a web server's.
    fileprivate static func isOfWeb(_ url: URL?) -> Bool {
        ["http", "https"].contains(url?.scheme?.lowercased()) && url?.host != nil
    }

    /// Fetches an address, also by way of others where the server redirects to web servers.
    ///
    /// - Parameters:
    ///   - timeout: how many seconds may pass without a byte, or with fewer than 1,000 bytes a second.
    ///   - timeLimit: how many seconds it may take in all.
    ///   - receive: gets each piece as the file has it, and the size of the whole where the server tells it; a throw of
    ///     it ends the transfer and comes back from here.
    /// - Throws: `Failure`; `CancellationError` where the caller's task is canceled; what `receive` throws.
    static func fetch(
        _ address: String, timeout: Double, timeLimit: Double,
        receive: @escaping @Sendable (_ bytes: UnsafeRawBufferPointer, _ total: Int?) throws -> Void
    ) throws {
        guard let url = URL(string: address), isOfWeb(url) else {
            throw Failure(description: "this is no address of a web server")
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.urlCache = nil
        let receiver = Receiver(receive: receive)
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        // Sessions hold on to their delegate until they are told that no more is to come.
        defer { session.invalidateAndCancel() }
        var request = URLRequest(url: url)
        // Of an encoded file the server tells the encoded size, if any.
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

/// Hands on what a session receives and wakes the waiting thread at the end.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var received = 0
        var total: Int?
        var redirects = 0
        var failure: (any Error)?
    }

    /// As curl has it by default in browsers' place: more are a loop.
    private static let maximumRedirects = 20

    private let receive: @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void
    private let state = Monitor(State())
    private let end = DispatchSemaphore(value: 0)

    init(receive: @escaping @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void) {
        self.receive = receive
    }

    /// How many bytes have come.
    var received: Int { state.withLock { $0.received } }

    /// Whether the transfer is at its end after so long.
    func waitForEnd(seconds: Double) -> Bool { end.wait(timeout: .now() + seconds) == .success }

    func finish() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// The first trouble counts.
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
        // Foundation makes a path on the same server of what has no server: the header tells what was meant.
        let location = response.value(forHTTPHeaderField: "Location")
        let url = location.flatMap { URL(string: $0, relativeTo: response.url)?.absoluteURL } ?? request.url
        let target = url?.absoluteString ?? "nowhere"
        // A redirect from https to http would give up what https protects.
        let isDowngrade = response.url?.scheme?.lowercased() == "https" && url?.scheme?.lowercased() == "http"
        if !Download.isOfWeb(url) || isDowngrade {
            fail("the server redirects to \(target), which is no \(isDowngrade ? "https address" : "web server")")
        } else if count > Self.maximumRedirects {
            fail("the server redirects more than \(Self.maximumRedirects) times, at last to \(target)")
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
        // The bytes come decoded here, and the length is that of the encoded ones.
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
