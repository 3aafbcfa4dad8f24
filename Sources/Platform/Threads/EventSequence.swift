/// What a work reports while it goes on, one event after the other.
///
/// It ends when the work ends, also where the work fails or is canceled: errors come from the call that does the work.
/// A reader that is slow may miss reports of progress, and nothing else.
public struct EventSequence<Event: Sendable>: AsyncSequence, Sendable {
    let channel: EventChannel<Event>

    /// Reads the events from the next one on; each event is read once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }

    /// Waits for events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let channel: EventChannel<Event>

        /// The next event; nil when the work has ended.
        public func next() async -> Event? { await channel.next() }

        /// The next event; nil when the work has ended.
        public func next(isolation actor: isolated (any Actor)?) async -> Event? { await channel.next() }
    }
}

/// The end of an `EventSequence` that a work writes to.
package final class EventChannel<Event: Sendable>: Sendable {
    private struct State {
        var waiting: [Event] = []
        var hasEnded = false
        /// Whether nobody reads any more.
        var isAbandoned = false
        /// Whether the reader has failed, so that the work is to stop.
        var hasFailed = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Monitor(State())
    private let isProgress: @Sendable (Event) -> Bool

    /// How many events wait for the reader before `sendAndWait` waits.
    private static var capacity: Int { 256 }

    /// - Parameter isProgress: whether an event may be left out where a later one of its kind is there.
    package init(isProgress: @escaping @Sendable (Event) -> Bool = { _ in false }) { self.isProgress = isProgress }

    /// Adds an event without waiting. Progress that nobody has read gives way to newer progress.
    package func send(_ event: Event) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isAbandoned else { return nil }
            if isProgress(event), let last = state.waiting.last, isProgress(last) { state.waiting.removeLast() }
            state.waiting.append(event)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Adds an event, and waits where many others wait for the reader already.
    ///
    /// - Throws: `CancellationError` where the task is canceled or the reader has failed.
    package func sendAndWait(_ event: Event) async throws {
        send(event)
        if state.withLock({ $0.waiting.count >= Self.capacity && !$0.isAbandoned }) {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.waiting.count < Self.capacity || state.isAbandoned { return true }
                    state.writer = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
        try checkCancellation()
    }

    /// Throws `CancellationError` where the task is canceled or the reader has failed.
    package func checkCancellation() throws {
        try Task.checkCancellation()
        if state.withLock({ $0.hasFailed }) { throw CancellationError() }
    }

    fileprivate func end() {
        let reader = state.withLock { state in
            state.hasEnded = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    fileprivate func read(_ body: @Sendable (EventSequence<Event>) async throws -> Void) async -> (any Error)? {
        var failure: (any Error)?
        do { try await body(EventSequence(channel: self)) } catch { failure = error }
        let writer = state.withLock { state in
            state.isAbandoned = true
            state.hasFailed = failure != nil
            state.waiting = []
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
        return failure
    }

    fileprivate func next() async -> Event? {
        while true {
            let (event, hasEnded, writer) = state.withLock { state in
                let event = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
                var writer: CheckedContinuation<Void, Never>?
                if state.waiting.count < Self.capacity / 2 { swap(&writer, &state.writer) }
                return (event, state.hasEnded, writer)
            }
            writer?.resume()
            if event != nil || hasEnded { return event }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.waiting.isEmpty || state.hasEnded { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}

/// Does a work and passes its events to a reader at the same time; both have ended when this returns.
///
/// - Parameters:
///   - reader: reads the events. Where it returns before the work has ended, the work goes on; where it throws, the work is
///     canceled.
///   - isProgress: whether an event may be left out where a later one of its kind is there.
/// - Returns: what the work returns.
/// - Throws: what the reader throws, else what the work throws.
package func withEvents<Event: Sendable, Result>(
    isolation: isolated (any Actor)? = #isolation,
    readBy reader: @escaping @Sendable (EventSequence<Event>) async throws -> Void,
    isProgress: @escaping @Sendable (Event) -> Bool = { _ in false },
    _ work: (EventChannel<Event>) async throws -> Result
) async throws -> Result {
    let channel = EventChannel(isProgress: isProgress)
    async let reading = channel.read(reader)
    do {
        let result = try await work(channel)
        channel.end()
        if let failure = await reading { throw failure }
        return result
    } catch {
        channel.end()
        throw await reading ?? error
    }
}
