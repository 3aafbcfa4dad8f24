internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// The two sources of a run: what it learns from, and what it is validated on.
@TensorActor
struct LearningSources {
    let training: any LearningSource
    let validation: any LearningSource
    let stepsPerEpoch: Int
    /// The engine that computes the frozen part; nil where there is none.
    private(set) var report: EngineReport?
    private(set) var notes: [String] = []

    init(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, data: TrainingData, device: Device
    ) throws {
        let preprocessing = prepared.preprocessing
        var reading = preprocessing.readingOptions
        reading.decoding = configuration.decoding
        func loader(
            _ dataset: any ImageDataset, _ transforms: [any ImageTransform], _ order: DataLoader.Order
        ) -> DataLoader {
            DataLoader(
                dataset, transforms: transforms, height: preprocessing.cropSize, width: preprocessing.cropSize,
                batchSize: configuration.batchSize, order: order, seed: configuration.seed,
                workers: configuration.workers ?? DataLoader.processorCount, reading: reading)
        }
        let transforms =
            configuration.cachesFeatures ? preprocessing.evaluationTransforms : preprocessing.trainingTransforms
        let loaders = (
            training: loader(data.training, transforms, .shuffled),
            validation: loader(data.validation, preprocessing.evaluationTransforms, .sequential)
        )
        stepsPerEpoch = loaders.training.batchCount
        let network = prepared.network
        guard prepared.strategy == .frozen else {
            let normalizer = try Normalizer(preprocessing, device: device)
            training = PictureSource(loader: loaders.training, normalizer: normalizer, network: network)
            validation = PictureSource(loader: loaders.validation, normalizer: normalizer, network: network)
            return
        }

        let factory = EngineFactory(
            options: InferenceOptions(engine: configuration.engine, precision: configuration.precision),
            device: device, preprocessing: preprocessing)
        network.eval()
        let (engine, report) = try factory.makeEngine(
            .features, for: .many(batchSize: nil), source: NetworkSource(identity: nil, device: device) { network })
        self.report = report
        notes += report.notes
        let side = preprocessing.cropSize
        let featureShape = try withInferenceMode {
            try Array(network.extractFeatures(Tensor.zeros([1, 3, side, side], device: device)).shape.dropFirst())
        }
        func source(_ loader: DataLoader) -> FeatureSource {
            FeatureSource(
                loader: loader, engine: engine, network: network, featureShape: featureShape, device: device)
        }
        training =
            configuration.cachesFeatures ? CachedFeatureSource(source(loaders.training)) : source(loaders.training)
        // Validation draws nothing at random, so its features are the same in each epoch.
        validation = CachedFeatureSource(source(loaders.validation))
    }
}
