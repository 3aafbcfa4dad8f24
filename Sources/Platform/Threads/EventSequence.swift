/// The events of an operation, one after the other.
///
/// It ends when the operation ends, also if it fails or is canceled. Errors are thrown by the call that runs the
/// operation. A slow reader may miss progress events, but no others.
public struct EventSequence<Event: Sendable>: AsyncSequence, Sendable {
    let channel: EventChannel<Event>

    /// Reads the events from the next one on. Each event is read once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }

    /// Waits for events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let channel: EventChannel<Event>

        /// The next event; nil when the operation has ended.
        public func next() async -> Event? { await channel.next() }

        /// The next event; nil when the operation has ended.
        public func next(isolation actor: isolated (any Actor)?) async -> Event? { await channel.next() }
    }
}

/// The writing end of an `EventSequence`.
package final class EventChannel<Event: Sendable>: Sendable {
    private struct State {
        var waiting: ArraySlice<Event> = []
        var hasEnded = false
        /// Whether the reader has stopped reading.
        var isAbandoned = false
        /// Whether the operation must stop, because its task is canceled or the reader has failed.
        var isCanceled = false
        /// The tasks that wait for an event, and those that wait for space.
        var (readers, writers) = (Waiters(), Waiters())
    }

    private typealias Waiters = [CheckedContinuation<Void, Never>]

    private let state = Monitor(State())
    private let isProgress: @Sendable (Event) -> Bool

    /// The number of unread events from which on `sendAndWait` waits.
    private static var capacity: Int { 256 }

    /// - Parameter isProgress: Whether an event may be dropped if a later one of its kind follows.
    package init(isProgress: @escaping @Sendable (Event) -> Bool = { _ in false }) { self.isProgress = isProgress }

    /// Adds an event without waiting. Newer progress replaces unread progress.
    package func send(_ event: Event) {
        let isProgress = isProgress(event)
        let readers = state.withLock { state -> Waiters in
            guard !state.isAbandoned else { return [] }
            if isProgress, let last = state.waiting.last, self.isProgress(last) { state.waiting.removeLast() }
            state.waiting.append(event)
            return state.readers.takeAll()
        }
        for reader in readers { reader.resume() }
    }

    /// Adds an event. Waits if many events are unread.
    ///
    /// - Throws: `CancellationError` if the task is canceled or the reader has failed.
    package func sendAndWait(_ event: Event, isolation: isolated (any Actor)? = #isolation) async throws {
        send(event)
        if state.withLock({ $0.waiting.count >= Self.capacity && !$0.isAbandoned }) {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.waiting.count < Self.capacity || state.isAbandoned { return true }
                    state.writers.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
        try checkCancellation()
    }

    /// Throws `CancellationError` if the task is canceled or the reader has failed. Any thread may call it.
    package func checkCancellation() throws {
        try Task.checkCancellation()
        if state.withLock({ $0.isCanceled }) { throw CancellationError() }
    }

    fileprivate func cancel() { state.withLock { $0.isCanceled = true } }

    fileprivate func end() {
        let readers = state.withLock { state in
            state.hasEnded = true
            return state.readers.takeAll()
        }
        for reader in readers { reader.resume() }
    }

    fileprivate func read(_ body: @Sendable (EventSequence<Event>) async throws -> Void) async -> (any Error)? {
        var failure: (any Error)?
        do { try await body(EventSequence(channel: self)) } catch { failure = error }
        let writers = state.withLock { state in
            state.isAbandoned = true
            if failure != nil { state.isCanceled = true }
            state.waiting = []
            return state.writers.takeAll()
        }
        for writer in writers { writer.resume() }
        return failure
    }

    fileprivate func next() async -> Event? {
        while true {
            let (event, hasEnded, writers) = state.withLock { state in
                let event = state.waiting.popFirst()
                // A slice keeps its removed elements in memory.
                if state.waiting.isEmpty { state.waiting = [] }
                let hasRoom = state.waiting.count < Self.capacity / 2
                return (event, state.hasEnded, hasRoom ? state.writers.takeAll() : [])
            }
            for writer in writers { writer.resume() }
            if event != nil || hasEnded { return event }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.waiting.isEmpty || state.hasEnded { return true }
                    state.readers.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}

/// Runs an operation and passes its events to a reader at the same time. Both have ended when this returns.
///
/// - Parameters:
///   - reader: Reads the events. If it returns early, the operation continues. If it throws, the operation is canceled.
///   - isProgress: Whether an event may be dropped if a later one of its kind follows.
/// - Returns: The result of the operation.
/// - Throws: The reader's error, otherwise the operation's error. If both end because the task is canceled, the
///   operation's error, which describes what was done.
package func withEvents<Event: Sendable, Result>(
    isolation: isolated (any Actor)? = #isolation,
    readBy reader: @escaping @Sendable (EventSequence<Event>) async throws -> Void,
    isProgress: @escaping @Sendable (Event) -> Bool = { _ in false },
    _ work: (EventChannel<Event>) async throws -> Result
) async throws -> Result {
    let channel = EventChannel(isProgress: isProgress)
    async let reading = channel.read(reader)
    do {
        let result = try await withTaskCancellationHandler {
            try await work(channel)
        } onCancel: {
            channel.cancel()
        }
        channel.end()
        if let failure = await reading { throw failure }
        return result
    } catch {
        channel.end()
        let failure = await reading
        throw failure is CancellationError ? error : failure ?? error
    }
}

extension Array {
    /// Removes all elements, and returns them.
    fileprivate mutating func takeAll() -> [Element] {
        defer { self = [] }
        return self
    }
}
