internal import Checkpoints
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// The progress of a run. With the tensors of the network and the optimizer, it is all that a run needs to resume with
/// the same result. Random numbers depend only on the seed, the epoch and the step, so no generator is saved.
struct RunState: Codable, Equatable {
    /// The current epoch, from 1.
    var epoch = 1
    /// The number of its batches that are done.
    var batches = 0
    /// The sums over these batches.
    var sums = EpochSums()
    /// The metrics before training; nil if they were not requested.
    var initial: InitialMetrics?
    /// The metrics of the epochs before.
    var epochs: [EpochMetrics] = []
    /// The best of them.
    var best: EpochMetrics?
    /// The number of epochs since the best one.
    var epochsWithoutGain = 0
    /// The images that could not be read, in order.
    var unreadable: [String] = []
    /// The results of the last validation for each class.
    var lastValidation: [TrainingCurves.ClassTally]?
    /// The summaries for the log of steps.
    var summaries = StepSummaries(every: 10)
    /// The memory of a schedule that depends on the losses.
    var rateMemory: LearningRate.Memory?
    /// The memory of the gradient scaler in float16.
    var scaling: GradientScaler.Memory?
}

extension RunState {
    /// The number of batches of the whole run that are done.
    func stepsDone(of plan: TrainingPlan) -> Int { (epoch - 1) * plan.stepsPerEpoch + batches }

    /// Ends the epoch with its metrics, and begins the next.
    ///
    /// - Returns: Whether the epoch is the best so far.
    mutating func endEpoch(
        with metrics: EpochMetrics, _ classes: [TrainingCurves.ClassTally], by metric: BestMetric
    ) -> Bool {
        let isBest = best.map { metrics.isBetter(than: $0, by: metric) } ?? true
        if isBest { best = metrics }
        epochs.append(metrics)
        lastValidation = classes
        epochsWithoutGain = isBest ? 0 : epochsWithoutGain + 1
        (epoch, batches, sums) = (epoch + 1, 0, EpochSums())
        return isBest
    }
}

/// The sums over the images of an epoch.
struct EpochSums: Codable, Equatable {
    var loss = 0.0
    var correct = 0.0
    var images = 0
}

extension RunState {
    private static let key = "apus-run"
    private static let (network, optimizer, average) = ("network.", "optimizer.", "average.")

    /// Writes the state, and all tensors that training changes, as one safetensors file, atomically. Frozen parameters
    /// are left out, because they do not change.
    @TensorActor
    func write(
        _ network: any ImageNetwork, _ optimizer: any Optimizer, _ average: WeightAverage?, to path: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let frozen = Set(network.namedParameters.filter { !$0.tensor.requiresGradient }.map(\.name))
        let averages = try average?.state ?? StateDict()
        let tensors = network.stateDict.filter { !frozen.contains($0.name) }.prefixed(Self.network)
            .merging(optimizer.state.prefixed(Self.optimizer)).merging(averages.prefixed(Self.average))
        let json = String(decoding: try encoder.encode(self), as: UTF8.self)
        try Checkpoint(tensors, metadata: ["format": "pt", Self.key: json]).writeSafetensors(to: path)
    }

    /// Reads the last saved state of a run. If it is damaged, the one before takes its place.
    ///
    /// - Returns: The state, its tensors, and a warning if the last state is damaged; nil if the run has saved none.
    /// - Throws: `ApusError` if both states are damaged, `CheckpointError` if the disk fails.
    @TensorActor
    static func readLast(
        of run: RunDirectory
    ) throws -> (state: RunState, tensors: RunTensors, warning: String?)? {
        let damage: StateDamage?
        do {
            if fileExists(run.checkpoint) {
                let (state, tensors) = try read(run.checkpoint)
                return (state, tensors, nil)
            }
            damage = nil
        } catch let error as StateDamage {
            damage = error
        }
        guard fileExists(run.previousCheckpoint) else {
            guard let damage else { return nil }
            throw ApusError(
                .damagedFile, path: damage.path, "\(damage.message), and there is no earlier state",
                advice: "replace it with a copy, or start a new run", underlyingError: damage)
        }
        do {
            let (state, tensors) = try read(run.previousCheckpoint)
            try renameFile(run.previousCheckpoint, to: run.checkpoint)
            let place = "epoch \(state.epoch) after step \(state.batches)"
            return (
                state, tensors,
                damage.map { "\($0); the run resumes from the state before it, in \(place)" }
            )
        } catch let error as StateDamage {
            throw ApusError(
                .damagedFile, path: run.checkpoint,
                "\(damage?.message ?? "the training state is missing"), and the state before it cannot be used either "
                    + "(\(error))",
                advice: "replace them with copies, or start a new run", underlyingError: error)
        }
    }

    /// Reads a state.
    ///
    /// - Throws: `StateDamage` for a damaged file or one of another kind, `CheckpointError` if the disk fails.
    @TensorActor
    static func read(_ path: String) throws -> (state: RunState, tensors: RunTensors) {
        let file: Checkpoint
        do throws(CheckpointError) {
            file = try Checkpoint.read(path)
        } catch {
            guard error.code != .file, error.code != .tensor else { throw error }
            throw StateDamage(path: path, problem: error.problem)
        }
        return try read(file, of: path)
    }

    /// Reads a state from the bytes of its file.
    @TensorActor
    static func read(bytes: [UInt8], of path: String) throws -> (state: RunState, tensors: RunTensors) {
        try read(Checkpoint.read(bytes: bytes, of: path), of: path)
    }

    @TensorActor
    private static func read(_ file: Checkpoint, of path: String) throws -> (state: RunState, tensors: RunTensors) {
        guard let json = file.metadata[key] else {
            throw StateDamage(path: path, problem: "the progress of the run is missing")
        }
        if let found = try OutputCheck.nonFinite(in: file.stateDict) {
            throw StateDamage(path: path, problem: "\(found), so training cannot resume from it")
        }
        do {
            let tensors = file.stateDict
            return (
                try JSONDecoder.forFiles.decode(RunState.self, from: Data(json.utf8)),
                RunTensors(
                    network: tensors.part(network), optimizer: tensors.part(optimizer),
                    average: tensors.part(average))
            )
        } catch let error as DecodingError {
            throw StateDamage(path: path, problem: "it may be from another version of Apus: \(error)")
        }
    }
}

/// A training state that cannot be used.
struct StateDamage: Error, CustomStringConvertible {
    let path: String
    let problem: String

    var message: String { "the training state is damaged: \(problem)" }
    var description: String { "\(path): \(message)" }
}

/// The tensors of a run's state.
@TensorActor
struct RunTensors {
    let network: StateDict
    let optimizer: StateDict
    let average: StateDict
}
