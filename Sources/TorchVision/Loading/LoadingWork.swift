/// An epoch's work, shared by the workers and the iterator.
///
/// Workers take one sample at a time, in order, so that all of them hurry to finish the batch that is wanted first. They
/// may run ahead of the iterator by `prefetch` batches.
final class LoadingWork: Sendable {
    /// A sample that a worker has taken.
    private struct Assignment {
        let batch: Int
        let place: Int
        let index: Int
        let memory: UnsafeMutableRawBufferPointer
    }

    private struct State {
        /// The position of the sample that is taken next.
        var position: Int
        /// The batch that the iterator wants next.
        var wanted: Int
        /// The batches that are being filled or wait for the iterator, by number.
        var pending: [Int: PendingBatch] = [:]
        var isStopped = false
    }

    private let loader: DataLoader
    private let epoch: Int
    private let indices: [Int]
    private let batchCount: Int
    private let state: Monitor<State>

    init(_ loader: DataLoader, epoch: Int, firstBatch: Int) {
        self.loader = loader
        self.epoch = epoch
        batchCount = loader.batchCount
        indices = Array(loader.indices(epoch: epoch).prefix(batchCount * loader.batchSize))
        state = Monitor(State(position: firstBatch * loader.batchSize, wanted: firstBatch))
    }

    deinit {
        state.withLock { state in
            for batch in state.pending.values { loader.pool.give(back: batch.buffer) }
        }
    }

    func name(at index: Int) -> String { loader.dataset.name(at: index) }

    /// What a worker does: take, load, and so on until there is nothing left or it is told to stop.
    func run() {
        while loadOne() {}
    }

    /// Takes a sample and loads it, waiting for room first. False where there is nothing left to take.
    private func loadOne() -> Bool {
        let assignment: Assignment? = state.wait { state in
            guard !state.isStopped, state.position < indices.count else { return .some(nil) }
            let number = state.position / loader.batchSize
            guard number < state.wanted + loader.prefetch else { return nil }
            return take(from: &state)
        }
        guard let assignment else { return false }
        var failure: SampleFailure?
        do {
            try loader.load(assignment.index, epoch: epoch, into: assignment.memory)
        } catch {
            failure = SampleFailure(
                index: assignment.index, name: loader.dataset.name(at: assignment.index), error: error)
        }
        finish(assignment, label: loader.dataset.label(at: assignment.index), failure: failure)
        return true
    }

    private func take(from state: inout State) -> Assignment {
        let (number, place) = state.position.quotientAndRemainder(dividingBy: loader.batchSize)
        let first = number * loader.batchSize
        let batch =
            state.pending[number]
            ?? PendingBatch(
                number: number, indices: Array(indices[first..<min(first + loader.batchSize, indices.count)]),
                buffer: loader.pool.take())
        state.pending[number] = batch
        state.position += 1
        let size = loader.height * loader.width * 3
        return Assignment(
            batch: number, place: place, index: batch.indices[place],
            memory: UnsafeMutableRawBufferPointer(rebasing: batch.buffer[(place * size)..<((place + 1) * size)]))
    }

    private func finish(_ assignment: Assignment, label: Int, failure: SampleFailure?) {
        let isComplete = state.withLock { state in
            state.pending[assignment.batch]?.labels[assignment.place] = label
            if let failure {
                state.pending[assignment.batch]?.failures.append((assignment.place, failure))
            }
            state.pending[assignment.batch]?.remaining -= 1
            return state.pending[assignment.batch]?.remaining == 0
        }
        if isComplete { state.update { _ in } }
    }

    /// The batch that is next in order, loaded by the caller itself where `isAlone`; nil after the last.
    func next(isAlone: Bool) -> ImageBatch? {
        while isAlone, !isNextReady, loadOne() {}
        let pending: PendingBatch? = state.wait { state in
            guard !state.isStopped, state.wanted < batchCount else { return .some(nil) }
            guard let batch = state.pending[state.wanted], batch.remaining == 0 else { return nil }
            return batch
        }
        guard let pending else { return nil }
        state.update { state in
            state.pending[pending.number] = nil
            state.wanted += 1
        }
        return ImageBatch(pending, height: loader.height, width: loader.width, pool: loader.pool)
    }

    private var isNextReady: Bool {
        state.withLock { $0.pending[$0.wanted]?.remaining == 0 }
    }

    /// Tells the workers to end after the sample that they are at.
    func stop() {
        state.update { $0.isStopped = true }
    }
}
