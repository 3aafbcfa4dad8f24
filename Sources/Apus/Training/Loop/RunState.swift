internal import Checkpoints
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// How far a run is: with the network's and the optimiser's tensors, all that it needs to go on as if it had never
/// stopped. What is random depends on the seed, the epoch and the step alone, so there is no generator to save.
struct RunState: Codable, Equatable {
    /// The epoch that is under way, from 1.
    var epoch = 1
    /// How many of its batches have become steps.
    var batches = 0
    /// The sums over these batches.
    var sums = EpochSums()
    /// The figures of the epochs before.
    var epochs: [EpochMetrics] = []
    /// The best of them.
    var best: EpochMetrics?
    /// How many epochs went by since.
    var epochsWithoutGain = 0
    /// The pictures that could not be read, in the order in which they were met.
    var unreadable: [String] = []
    /// What the last validation came to, for each class.
    var lastValidation: [TrainingCurves.ClassTally]?
    /// What has been summed up for the log of steps.
    var summaries = StepSummaries(every: 10)
    /// What a schedule remembers that hangs on how training goes.
    var rateMemory: LearningRate.Memory?
    /// What losses are scaled with in float16.
    var scaling: GradientScaler.Memory?
}

extension RunState {
    /// How many batches of the whole run have become steps.
    func stepsDone(of plan: TrainingPlan) -> Int { (epoch - 1) * plan.stepsPerEpoch + batches }

    /// Ends the epoch with its metrics, and goes on to the next.
    ///
    /// - Returns: whether the epoch is the best so far.
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

/// Sums over the pictures of an epoch.
struct EpochSums: Codable, Equatable {
    var loss = 0.0
    var correct = 0.0
    var pictures = 0
}

extension RunState {
    private static let key = "apus-run"
    private static let (network, optimizer, average) = ("network.", "optimizer.", "average.")

    /// Writes the state and all tensors that training changes as one safetensors file, whole or not at all. Frozen
    /// parameters are left out: they are as the run began.
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

    /// The state that a run saved last; where that is damaged, the one before, which then takes its place.
    ///
    /// - Returns: also what is to be said of damage; nil where the run has saved nothing.
    /// - Throws: `ApusError` where both are damaged, `CheckpointError` where the disk refuses.
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
                .damagedFile, path: damage.path, "\(damage.message), and no earlier one is there to go on from",
                advice: "put a copy in its place, or begin another run", underlyingError: damage)
        }
        do {
            let (state, tensors) = try read(run.previousCheckpoint)
            try renameFile(run.previousCheckpoint, to: run.checkpoint)
            let place = "epoch \(state.epoch) after step \(state.batches)"
            return (
                state, tensors,
                damage.map { "\($0); the run goes on from the state before it, in \(place)" }
            )
        } catch let error as StateDamage {
            throw ApusError(
                .damagedFile, path: run.checkpoint,
                "\(damage?.message ?? "the training state is missing"), and the one before it cannot be used either "
                    + "(\(error))",
                advice: "put copies in their place, or begin another run", underlyingError: error)
        }
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `StateDamage` for a damaged file or another one, `CheckpointError` where the disk refuses.
    @TensorActor
    static func read(_ path: String) throws -> (state: RunState, tensors: RunTensors) {
        let file: Checkpoint
        do throws(CheckpointError) {
            file = try Checkpoint.read(path)
        } catch {
            guard error.code != .file, error.code != .tensor else { throw error }
            throw StateDamage(path: path, problem: error.problem)
        }
        guard let json = file.metadata[key] else {
            throw StateDamage(path: path, problem: "it does not tell how far the run was")
        }
        if let found = try OutputCheck.nonFinite(in: file.stateDict) {
            throw StateDamage(path: path, problem: "\(found), so training cannot go on from it")
        }
        do {
            let tensors = file.stateDict
            return (
                try JSONDecoder().decode(RunState.self, from: Data(json.utf8)),
                RunTensors(
                    network: tensors.part(network), optimizer: tensors.part(optimizer),
                    average: tensors.part(average))
            )
        } catch let error as DecodingError {
            throw StateDamage(path: path, problem: "it is perhaps of another version of Apus: \(error)")
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
