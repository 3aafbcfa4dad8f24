internal import Platform

/// The batches of an epoch, in order. `next()` waits for the workers.
///
/// It belongs to the thread that uses the batches. Releasing it, even in the middle of an epoch, stops its workers
/// after the images that they are reading.
public final class BatchIterator {
    /// All unreadable images up to the last delivered batch, or one batch further with a `minimumBatch`.
    public private(set) var failures: [SampleFailure] = []

    private let minimumBatch: Int
    /// Whether a batch without readable images is delivered.
    private let keepsEmpty: Bool
    /// The batch after the last delivered one, which was held back for it.
    private var following: ImageBatch?
    private let work: LoadingWork
    private var threads: [WorkerThread] = []

    init(work: LoadingWork, workers: Int, minimumBatch: Int = 1, keepsEmpty: Bool = false) {
        (self.work, self.minimumBatch, self.keepsEmpty) = (work, minimumBatch, keepsEmpty)
        // If the system allows no threads, the calling thread does the work.
        threads = (0..<workers).compactMap { _ in
            WorkerThread { work.run() }
        }
    }

    deinit {
        stop()
    }

    /// The images with several frames or pages, of which only the first is read. It is complete after the last batch.
    package var severalFrames: SeveralFrames { work.severalFrames }

    /// The processor time in seconds for reading and transforming images. It is complete after the last batch.
    package var processorTime: Double { work.processorTime }

    /// The name of the image at an index.
    package func name(at index: Int) -> String { work.name(at: index) }

    /// The next batch; nil after the last. A batch without readable images is skipped; its failures are in `failures`.
    /// A batch smaller than the loader's `minimumBatch` is joined to the previous batch, or the first one to the next.
    ///
    /// - Throws: `SampleFailure` if the machine failed rather than an image; `UnreadableLimitError` if more images are
    ///   unreadable than the loader's limit allows. No batches follow.
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
            if batch.count > 0 || keepsEmpty { return batch }
        }
        endWorkers()
        return nil
    }

    /// All remaining batches in order, in memory at once.
    ///
    /// - Throws: The same errors as `next()`.
    public func all() throws -> [ImageBatch] {
        var batches: [ImageBatch] = []
        while let batch = try next() { batches.append(batch) }
        return batches
    }

    /// Stops the workers. Further calls of `next()` return nil.
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
