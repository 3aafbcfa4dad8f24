internal import Classifier
internal import Images
internal import Torch
internal import TorchDistributed
internal import TorchNN
internal import TorchVision

/// The parts of a training run, checked before the first step. Training changes only the values of the network's
/// parameters.
@TensorActor
struct TrainingSetup {
    let configuration: TrainingConfiguration
    let reference: ModelReference
    let data: TrainingData
    let custom: CustomParts
    let device: Device
    let precision: TrainingPrecision
    let prepared: PreparedNetwork
    let loaders: TrainingLoaders
    let plan: TrainingPlan
    /// The processes that train together.
    let team: TrainingTeam
    /// Whether this process can't train on its part of a batch if only one image of it could be read.
    let needsSeveralImages: Bool

    /// Whether batch normalization adds up its statistics over the processes.
    var sharesStatistics: Bool { team.group != nil && configuration.compute.synchronizesBatchNorm }

    /// The network.
    var network: any ImageNetwork { prepared.network }

    /// Opens the weights and prepares the network.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, data: TrainingData,
        custom: CustomParts = CustomParts(), store: WeightsStore, team: TrainingTeam = TrainingTeam(),
        download: @escaping DownloadReport
    ) throws {
        guard !data.isMultiLabel || configuration.output.coverage == nil else {
            throw ApusError(
                .invalidConfiguration, name: "output.coverage", value: configuration.output.coverage,
                "a coverage needs data with one class per image, and this data is multi-label",
                advice: "leave `output.coverage` out")
        }
        (self.configuration, self.reference, self.data, self.custom) = (configuration, reference, data, custom)
        self.team = team
        device = try Device.find(configuration.compute.device, localRank: team.localRank)
        precision = configuration.compute.precision.resolved(on: device)
        try RandomState.seed(configuration.seed)
        prepared = try PreparedNetwork(
            configuration, reference: reference, classes: data.classes.count, images: data.training.count,
            store: store, download: download)
        try prepared.network.to(device)
        try prepared.network.to(.channelsLast)
        try prepared.freeze(prepared.phases[0].strategy)
        if configuration.compute.synchronizesBatchNorm { prepared.network.synchronizeBatchNorm(over: team.group) }
        loaders = TrainingLoaders(configuration, prepared, data: data, team: team)
        try loaders.checkSize(of: configuration.data.trainingTransforms)
        needsSeveralImages =
            try team.group != nil && !configuration.compute.synchronizesBatchNorm
            && prepared.needsSeveralImages(reference.architecture)
        try loaders.checkBatches(for: prepared, reference.architecture, processes: team.count)
        plan = try TrainingPlan(
            data: data, prepared: prepared, configuration: configuration, reference: reference, loaders: loaders,
            device: device, precision: precision, loss: custom.loss?.name, processes: team.count)
    }

    /// Also opens the data, for a plan or a test that writes no files.
    init(
        _ configuration: TrainingConfiguration, on data: String, network: Architecture?,
        custom: CustomParts = CustomParts(), store: WeightsStore, team: TrainingTeam = TrainingTeam(),
        download: @escaping DownloadReport
    ) throws {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        try self.init(
            configuration, reference: ModelReference(network, configuration),
            data: TrainingData(at: data, configuration), custom: custom, store: store, team: team,
            download: download)
    }

    /// Returns the phase of an epoch. After the last epoch, a run may still have to write its report.
    func phase(of epoch: Int) -> TrainingPhase {
        prepared.phases.first { $0.epochs.contains(epoch) } ?? prepared.phases[prepared.phases.count - 1]
    }
}

extension ModelReference {
    /// Creates a reference to a custom network, or to the network of a configuration.
    init(_ network: Architecture?, _ configuration: TrainingConfiguration) throws {
        self = try network.map { ModelReference($0) } ?? ModelReference(configuration.model)
    }
}

extension TrainingLoaders {
    /// Checks that there are batches, and that each can be trained on.
    @TensorActor
    fileprivate func checkBatches(
        for prepared: PreparedNetwork, _ architecture: Architecture, processes: Int
    ) throws {
        let (count, size) = (training.dataset.count, training.batchSize)
        guard training.batchCount > 0 else {
            throw ApusError(
                .invalidConfiguration, name: "data.batchSize", value: size,
                "a batch has \(size) images and there are only \(count) training images, so no batch is left without the "
                    + "last, incomplete one",
                advice: "use a smaller batch size, or keep the last batch")
        }
        guard processes <= min(count, size) else {
            throw ApusError(
                .invalidConfiguration, name: "data.batchSize", value: size,
                "a batch of \(min(count, size)) images has no image for some of the \(processes) processes",
                advice: "use a larger batch size, or fewer processes")
        }
        if min(count, size) < 2 * processes, try prepared.needsSeveralImages(architecture) {
            throw ApusError(
                .invalidConfiguration, name: "data.batchSize", value: size,
                "batch normalization can't be trained with a single value per channel, as in a batch of 1 image",
                advice: "use "
                    + (count < 2 * processes ? "more training images" : "a batch size of \(2 * processes) or more"))
        }
    }
}

extension TrainingConfiguration {
    /// Separates the seeds of steps from the random numbers of the loader.
    private var stepStream: UInt64 { 0x7374_6570 }

    /// Returns the random seed of a step in a process. Epochs are counted from 1, steps and processes from 0.
    func stepSeed(epoch: Int, step: Int, process: Int = 0) -> UInt64 {
        let stream = stepStream + UInt64(process) << 32
        var random = CountedRandom(seed: seed, epoch: epoch, index: step, stream: stream)
        return random.next()
    }

    /// Returns the random numbers for the MixUp or CutMix of a batch.
    func mixingRandom(epoch: Int, step: Int) -> CountedRandom {
        CountedRandom(seed: seed, epoch: epoch, index: step, stream: 0x6D69_7869)
    }
}
