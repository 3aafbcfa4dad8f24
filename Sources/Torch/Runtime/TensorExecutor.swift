internal import Foundation

/// One thread that runs an actor's work in order: the executor of every actor that owns tensors.
///
/// LibTorch's modes and its team of workers belong to a thread; were an actor's work to wander over Swift's pool, a
/// mode set before an `await` could be lost after it, and each thread would start workers of its own.
public final class TensorExecutor: SerialExecutor {
    private let queue: Queue

    /// Starts the thread, which ends when the executor is no longer used.
    public init(name: String = "tensor") {
        let queue = Queue()
        self.queue = queue
        let thread = Thread { queue.run() }
        thread.name = name
        // Backward passes of deep networks recurse; the main thread's usual 8 MiB are safe.
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { queue.close() }

    /// Queues a job of the actor.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    /// What the thread waits for. It outlives the executor until the thread has seen the end.
    private final class Queue: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        private var isClosed = false

        func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
            condition.withLock { jobs.append((job, executor)) }
            condition.signal()
        }

        func close() {
            condition.withLock { isClosed = true }
            condition.signal()
        }

        func run() {
            while let (job, executor) = next() { job.runSynchronously(on: executor) }
        }

        private func next() -> (job: UnownedJob, executor: UnownedSerialExecutor)? {
            condition.lock()
            defer { condition.unlock() }
            while jobs.isEmpty {
                if isClosed { return nil }
                condition.wait()
            }
            return jobs.removeFirst()
        }
    }
}
