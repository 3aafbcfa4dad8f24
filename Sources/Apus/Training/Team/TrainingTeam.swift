internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchDistributed
internal import TorchNN

/// The processes of a run, seen from one of them. All of them run the same loop; each computes its part of every batch,
/// and the team adds up what they found. A run of one process is a team of one, which exchanges nothing.
@TensorActor
final class TrainingTeam {
    /// The process group; nil for one process.
    let group: ProcessGroup?
    /// Whether the task of this process is canceled. The others learn it with the next batch.
    var isCanceled: () -> Bool = { false }
    /// Whether the task of some process is canceled, so that all of them stop.
    private(set) var isStopping = false
    private let planned: Int

    /// Creates a team of one, or of as many as a plan is for.
    init(planned count: Int = 1) { (group, planned) = (nil, count) }

    /// Joins the other processes.
    ///
    /// - Throws: `DistributedError` if they can't be reached.
    init(_ processes: TrainingProcesses?, device: Device) throws {
        planned = 1
        group = try processes.map { try ProcessGroup($0.environment, timeout: $0.timeout, device: device) }
    }

    /// The number of this process, from 0.
    var rank: Int { group?.rank ?? 0 }
    /// The number of processes.
    var count: Int { group?.count ?? planned }
    /// The number of this process on its computer, from 0; nil for one process.
    var localRank: Int? { group?.environment.localRank }
    /// Whether this process writes the files of the run.
    var isFirst: Bool { rank == 0 }

    /// The part of each batch that this process computes, with at least this number of images if it has any; nil for
    /// the whole batch.
    func part(ofAtLeast least: Int) -> BatchPart? { group.map { BatchPart($0.rank, of: $0.count, atLeast: least) } }

    // MARK: Before the first step

    /// Returns what process 0 computes.
    func fromFirst(_ bytes: () throws -> [UInt8]) throws -> [UInt8] {
        guard let group else { return try bytes() }
        return try group.broadcast(bytes: isFirst ? bytes() : nil)
    }

    /// Checks that all processes have the same value, such as the digest of the images.
    ///
    /// - Throws: `ApusError` that names the first process with another one, and its computer.
    func demandSame(_ value: @autoclosure () -> String, _ what: String) throws {
        guard let group else { return }
        let values = try group.allGather(bytes: Array(value().utf8))
        guard let other = values.indices.first(where: { values[$0] != values[0] }) else { return }
        throw ApusError(
            .datasetChanged, name: "rank", value: other,
            "process \(other) on \(group.hosts[other]) has \(what) than process 0 on \(group.hosts[0])",
            advice: "give all processes the same files")
    }

    /// Gives all processes the tensors of process 0.
    func broadcast(_ tensors: [Tensor]) throws {
        guard let group, !tensors.isEmpty else { return }
        try withoutGradient { try group.broadcast(tensors.map { try $0.detach() }) }
    }

