/// The single thread of the process on which networks compute.
///
/// Types that own tensors or an engine are isolated to it: `@ComputeActor final class Classifier`. LibTorch's modes and
/// worker threads belong to a thread, so all tensor work of a job runs here, in order. Other threads send plain bytes.
/// Short programs can use tensors on their main thread and ignore this actor.
@globalActor
public actor ComputeActor {
    /// The shared instance.
    public static let shared = ComputeActor()

    private let executor = TensorExecutor(name: "tensors")

    private init() {}

    /// The thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Runs `body` on the thread: `try await ComputeActor.run { … }`.
    public static func run<Result: Sendable, Failure: Error>(
        _ body: @ComputeActor () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await perform(body)
    }

    @ComputeActor
    private static func perform<Result: Sendable, Failure: Error>(
        _ body: @ComputeActor () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body()
    }
}

/// A single thread that runs an actor's work in order: the executor of every actor that owns tensors.
///
/// LibTorch's modes and worker threads belong to a thread. In Swift's thread pool, a mode set before an `await` could
/// be lost after it, and each thread would start its own workers.
public final class TensorExecutor: SerialExecutor {
    private let queue: Queue

    /// Starts the thread. It ends when the executor is no longer used.
    public init(name: String = "tensor") {
        let queue = Queue()
        self.queue = queue
        let isStarted = WorkerThread.start(name) { queue.run() }
        precondition(isStarted, "the system allows this process no more threads")
    }

    deinit { queue.close() }

    /// Queues a job of the actor.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    /// The state that the thread waits for. It outlives the executor until the thread has ended.
    private final class Queue: Sendable {
        private struct State {
            var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
            var isClosed = false
        }

        private let state = Monitor(State())

        func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
            state.update { $0.jobs.append((job, executor)) }
        }

        func close() { state.update { $0.isClosed = true } }

        func run() {
            while true {
                // The jobs that are queued are run before the end.
                let jobs = state.wait { state in
                    let jobs = state.jobs
                    state.jobs = []
                    return jobs.isEmpty && !state.isClosed ? nil : jobs
                }
                if jobs.isEmpty { return }
                for (job, executor) in jobs { job.runSynchronously(on: executor) }
            }
        }
    }
}

/// Runs blocking work, such as a download, on a thread of its own. Swift's thread pool may have only one thread, and
/// then no other task would run. The work belongs to the current task: `Task.isCancelled` works in it.
package func onOwnThread<Result: Sendable>(
    _ name: String, _ body: @Sendable () throws -> Result
) async rethrows -> Result {
    guard !ThreadSupply.isScarce else { return try body() }
    return try await OwnThread(name: name).run(body)
}

private actor OwnThread {
    private let executor: TensorExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(name: String) { executor = TensorExecutor(name: name) }

    func run<Result: Sendable>(_ body: @Sendable () throws -> Result) rethrows -> Result { try body() }
}
