internal import Foundation
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
        func named(_ prefix: String, _ entries: [(name: String, tensor: Tensor)]) -> [(name: String, tensor: Tensor)] {
            entries.map { (prefix + $0.name, $0.tensor) }
        }
        let frozen = Set(network.namedParameters.filter { !$0.tensor.requiresGradient }.map(\.name))
        let entries =
            named(Self.network, network.stateDict.filter { !frozen.contains($0.name) })
            + named(Self.optimizer, optimizer.state)
            + named(Self.average, try average?.state ?? [])
        let json = String(decoding: try encoder.encode(self), as: UTF8.self)
        try Checkpoint(entries: entries, metadata: ["format": "pt", Self.key: json]).writeSafetensors(to: path)
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `CheckpointError` for a damaged file, `ApusError` for another one.
    @TensorActor
    static func read(_ path: String) throws -> (state: RunState, tensors: RunTensors) {
        let file = try Checkpoint.read(path)
        guard let json = file.metadata[key] else {
            throw ApusError("\(path): it is no state of a training run; a run writes it as checkpoint.safetensors")
        }
        do {
            func entries(_ prefix: String) -> [(name: String, tensor: Tensor)] {
                file.entries.filter { $0.name.hasPrefix(prefix) }.map {
                    (String($0.name.dropFirst(prefix.count)), $0.tensor)
                }
            }
            return (
                try JSONDecoder().decode(RunState.self, from: Data(json.utf8)),
                RunTensors(network: entries(network), optimizer: entries(optimizer), average: entries(average))
            )
        } catch let error as DecodingError {
            throw ApusError("\(path): its state is damaged or of another version of Apus (\(error))")
        }
    }
}

/// The tensors of a run's state.
@TensorActor
struct RunTensors {
    let network: [(name: String, tensor: Tensor)]
    let optimizer: [(name: String, tensor: Tensor)]
    let average: [(name: String, tensor: Tensor)]
}
