internal import Classifier
internal import Platform

/// Sends events to all pages that are open, as server-sent events.
final class EventHub: Sendable {
    private struct State {
        var pages: [Int: AsyncStream<String>.Continuation] = [:]
        var next = 0
        var isClosed = false
    }

    /// What changed, with the number of edits, undos and redos so far.
    private struct Change: Encodable {
        let revision: Int
        let kinds: [String]
    }

    private let state = Monitor(State())
    private let revision: @Sendable () -> Int

    /// - Parameter revision: returns the number of edits, undos and redos.
    init(revision: @escaping @Sendable () -> Int) { self.revision = revision }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - name: the name, such as `job`.
    ///   - value: the data, written as JSON on one line.
    func send(_ name: String, _ value: some Encodable) {
        guard let json = try? jsonText(value) else { return }
        broadcast("event: \(name)\ndata: \(json)\n\n")
    }

    /// Reports to the pages what changed, so that they ask for it again: `photos`, `classes`, `findings`, `runs`, `head`,
    /// `features`.
    func changed(_ kinds: String...) { send("change", Change(revision: revision(), kinds: kinds)) }

    /// Sends a comment, which shows whether a page is still there.
    func ping() { broadcast(": \n\n") }

    /// Returns the events of a new page, until it is closed.
    func events() -> AsyncStream<String> {
        // A page that reads nothing loses the oldest ones. It asks for everything when it is connected again.
        AsyncStream(bufferingPolicy: .bufferingNewest(1000)) { page in
            let number = state.withLock { state -> Int? in
                guard !state.isClosed else { return nil }
                state.next += 1
                state.pages[state.next] = page
                return state.next
            }
            guard let number else { return page.finish() }
            page.yield("retry: 1000\n\n")
            page.onTermination = { [state] _ in state.withLock { $0.pages[number] = nil } }
        }
    }

    /// Ends the events of all pages.
    func close() {
        let pages = state.withLock { state in
            state.isClosed = true
            return Array(state.pages.values)
        }
        for page in pages { page.finish() }
    }

    private func broadcast(_ text: String) {
        for page in state.withLock({ Array($0.pages.values) }) { page.yield(text) }
    }
}
