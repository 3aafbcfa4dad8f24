import Testing

@testable import Platform

@Suite("Event sequences") struct EventSequenceTests {
    private enum Event: Sendable, Equatable {
        case progress(Int)
        case fact(Int)

        var isProgress: Bool { if case .progress = self { true } else { false } }
    }

    private enum Failure: Error { case work, reader }

    @Test("The reader receives every event in order and has ended when the call returns")
    func order() async throws {
        let read = Monitor<[Int]>([])
        let result = try await withEvents(readBy: { (events: EventSequence<Int>) in
            for await event in events { read.withLock { $0.append(event) } }
            read.withLock { $0.append(-1) }
        }) { events in
            for number in 0..<1000 {
                events.send(number)
                if number.isMultiple(of: 7) { await Task.yield() }
            }
            return "done"
        }
        #expect(result == "done")
        #expect(read.withLock { $0 } == Array(0..<1000) + [-1])
    }

    @Test("If the work fails, the reader receives the earlier events, and the call throws the error")
    func failure() async {
        let read = Monitor<[Int]>([])
        await #expect(throws: Failure.work) {
            try await withEvents(readBy: { (events: EventSequence<Int>) in
                for await event in events { read.withLock { $0.append(event) } }
            }) { events in
                events.send(1)
                events.send(2)
                throw Failure.work
            }
        }
        #expect(read.withLock { $0 } == [1, 2])
    }

    @Test("The work continues after the reader has left and does not wait")
    func earlyReturn() async throws {
        let sent = try await withEvents(readBy: { (events: EventSequence<Int>) in
            for await event in events where event == 2 { return }
        }) { events in
            for number in 0..<2000 { try await events.sendAndWait(number) }
            try events.checkCancellation()
            return 2000
        }
        #expect(sent == 2000)
    }

    @Test("If the reader fails, the work is canceled, and the call throws the reader's error")
    func failingReader() async {
        let isCanceled = Monitor(false)
        await #expect(throws: Failure.reader) {
            try await withEvents(readBy: { (events: EventSequence<Int>) in
                for await event in events where event == 2 { throw Failure.reader }
            }) { events in
                do {
                    for number in 0... {
                        try await events.sendAndWait(number)
                        await Task.yield()
                    }
                } catch {
                    isCanceled.withLock { $0 = error is CancellationError }
                    throw error
                }
            }
        }
        #expect(isCanceled.withLock { $0 })
    }

    @Test("A slow reader misses only progress that newer progress replaces")
    func slowReader() async throws {
        let read = Monitor<[Event]>([])
        let (gate, opening) = AsyncStream<Void>.makeStream()
        try await withEvents(
            readBy: { (events: EventSequence<Event>) in
                for await _ in gate {}
                for await event in events { read.withLock { $0.append(event) } }
            }, isProgress: \.isProgress
        ) { events in
            for number in 1...3 { events.send(.progress(number)) }
            events.send(.fact(1))
            events.send(.fact(2))
            for number in 4...5 { events.send(.progress(number)) }
            events.send(.fact(3))
            events.send(.progress(6))
            opening.finish()
        }
        #expect(read.withLock { $0 } == [.progress(3), .fact(1), .fact(2), .progress(5), .fact(3), .progress(6)])
    }

    @Test("Work that waits for its reader is at most 256 events ahead")
    func room() async throws {
        let sent = Monitor(0)
        let (ahead, read) = (Monitor(0), Monitor(0))
        try await withEvents(readBy: { (events: EventSequence<Int>) in
            while sent.withLock({ $0 }) < 255 { await Task.yield() }
            for _ in 0..<100 { await Task.yield() }
            ahead.withLock { $0 = sent.withLock { $0 } }
            for await event in events {
                read.withLock { $0 += 1 }
                let lead = sent.withLock { $0 } - event
                ahead.withLock { $0 = max($0, lead) }
            }
        }) { events in
            for number in 0..<3000 {
                try await events.sendAndWait(number)
                sent.withLock { $0 += 1 }
            }
        }
        #expect(read.withLock { $0 } == 3000)
        #expect((255...257).contains(ahead.withLock { $0 }))
    }

    @Test("Canceled work reports to its end, and its error precedes the reader's cancellation")
    func cancellation() async {
        let read = Monitor<[String]>([])
        let task = Task {
            try await withEvents(readBy: { (events: EventSequence<String>) in
                for await event in events { read.withLock { $0.append(event) } }
                try Task.checkCancellation()
            }) { events in
                events.send("begun")
                withUnsafeCurrentTask { $0?.cancel() }
                do {
                    try events.checkCancellation()
                } catch {
                    events.send("saved")
                    throw Failure.work
                }
            }
        }
        await #expect(throws: Failure.work) { try await task.value }
        #expect(read.withLock { $0 } == ["begun", "saved"])
    }

    @Test("With several loops over one sequence, each event goes to one of them")
    func severalReaders() async throws {
        let read = Monitor<[Int]>([])
        try await withEvents(readBy: { (events: EventSequence<Int>) in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        for await event in events { read.withLock { $0.append(event) } }
                    }
                }
            }
        }) { events in
            for number in 0..<1000 { try await events.sendAndWait(number) }
        }
        #expect(read.withLock { $0.sorted() } == Array(0..<1000))
    }

    @Test("The work stays on its actor") @ComputeActor
    func isolation() async throws {
        let count = try await withEvents(readBy: { (events: EventSequence<Int>) in
            for await _ in events {}
        }) { events in
            for number in 0..<600 {
                try await events.sendAndWait(number)
                ComputeActor.shared.preconditionIsolated()
            }
            return 600
        }
        #expect(count == 600)
    }
}
