internal import Platform

/// Sends requests to web servers, each on a thread, because the few threads of Swift's concurrency must not wait.
/// Connections to a server are used again.
package final class WebSender: Sendable {
    private struct Queue {
        var waiting: [Work] = []
        var threads = 0
    }

    private let maximumRequests: Int
    private let queue = Monitor(Queue())

    /// Creates a sender.
    ///
    /// - Parameter maximumRequests: The maximum number of simultaneous requests. Others wait.
    package init(maximumRequests: Int = 16) { self.maximumRequests = max(1, maximumRequests) }

    /// Sends a request, and returns the response of any status. If the task is canceled, it throws at once, and the
    /// request ends soon.
    ///
    /// Redirects are not followed. Only the limits `seconds`, from the start of the request, and `maximumBytes` apply.
    ///
    /// - Throws: `WebError`, but not for a status; `CancellationError`.
    package func send(_ request: WebRequest, limits: WebLimits = WebLimits()) async throws -> WebResponse {
        let work = Work(request, limits)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if work.begin(continuation) { add(work) }
            }
        } onCancel: {
            work.cancel()
        }
    }

    private func add(_ work: Work) {
        let needsThread = queue.withLock { queue in
            queue.waiting.append(work)
            guard queue.threads < maximumRequests else { return false }
            queue.threads += 1
            return true
        }
        guard needsThread, !WorkerThread.start("web", { self.work() }) else { return }
        let stranded = queue.withLock { queue in
            queue.threads -= 1
            guard queue.threads == 0 else { return [Work]() }
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for work in stranded {
            work.finish(.failure(WebError(.other, "the system allows no more threads")))
        }
    }

    /// Sends the waiting requests one after the other.
    private func work() {
        while true {
            let next = queue.withLock { queue -> Work? in
                if queue.waiting.isEmpty {
                    queue.threads -= 1
                    return nil
                }
                return queue.waiting.removeFirst()
            }
            guard let next else { return }
            next.run()
        }
    }
}

/// A request that a task waits for.
private final class Work: Sendable {
    private struct State {
        var continuation: CheckedContinuation<WebResponse, any Error>?
        var isCanceled = false
    }

    private let request: WebRequest
    private let limits: WebLimits
    private let state = Monitor(State())

    init(_ request: WebRequest, _ limits: WebLimits) { (self.request, self.limits) = (request, limits) }

    /// Keeps what to resume. Returns false, and resumes it, if the task is canceled already.
    func begin(_ continuation: CheckedContinuation<WebResponse, any Error>) -> Bool {
        let isCanceled = state.withLock { state in
            if !state.isCanceled { state.continuation = continuation }
            return state.isCanceled
        }
        if isCanceled { continuation.resume(throwing: CancellationError()) }
        return !isCanceled
    }

    func cancel() {
        state.withLock { $0.isCanceled = true }
        finish(.failure(CancellationError()))
    }

    func run() {
        guard !isCanceled else { return }
        finish(Result { try Exchange(request, limits: limits) { self.isCanceled }.run() })
    }

    private var isCanceled: Bool { state.withLock(\.isCanceled) }

    /// Resumes the task with the first result.
    func finish(_ result: Result<WebResponse, any Error>) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
