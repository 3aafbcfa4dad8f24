internal import CTorch
public import TorchNN

extension ProcessGroup {
    /// The ways to combine the elements of all processes.
    public enum Reduction: Sendable, CaseIterable {
        /// The sum.
        case sum
        /// The sum, divided by the number of processes.
        case average
        /// The least value.
        case minimum
        /// The greatest value.
        case maximum

        fileprivate var handle: ctorch_reduction {
            switch self {
            case .sum: CTORCH_SUM
            case .average: CTORCH_AVERAGE
            case .minimum: CTORCH_MINIMUM
            case .maximum: CTORCH_MAXIMUM
            }
        }
    }

    /// Replaces the elements of the tensors with those of one rank. Small tensors are sent together.
    public func broadcast(_ tensors: [Tensor], from rank: Int = 0) throws(DistributedError) {
        try require(rank, in: "broadcast")
        guard !tensors.isEmpty else { return }
        try perform("broadcast") {
            ctorch_group_broadcast(handle, tensors.map { $0.handle }, tensors.count, Int32(rank))
        }
    }

    /// Replaces the elements of a tensor with their reduction over all ranks.
    public func allReduce(_ tensor: Tensor, _ reduction: Reduction = .sum) throws(DistributedError) {
        try startAllReduce(tensor, reduction).wait()
    }

    /// Starts an all-reduce, and returns at once. Do not use the tensor until it has ended.
    public func startAllReduce(
        _ tensor: Tensor, _ reduction: Reduction = .sum
    ) throws(DistributedError) -> PendingCollective {
        var work: ctorch_work?
        try perform("all-reduce") { ctorch_group_all_reduce(handle, tensor.handle, reduction.handle, &work) }
        return PendingCollective(work, of: self)
    }

    /// The tensors of all ranks, which have the same shape and type.
    public func allGather(_ tensor: Tensor) throws(DistributedError) -> [Tensor] {
        var tensors = [ctorch_tensor?](repeating: nil, count: count)
        try perform("all-gather") { ctorch_group_all_gather(handle, tensor.handle, &tensors) }
        return tensors.compactMap { $0.map(Tensor.init(owning:)) }
    }

    /// Waits until all processes have come here.
    public func barrier() throws(DistributedError) {
        try perform("barrier") { ctorch_group_barrier(handle) }
    }

    /// The sum over all ranks, as a new tensor that is recorded for gradients: the gradient of a rank's summand is the
    /// sum of the gradients of all ranks.
    public func sum(_ tensor: Tensor) throws(DistributedError) -> Tensor {
        var sum: ctorch_tensor?
        try perform("sum") { ctorch_group_sum(handle, tensor.handle, &sum) }
        guard let sum else { throw DistributedError(.collective, "sum: no result") }
        return Tensor(owning: sum)
    }

    private func require(_ rank: Int, in operation: String) throws(DistributedError) {
        guard (0..<count).contains(rank) else {
            throw DistributedError(.collective, "\(operation) from rank \(rank); there are ranks 0 to \(count - 1)")
        }
    }
}

/// A collective operation that has started.
public final class PendingCollective {
    private let work: ctorch_work?
    private let group: ProcessGroup

    fileprivate init(_ work: ctorch_work?, of group: ProcessGroup) { (self.work, self.group) = (work, group) }

    deinit { if let work { ctorch_work_free(work) } }

    /// Waits until it has ended. Call it once, in the order in which operations were started.
    public func wait() throws(DistributedError) {
        try group.perform("all-reduce") { ctorch_work_wait(work) }
    }
}
