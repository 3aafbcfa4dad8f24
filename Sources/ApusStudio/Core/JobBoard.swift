internal import Platform

/// The long works of the studio: each is shown on the page with its progress, and can be canceled.
final class JobBoard: Sendable {
    /// The number of ended works that stay visible.
    private static let memory = 20
    /// The time between two reports of progress.
    private static let interval = Duration.milliseconds(100)

    private struct Entry {
        var job: Job
        let part: String?
        let lane: JobLane
        let body: @Sendable (JobProgress) async throws -> Void
        var task: Task<Void, Never>?
        var began: ContinuousClock.Instant?
        var reported: ContinuousClock.Instant?
        /// Whether it was asked to end.
        var isCanceled = false
    }

    private struct State {
        var entries: [Entry] = []
        var next = 0
        var isClosed = false
    }

    private let state = Monitor(State())
    private let hub: EventHub

    /// Creates a board that sends each change of a work to the pages.
    init(hub: EventHub) { self.hub = hub }

    /// The works, the oldest first.
    var all: [Job] { state.withLock { $0.entries.map(\.job) } }

    /// Starts a work as soon as its lane is free.
    ///
    /// - Parameters:
    ///   - kind: what it does.
    ///   - lane: the lane.
    ///   - run: the run that it is about.
    ///   - part: what distinguishes works of the same kind and run, such as the format of an export.
    ///   - body: the work. It ends when its task is canceled.
    /// - Returns: the work; the one that waits or runs already, if it has the same kind, run and part.
    @discardableResult
    func start(
        _ kind: String, lane: JobLane, run: String? = nil, part: String? = nil,
        _ body: @escaping @Sendable (JobProgress) async throws -> Void
    ) -> Job {
        let job = state.withLock { state -> Job in
            let present = state.entries.first {
                $0.job.kind == kind && $0.job.run == run && $0.part == part && !$0.job.state.isOver
            }
            if let present { return present.job }
            state.next += 1
            let job = Job(id: state.next, kind: kind, run: run)
            state.entries.append(Entry(job: job, part: part, lane: lane, body: body))
            let over = state.entries.count { $0.job.state.isOver }
            if over > Self.memory, let oldest = state.entries.firstIndex(where: { $0.job.state.isOver }) {
                state.entries.remove(at: oldest)
            }
            return job
        }
        hub.send("job", job)
        advance()
        return job
    }

    /// Asks a work to end. One that waits ends at once.
    ///
    /// - Throws: `StudioError` if there is no such work.
    func cancel(_ id: Int) throws(StudioError) {
        let (task, job) = state.withLock { state -> (Task<Void, Never>?, Job?) in
            guard let place = state.entries.firstIndex(where: { $0.job.id == id }) else { return (nil, nil) }
            if state.entries[place].job.state == .waiting { state.entries[place].job.state = .canceled }
            state.entries[place].isCanceled = true
            return (state.entries[place].task, state.entries[place].job)
        }
        guard let job else { throw StudioError(.notFound, "there is no such work any more") }
        task?.cancel()
        hub.send("job", job)
        advance()
    }

    /// Cancels all works, and waits for them.
    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            for place in state.entries.indices where state.entries[place].job.state == .waiting {
                state.entries[place].job.state = .canceled
            }
            return state.entries.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Starts the works whose lanes are free.
    private func advance() {
        let started = state.withLock { state -> [Job] in
            guard !state.isClosed else { return [] }
            var started: [Job] = []
            for place in state.entries.indices where state.entries[place].job.state == .waiting {
                let lane = state.entries[place].lane
                let isBusy = state.entries.contains { $0.job.state == .running && $0.lane == lane }
                guard lane == .other || !isBusy else { continue }
                state.entries[place].job.state = .running
                state.entries[place].began = .now
                let (id, body) = (state.entries[place].job.id, state.entries[place].body)
                state.entries[place].task = Task { [weak self] in
                    let result: Result<Void, any Error>
                    do { result = .success(try await body(JobProgress(board: self, id: id))) } catch {
                        result = .failure(error)
                    }
                    self?.end(id, result)
                }
                started.append(state.entries[place].job)
            }
            return started
        }
        for job in started { hub.send("job", job) }
    }

    private func end(_ id: Int, _ result: Result<Void, any Error>) {
        let job = state.withLock { state -> Job? in
            guard let place = state.entries.firstIndex(where: { $0.job.id == id }) else { return nil }
            state.entries[place].task = nil
            switch result {
            case .success:
                state.entries[place].job.state = .done
                state.entries[place].job.message = nil
            case .failure(let error):
                let isCanceled = error is CancellationError || state.entries[place].isCanceled
                state.entries[place].job.state = isCanceled ? .canceled : .failed
                state.entries[place].job.message = isCanceled ? nil : StudioError(describing: error).message
            }
            state.entries[place].job.secondsLeft = nil
            return state.entries[place].job
        }
        if let job { hub.send("job", job) }
        advance()
    }

    fileprivate func change(_ id: Int, isProgress: Bool, _ change: (inout Job) -> Void) {
        let job = state.withLock { state -> Job? in
            guard let place = state.entries.firstIndex(where: { $0.job.id == id && $0.job.state == .running }),
                let began = state.entries[place].began
            else { return nil }
            change(&state.entries[place].job)
            let now = ContinuousClock.now
            let seconds = (now - began) / .seconds(1)
            let job = state.entries[place].job
            if isProgress, job.done > 0, seconds > 0.5 {
                let rate = Double(job.done) / seconds
                state.entries[place].job.rate = rate
                state.entries[place].job.secondsLeft = job.total.map { Double(max(0, $0 - job.done)) / rate }
            }
            if isProgress, let last = state.entries[place].reported, now - last < Self.interval { return nil }
            state.entries[place].reported = now
            return state.entries[place].job
        }
        if let job { hub.send("job", job) }
    }
}

/// Reports the progress of a work.
struct JobProgress: Sendable {
    fileprivate weak let board: JobBoard?
    fileprivate let id: Int

    /// Reports how much is done.
    func report(done: Int, total: Int? = nil) {
        board?.change(id, isProgress: true) { job in
            job.done = done
            job.total = total ?? job.total
        }
    }

    /// Reports what the work does now.
    func message(_ text: String) { board?.change(id, isProgress: false) { $0.message = text } }
}
