internal import Classifier
internal import Images
internal import Torch
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

    /// The network.
    var network: any ImageNetwork { prepared.network }

    /// Opens the weights and prepares the network.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, data: TrainingData,
        custom: CustomParts = CustomParts(), store: WeightsStore, download: @escaping DownloadReport
    ) throws {
        guard !data.isMultiLabel || configuration.output.coverage == nil else {
            throw ApusError(
                .invalidConfiguration, name: "output.coverage", value: configuration.output.coverage,
                "a coverage needs data with one class per image, and this data is multi-label",
                advice: "leave `output.coverage` out")
        }
        (self.configuration, self.reference, self.data, self.custom) = (configuration, reference, data, custom)
        device = try Device.find(configuration.compute.device)
        precision = configuration.compute.precision.resolved(on: device)
        try RandomState.seed(configuration.seed)
        prepared = try PreparedNetwork(
            configuration, reference: reference, classes: data.classes.count, images: data.training.count,
            store: store, download: download)
        try prepared.network.to(device)
        try prepared.network.to(.channelsLast)
        try prepared.freeze(prepared.phases[0].strategy)
        loaders = TrainingLoaders(configuration, prepared, data: data)
        try loaders.checkSize(of: configuration.data.trainingTransforms)
        try loaders.checkBatches(for: prepared, reference.architecture)
        plan = try TrainingPlan(
            data: data, prepared: prepared, configuration: configuration, reference: reference, loaders: loaders,
            device: device, precision: precision, loss: custom.loss?.name)
    }

    /// Also opens the data, for a plan or a test that writes no files.
    init(
        _ configuration: TrainingConfiguration, on data: String, network: Architecture?,
        custom: CustomParts = CustomParts(), store: WeightsStore, download: @escaping DownloadReport
    ) throws {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        try self.init(
            configuration, reference: ModelReference(network, configuration),
            data: TrainingData(at: data, configuration), custom: custom, store: store, download: download)
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
    fileprivate func checkBatches(for prepared: PreparedNetwork, _ architecture: Architecture) throws {
        let (count, size) = (training.dataset.count, training.batchSize)
        guard training.batchCount > 0 else {
            throw ApusError(
                .invalidConfiguration, name: "data.batchSize", value: size,
                "a batch has \(size) images and there are only \(count) training images, so no batch is left without the "
                    + "last, incomplete one",
                advice: "use a smaller batch size, or keep the last batch")
        }
        if min(count, size) == 1, try prepared.needsSeveralImages(architecture) {
            throw ApusError(
                .invalidConfiguration, name: "data.batchSize", value: size,
                "batch normalization can't be trained with a single value per channel, as in a batch of 1 image",
                advice: "use " + (count == 1 ? "more training images" : "a batch size of 2 or more"))
        }
    }
}

extension TrainingConfiguration {
    /// Separates the seeds of steps from the random numbers of the loader.
    private var stepStream: UInt64 { 0x7374_6570 }

    /// Returns the random seed of a step. Epochs are counted from 1, steps from 0.
    func stepSeed(epoch: Int, step: Int) -> UInt64 {
        var random = CountedRandom(seed: seed, epoch: epoch, index: step, stream: stepStream)
        return random.next()
    }

    /// Returns the random numbers for the MixUp or CutMix of a batch.
    func mixingRandom(epoch: Int, step: Int) -> CountedRandom {
        CountedRandom(seed: seed, epoch: epoch, index: step, stream: 0x6D69_7869)
    }
}
