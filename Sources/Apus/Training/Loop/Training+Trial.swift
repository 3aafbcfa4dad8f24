internal import Foundation
internal import Images
internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Tells what a run would do, and leaves nothing behind.
    ///
    /// - Parameter directory: the folder that the run would have, where it is known already.
    /// - Throws: as `train` does before its first step.
    public static func plan(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil,
        directory: String? = nil, store: WeightsStore = .standard, download: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> TrainingPlan {
        if let directory { try RunDirectory(reading: directory).checkEmpty() }
        return try trial(
            on: data, configuration, network: network, store: store, onEvent: { _ in }, download: download
        ).plan
    }

    /// A run that is not saved.
    static func trial(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture?, store: WeightsStore,
        onEvent: @escaping @Sendable (TrainingEvent) -> Void, download: (@Sendable (Int, Int?) -> Void)?
    ) throws -> Training {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        return try Training(
            configuration, reference: reference(network, configuration),
            data: TrainingData(at: data, configuration), run: nil, store: store, onEvent: onEvent, download: download)
    }

    package static func reference(
        _ network: Architecture?, _ configuration: TrainingConfiguration
    ) throws -> ModelReference {
        try network.map(ModelReference.init) ?? ModelReference(configuration.model)
    }
}

extension TrainingConfiguration {
    /// Keeps the seeds of steps apart from the loader's random numbers.
    private var stepStream: UInt64 { 0x7374_6570 }

    /// What the random numbers of a step begin with; epochs are counted from 1, steps from 0.
    func stepSeed(epoch: Int, step: Int) -> UInt64 {
        var random = CountedRandom(seed: seed, epoch: epoch, index: step, stream: stepStream)
        return random.next()
    }

    /// What the mixing of a batch with itself hangs on.
    func mixingRandom(epoch: Int, step: Int) -> CountedRandom {
        CountedRandom(seed: seed, epoch: epoch, index: step, stream: 0x6D69_7869)
    }
}
