internal import Platform

/// The batches of an epoch, in order. `next()` waits for the workers.
///
/// It belongs to one thread, the one that uses the batches. Letting go of it, also in the middle of an epoch, ends its
/// workers; that waits for the images that they are reading.
public final class BatchIterator {
    /// All images that could not be read up to the batch delivered last, or the one after it where there is a
    /// `minimumBatch`.
    public private(set) var failures: [SampleFailure] = []

    private let minimumBatch: Int
    /// The batch after the one delivered last, where that has waited for it.
    private var following: ImageBatch?
    private let work: LoadingWork
    private var threads: [WorkerThread] = []

    init(work: LoadingWork, workers: Int, minimumBatch: Int = 1) {
        self.work = work
        self.minimumBatch = minimumBatch
        // Where the system refuses threads the calling thread does the work.
        threads = (0..<workers).compactMap { _ in
            WorkerThread { work.run() }
        }
    }

    deinit {
        stop()
    }

    /// What the dataset calls the image at a place.
    package func name(at index: Int) -> String { work.name(at: index) }

    /// The next batch; nil after the last. A batch without a single readable image is passed over; its failures are
    /// in `failures`. One with fewer than the loader's `minimumBatch` joins the batch before it, the first one the batch
    /// after it.
    ///
    /// - Throws: `SampleFailure` where the machine failed rather than an image, `UnreadableLimitError` where more
    ///   images are unreadable than the loader's limit allows. Nothing comes after that.
    public func next() throws -> ImageBatch? {
        do {
            return try nextJoined()
        } catch {
            stop()
            throw error
        }
    }

    private func nextJoined() throws -> ImageBatch? {
        guard minimumBatch > 1 else { return try nextReadable() }
        var batch = try following ?? nextReadable()
        following = nil
        while let first = batch, let second = try nextReadable() {
            guard first.count < minimumBatch || second.count < minimumBatch else {
                following = second
                break
            }
            batch = ImageBatch(joining: first, second)
        }
        return batch
    }

    private func nextReadable() throws -> ImageBatch? {
        while let batch = try work.next(isAlone: threads.isEmpty) {
            failures += batch.failures
            if batch.count > 0 { return batch }
        }
        endWorkers()
        return nil
    }

    /// All batches that are left, in order, kept in memory together.
    ///
    /// - Throws: as `next()` does.
    public func all() throws -> [ImageBatch] {
        var batches: [ImageBatch] = []
        while let batch = try next() { batches.append(batch) }
        return batches
    }

    /// Ends the workers. Further calls of `next()` give nothing.
    public func stop() {
        following = nil
        endWorkers()
    }

    private func endWorkers() {
        work.stop()
        threads.forEach { $0.join() }
        threads = []
    }
}
