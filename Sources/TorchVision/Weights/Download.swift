internal import Foundation

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

    /// Fetches an address. `receive` gets each piece and the size of the whole where the server tells it; a throw of it
    /// ends the transfer and comes back from here. `timeout` is how many seconds may pass without a byte.
    static func fetch(
        _ address: String, timeout: Double,
        receive: @escaping @Sendable (_ bytes: UnsafeRawBufferPointer, _ total: Int?) throws -> Void
    ) throws {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()), url.host != nil
        else {
            throw Failure(description: "this is no address of a web server")
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.urlCache = nil
        let receiver = Receiver(receive: receive)
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        // Sessions hold on to their delegate until they are told that no more is to come.
        defer { session.finishTasksAndInvalidate() }
        session.dataTask(with: url).resume()
        try receiver.waitForEnd()
    }
}

/// Hands on what a session receives and wakes the waiting thread at the end.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var received = 0
        var total: Int?
        var failure: (any Error)?
    }

    private let receive: @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void
    private let state = Monitor(State())
    private let end = DispatchSemaphore(value: 0)

    init(receive: @escaping @Sendable (UnsafeRawBufferPointer, Int?) throws -> Void) {
        self.receive = receive
    }

    func waitForEnd() throws {
        end.wait()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard status == 200 else {
            state.withLock {
                $0.failure = Download.Failure(description: "the server answered with status \(status)")
            }
            return completionHandler(.cancel)
        }
        state.withLock { $0.total = response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil }
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
            state.withLock { $0.failure = error }
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        state.withLock { state in
            if state.failure == nil, let error {
                let isTimeout = (error as? URLError)?.code == .timedOut
                state.failure = Download.Failure(
                    description: isTimeout ? "the server has been silent for too long" : error.localizedDescription)
            } else if state.failure == nil, let total = state.total, state.received != total {
                state.failure = Download.Failure(
                    description: "the transfer ended after \(state.received) of \(total) bytes")
            }
        }
        end.signal()
    }
}
