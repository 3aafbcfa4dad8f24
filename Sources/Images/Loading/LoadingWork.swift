internal import Platform

/// The work of an epoch, shared by the workers and the iterator.
///
/// Workers take one sample at a time in order, so that all of them complete the next batch first. They may be up to
/// `prefetch` batches ahead of the iterator.
final class LoadingWork: Sendable {
    /// A sample taken by a worker.
    private struct Assignment {
        let batch: Int
        let place: Int
        let index: Int
        /// Its index in the epoch's order.
        let draw: Int
        let memory: UnsafeMutableRawBufferPointer
    }

    private struct State {
        /// The number of the batch of the next sample, and its place in that batch.
        var (filling, place): (Int, Int)
        /// The next batch of the iterator.
        var wanted: Int
        /// The batches being filled or waiting for the iterator, by number.
        var pending: [Int: PendingBatch] = [:]
        var isStopped = false
        var unreadable: UnreadableImages
        /// The indices of images with several frames.
        var severalFrames: Set<Int> = []
        /// The first of them in the epoch's order.
        var firstSeveralFrames: (draw: Int, index: Int)?
        /// The processor time that the workers took, in seconds.
        var processorTime = 0.0
        /// The error that ended the work early.
        package var failure: (any Error)?
    }

    private let loader: DataLoader
    private let epoch: Int
    /// The indices in the dataset in the epoch's order.
    private let indices: [Int]
    /// The places in that order for each batch, or for the part of it that is read.
    private let batches: [Range<Int>]
    private let state: Monitor<State>

    init(_ loader: DataLoader, epoch: Int, firstBatch: Int) {
        self.loader = loader
        self.epoch = epoch
        let whole = loader.batches(of: loader.dataset.count)
        batches = loader.part.map { part in whole.map(part.range) } ?? whole
        indices = loader.indices(epoch: epoch)
        let unreadable = UnreadableImages(of: loader)
        state = Monitor(State(filling: firstBatch, place: 0, wanted: firstBatch, unreadable: unreadable))
    }

    deinit {
        state.withLock { state in
            for batch in state.pending.values { loader.pool.give(back: batch.buffer) }
        }
    }

    func name(at index: Int) -> String { loader.dataset.name(at: index) }

    /// The images with several frames among those loaded so far.
    var severalFrames: SeveralFrames {
        state.withLock { state in
            SeveralFrames(
                count: state.severalFrames.count,
                example: state.firstSeveralFrames.map { loader.dataset.name(at: $0.index) })
        }
    }

    /// The processor time in seconds that reading and transforming took, of the workers that have ended.
    var processorTime: Double { state.withLock { $0.processorTime } }

    /// The loop of a worker: take a sample and load it until none is left or it is stopped.
    func run() {
        measuring {
            while loadOne() {}
        }
    }

    private func measuring(_ body: () -> Void) {
        let began = ProcessorTime.ofThread
        body()
        let seconds = ProcessorTime.ofThread - began
        state.withLock { $0.processorTime += seconds }
    }

    /// Waits for space, takes a sample and loads it. Returns false if none is left.
    private func loadOne() -> Bool {
        let assignment: Assignment? = state.wait { state in
            while state.filling < batches.count, state.place == batches[state.filling].count {
                (state.filling, state.place) = (state.filling + 1, 0)
            }
            guard !state.isStopped, state.filling < batches.count else { return .some(nil) }
            guard state.filling < state.wanted + loader.prefetch else { return nil }
            return take(from: &state)
        }
        guard let assignment else { return false }
        var failure: SampleFailure?
        var hasMoreFrames = false
        do {
            // Memory used by other threads' decoding may be free now.
            hasMoreFrames = try SystemFailure.retrying {
                try loader.load(assignment.index, epoch: epoch, draw: assignment.draw, into: assignment.memory)
            } while: {
                ($0 as? ImageError)?.code == .outOfMemory
            }
        } catch {
            failure = SampleFailure(
                index: assignment.index, name: loader.dataset.name(at: assignment.index), error: error)
        }
        let label = loader.dataset.label(at: assignment.index)
        finish(assignment, label: label, failure: failure, hasMoreFrames: hasMoreFrames)
        return true
    }

    private func take(from state: inout State) -> Assignment {
        let (number, place) = (state.filling, state.place)
        let batch = state.pending[number] ?? makeBatch(number)
        state.pending[number] = batch
        state.place += 1
        let size = loader.height * loader.width * 3
        return Assignment(
            batch: number, place: place, index: batch.indices[place], draw: batches[number].lowerBound + place,
            memory: UnsafeMutableRawBufferPointer(rebasing: batch.buffer[(place * size)..<((place + 1) * size)]))
    }

    private func makeBatch(_ number: Int) -> PendingBatch {
        PendingBatch(number: number, indices: Array(indices[batches[number]]), buffer: loader.pool.take())
    }

    private func finish(_ assignment: Assignment, label: Int, failure: SampleFailure?, hasMoreFrames: Bool) {
        let isComplete = state.withLock { state in
            state.pending[assignment.batch]?.labels[assignment.place] = label
            if hasMoreFrames {
                state.severalFrames.insert(assignment.index)
                if assignment.draw < state.firstSeveralFrames?.draw ?? .max {
                    state.firstSeveralFrames = (assignment.draw, assignment.index)
                }
            }
            if let failure {
                state.pending[assignment.batch]?.failures.append((assignment.place, failure))
                note(failure, draw: assignment.draw, in: &state)
            }
            state.pending[assignment.batch]?.remaining -= 1
            return state.pending[assignment.batch]?.remaining == 0 || state.failure != nil
        }
        if isComplete { state.update { _ in } }
    }

    /// Ends the work if a failure is not caused by an image, or exceeds the limit.
    private func note(_ failure: SampleFailure, draw: Int, in state: inout State) {
        do {
            if (failure.error as? ImageError)?.isSystemFailure == true { throw failure }
            try state.unreadable.add(failure, draw: draw)
        } catch {
            state.failure = state.failure ?? error
            state.isStopped = true
        }
    }

    /// The next batch in order, loaded by the caller itself if `isAlone`; nil after the last.
    ///
    /// - Throws: The error that ended the work.
    func next(isAlone: Bool) throws -> ImageBatch? {
        if isAlone {
            measuring {
                while !isNextReady, loadOne() {}
            }
        }
        let pending: Result<PendingBatch?, any Error> = state.wait { state in
            if let failure = state.failure { return .failure(failure) }
            guard !state.isStopped, state.wanted < batches.count else { return .success(nil) }
            // No worker takes an image of an empty part.
            if batches[state.wanted].isEmpty { return .success(makeBatch(state.wanted)) }
            guard let batch = state.pending[state.wanted], batch.remaining == 0 else { return nil }
            return .success(batch)
        }
        guard let pending = try pending.get() else { return nil }
        state.update { state in
            state.pending[pending.number] = nil
            state.wanted += 1
        }
        return ImageBatch(pending, height: loader.height, width: loader.width, pool: loader.pool)
    }

    private var isNextReady: Bool {
        state.withLock { state in
            state.pending[state.wanted]?.remaining == 0
                || state.wanted < batches.count && batches[state.wanted].isEmpty
        }
    }

    /// Makes the workers stop after their current sample.
    func stop() {
        state.update { $0.isStopped = true }
    }
}
