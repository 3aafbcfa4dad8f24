internal import CTorch
internal import LibC
internal import Platform
public import TorchNN

/// The type in which gradients are sent.
public enum GradientCompression: String, Sendable, Codable, CaseIterable {
    /// Their own type.
    case none
    /// bfloat16: half of the bytes of float32, with its range, and 8 bits of precision.
    case bfloat16
    /// float16: half of the bytes of float32, with 11 bits of precision. Values above 65504 become infinite.
    case float16

    fileprivate var dtype: ctorch_dtype {
        switch self {
        case .none: -1
        case .bfloat16: DType.bfloat16.rawValue
        case .float16: DType.float16.rawValue
        }
    }
}

/// Averages the gradients of parameters over the processes of a group, like PyTorch's `DistributedDataParallel`.
///
/// Gradients are sent in buckets while the backward pass computes the others (`c10d::Reducer`). The parameters must be
/// equal on all processes: `group.broadcast(_:from:)` makes them so.
///
/// ```swift
/// let parallel = try DistributedDataParallel(parameters, of: group)
/// for batch in batches {
///     try parallel.beginForward()
///     let loss = try crossEntropy(network(batch.images), batch.labels)
///     try parallel.backward(loss)
///     try optimizer.step()
/// }
/// ```
public final class DistributedDataParallel {
    private let group: ProcessGroup
    private let reducer: ctorch_reducer?
    private var synchronizes = false

    /// Prepares the averaging. All processes pass the same parameters in the same order.
    ///
    /// - Parameters:
    ///   - parameters: The parameters with their names. Those that require no gradient are ignored.
    ///   - group: The processes.
    ///   - findsUnusedParameters: Whether a parameter may have no part in a loss. Finding them takes a pass through the
    ///     graph. Without it, the step after such a loss fails.
    ///   - compression: The type in which gradients are sent.
    ///   - bucketMegabytes: The size in MiB from which on gradients are sent together.
    public init(
        _ parameters: [(name: String, tensor: Tensor)], of group: ProcessGroup, findsUnusedParameters: Bool = false,
        compression: GradientCompression = .none, bucketMegabytes: Double = 25
    ) throws(DistributedError) {
        self.group = group
        let trained = parameters.filter(\.tensor.requiresGradient)
        guard !trained.isEmpty else {
            reducer = nil
            return
        }
        let bytes = Int64(max(0.001, min(bucketMegabytes, 1e6)) * 1_048_576)
        let names = trained.map { $0.name.withFileName { strdup($0) } }
        defer { for name in names { free(name) } }
        var reducer: ctorch_reducer?
        try group.perform("comparison of the parameters") {
            ctorch_reducer_open(
                group.handle, trained.map { $0.tensor.handle }, names.map { UnsafePointer($0) }, trained.count, bytes,
                findsUnusedParameters, compression.dtype, &reducer)
        }
        self.reducer = reducer
    }

    deinit {
        // The reducer of a failed group would wait for its operations, which may never end. The process ends instead.
        if let reducer, !group.hasFailed { ctorch_reducer_close(reducer) }
    }

    /// Call before the forward pass.
    ///
    /// - Parameter synchronizes: Whether the gradients of the next backward pass are averaged. Otherwise they accumulate
    ///   on this process (PyTorch's `no_sync`), and the next pass that synchronizes averages the sums.
    public func beginForward(synchronizes: Bool = true) throws(DistributedError) {
        self.synchronizes = synchronizes
        guard synchronizes, let reducer else { return }
        try group.perform("exchange of the buckets") { ctorch_reducer_begin_forward(reducer) }
    }

    /// Computes the gradients of a loss, and averages them if the pass synchronizes.
    ///
    /// - Throws: `DistributedError` if a process is lost, `TorchError` for other failures.
    public func backward(_ loss: Tensor) throws {
        guard synchronizes, let reducer else { return try group.performWork { try loss.backward() } }
        synchronizes = false
        try group.perform("preparation of the backward pass") { ctorch_reducer_begin_backward(reducer, loss.handle) }
        try group.performWork { try loss.backward() }
    }
}
