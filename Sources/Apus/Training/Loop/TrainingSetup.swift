internal import Classifier
internal import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// Everything that a training is made of, checked before its first step. Training changes the numbers in the network,
/// and nothing else of it.
@TensorActor
struct TrainingSetup {
    let configuration: TrainingConfiguration
    let reference: ModelReference
    let data: TrainingData
    let device: Device
    let precision: TrainingPrecision
    let prepared: PreparedNetwork
    let loaders: TrainingLoaders
    let plan: TrainingPlan

    /// What is trained.
    var network: any ImageNetwork { prepared.network }

    /// Opens the weights and makes the network ready.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, data: TrainingData, store: WeightsStore,
        download: @escaping DownloadReport
    ) throws {
        guard !data.isMultiLabel || configuration.knownShare == nil else {
            throw ApusError(
                .invalidConfiguration, name: "knownShare", value: configuration.knownShare,
                "a threshold for the unknown is for images of one class each; in multi-label data an image may have none",
                advice: "leave `knownShare` out")
        }
        (self.configuration, self.reference, self.data) = (configuration, reference, data)
        device = try Device.find(configuration.device)
        precision = configuration.precision.resolved(on: device)
        try RandomState.seed(configuration.seed)
        prepared = try PreparedNetwork(
            configuration, reference: reference, classes: data.classes.count, pictures: data.training.count,
            store: store, download: download)
        try prepared.network.to(device)
        try prepared.network.to(.channelsLast)
        try prepared.freeze(prepared.phases[0].strategy)
        loaders = TrainingLoaders(configuration, prepared, data: data)
        try loaders.checkSize(of: configuration.trainingTransforms)
        try loaders.checkBatches(for: prepared, reference.architecture)
        plan = try TrainingPlan(
            data: data, prepared: prepared, configuration: configuration, reference: reference, loaders: loaders,
            device: device, precision: precision)
    }

    /// Opens the data too, for a trial that leaves nothing behind.
    init(
        _ configuration: TrainingConfiguration, on data: String, network: Architecture?, store: WeightsStore,
        download: @escaping DownloadReport
    ) throws {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        try self.init(
            configuration, reference: ModelReference(network, configuration),
            data: TrainingData(at: data, configuration), store: store, download: download)
    }

    /// The phase that an epoch belongs to. After the last epoch, a run may still have its report to write.
    func phase(of epoch: Int) -> TrainingPhase {
        prepared.phases.first { $0.epochs.contains(epoch) } ?? prepared.phases[prepared.phases.count - 1]
    }
}

extension ModelReference {
    /// What a configuration trains, or a network of the program's own.
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
                .invalidConfiguration, name: "batchSize", value: size,
                "a batch takes \(size) images and there are \(count) to train on, so that leaving out the last, incomplete "
                    + "batch leaves none",
                advice: "use a smaller batch size, or keep the last batch")
        }
        if min(count, size) == 1, try prepared.needsSeveralImages(architecture) {
            throw ApusError(
                .invalidConfiguration, name: "batchSize", value: size,
                "batch normalization in the trained part has a single value per channel in a batch of 1 image, and can't "
                    + "train on it",
                advice: "use " + (count == 1 ? "more training images" : "a batch size of 2 or more"))
        }
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