    /// Runs the work of a process, and announces to the others why it fails.
    func announcingFailure<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            group?.close()
            return result
        } catch {
            let lost: [DistributedError.Code] = [.processLost, .processHangs, .processFailed]
            let isOthers = (error as? DistributedError).map { lost.contains($0.code) } ?? false
            let reason = error is CancellationError ? "it was canceled" : "\(error)"
            if !isOthers, !isStopping { group?.announce(failure: reason) }
            group?.close()
            throw error
        }
    }

    // MARK: In each batch

    /// Throws `CancellationError` if all processes stop.
    func checkCancellation() throws {
        if group == nil ? isCanceled() : isStopping { throw CancellationError() }
    }

    /// Asks whether the task of some process is canceled, for work without other messages.
    func agreeOnCancellation() throws {
        if let group {
            let wish = try Tensor([isCanceled() ? 1.0 : 0])
            try group.allReduce(wish, .maximum)
            if try wish.item() as Double > 0 { isStopping = true }
        }
        try checkCancellation()
    }

    /// Begins to add up the images of a batch.
    ///
    /// - Parameters:
    ///   - images: The number of readable images in this process's part.
    ///   - mass: What the mean of their losses divides by: their number, or the sum of their weights.
    ///   - failures: The number of new unreadable images in this process.
    func startShare(images: Int, mass: Double, failures: Int) throws -> PendingShare {
        guard let group else { return PendingShare(BatchShare(images: images, portion: 1, failures: failures)) }
        let sums = try Tensor([Double(images), mass, Double(failures), isCanceled() ? 1 : 0])
        let pending = try group.startAllReduce(sums)
        return PendingShare { [self] in
            try pending.wait()
            let values: [Double] = try sums.array()
            if values[3] > 0 { isStopping = true }
            return BatchShare(
                images: Int(values[0]), portion: values[1] > 0 ? mass / values[1] : 0, failures: Int(values[2]))
        }
    }

    /// Begins to add up scalars over the processes, and returns them when they are asked for.
    func startSums(_ scalars: [Tensor]) throws -> () throws -> [Tensor] {
        guard let group else { return { scalars } }
        let sums = try withoutGradient { try Tensor.stack(scalars.map { try $0.detach().to(.float64) }) }
        let pending = try group.startAllReduce(sums)
        return {
            try pending.wait()
            return try scalars.indices.map { try sums.select(dim: 0, index: $0) }
        }
    }

    /// Returns values of all processes, by rank.
    func gather<Value: Codable>(_ value: Value) throws -> [Value] {
        guard let group else { return [value] }
        return try group.allGather(bytes: [UInt8](JSONEncoder().encode(value))).map {
            try JSONDecoder().decode(Value.self, from: Data($0))
        }
    }

    /// Returns the unreadable images of all processes.
    func gather(failures: [SampleFailure]) throws -> [SampleFailure] {
        guard group != nil else { return failures }
        return try gather(failures.map(FailureText.init)).joined().map(\.failure)
    }

    /// Returns the outputs of the whole batch for those of this process's part.
    func gather(_ part: PartOutputs) throws -> PartOutputs {
        guard let group else { return part }
        var whole = PartOutputs()
        for bytes in try group.allGather(bytes: part.bytes(isCanceled: isCanceled())) {
            if try whole.append(bytes) { isStopping = true }
        }
        return whole
    }

    /// Returns the last image of the part before this process's, with its targets: the one that MixUp and CutMix mix
    /// with the first image. The part before the first one is the last one.
    ///
    /// - Parameters:
    ///   - images: `[N, C, H, W]`; there may be none.
    ///   - targets: `[N]` or `[N, classes]`.
    func neighbor(_ images: Tensor, _ targets: Tensor) throws -> (image: Tensor, targets: Tensor)? {
        guard let group else { return nil }
        func last(_ tensor: Tensor) throws -> Tensor {
            let shape = [1] + tensor.shape.dropFirst()
            return tensor.shape[0] > 0
                ? try tensor.narrow(dim: 0, from: tensor.shape[0] - 1, length: 1).contiguous()
                : try Tensor.zeros(shape, dtype: tensor.dtype, device: tensor.device)
        }
        let counts = try gather(images.shape[0])
        let (all, labels) = (try group.allGather(last(images)), try group.allGather(last(targets)))
        let before = (1...count).map { (rank - $0 + count) % count }
        return before.first { counts[$0] > 0 }.map { (all[$0], labels[$0]) }
    }
}

/// A process's share of a batch.
struct BatchShare {
    /// The number of readable images in the batch of all processes.
    let images: Int
    /// The part of them that this process has, from 0 to 1, by what the mean of the losses divides by.
    let portion: Double
    /// The number of new unreadable images in all processes.
    let failures: Int
}

/// A share that is being added up.
@TensorActor
final class PendingShare {
    private let finish: () throws -> BatchShare

    init(_ share: BatchShare) { finish = { share } }

    init(_ finish: @escaping () throws -> BatchShare) { self.finish = finish }

    /// Waits for the other processes.
    func wait() throws -> BatchShare { try finish() }
}
