/// The one thread of the process on which tensors are used.
///
/// Types that own tensors are isolated to it: `@TensorActor final class Classifier`. LibTorch's modes and its team of
/// workers belong to a thread, so all of a job's tensor work runs here, in order; other threads send plain bytes.
/// Short programs may as well use tensors on their main thread alone and leave this actor aside.
@globalActor
public actor TensorActor {
    /// The only instance.
    public static let shared = TensorActor()

    private let executor = TensorExecutor(name: "tensors")

    private init() {}

    /// The thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Runs `body` on the thread: `try await TensorActor.run { … }`.
    public static func run<Result: Sendable, Failure: Error>(
        _ body: @TensorActor () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await perform(body)
    }

    @TensorActor
    private static func perform<Result: Sendable, Failure: Error>(
        _ body: @TensorActor () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body()
    }
}
