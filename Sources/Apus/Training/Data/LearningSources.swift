internal import Classifier
internal import Images
internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// The two sources of a phase: the training and the validation images.
@TensorActor
struct LearningSources {
    let training: any LearningSource
    let validation: any LearningSource
    /// The report of the engine for the frozen part; nil if there is none.
    private(set) var report: EngineReport?

    /// - Parameter progress: Called while features are cached, with the number of images so far and the total.
    init(
        _ setup: TrainingSetup, strategy: TrainingStrategy,
        progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let (configuration, prepared, loaders) = (setup.configuration, setup.prepared, setup.loaders)
        let (network, device) = (setup.network, setup.device)
        // MixUp and CutMix change normalized images, which an engine does not take.
        guard strategy == .frozen, configuration.data.trainingTransforms?.batch.isEmpty ?? true else {
            let normalizer = try Normalizer(prepared.preprocessing, device: device)
            training = ImageSource(loader: loaders.training, normalizer: normalizer, network: network)
            validation = ImageSource(loader: loaders.validation, normalizer: normalizer, network: network)
            return
        }

        let factory = EngineFactory(
            options: InferenceOptions(
                engine: configuration.compute.engine, precision: configuration.compute.precision.ofInference(on: device)
            ),
            preprocessing: prepared.preprocessing,
            valuesPerImage: 64 * prepared.preprocessing.cropSize * prepared.preprocessing.cropSize)
        network.eval()
        let (engine, report) = try factory.makeEngine(
            .features, for: .many(batchSize: nil),
            source: NetworkSource(prepared.preprocessing, device: device) { network })
        self.report = report
        let side = prepared.preprocessing.cropSize
        let featureShape = try withInferenceMode {
            try Array(network.extractFeatures(Tensor.zeros([1, 3, side, side], device: device)).shape.dropFirst())
        }
        func source(_ loader: DataLoader) -> FeatureSource {
            FeatureSource(
                loader: loader, engine: engine, network: network, featureShape: featureShape, device: device)
        }
        training =
            configuration.compute.cachesFeatures
            ? CachedFeatureSource(
                loaders.training, source(loaders.views), views: configuration.compute.cachedViews ?? 1,
                team: setup.team, progress: progress)
            : source(loaders.training)
        // Validation images are not augmented, so their features are the same in each epoch.
        validation = CachedFeatureSource(loaders.validation, source(loaders.validation), team: setup.team) { _, _ in }
    }
}

/// The loaders of a run.
struct TrainingLoaders {
    /// In the order of the epochs, augmented.
    let training: DataLoader
    /// In the order of the dataset, for cached features: augmented if several variants are kept.
    let views: DataLoader
    /// In the order of the dataset, without augmentation.
    let validation: DataLoader

    @TensorActor
    init(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, data: TrainingData,
        team: TrainingTeam = TrainingTeam()
    ) {
        let preprocessing = prepared.preprocessing
        // A process may need several images for the statistics of its part.
        let fewest = prepared.normalizesBatches && !configuration.compute.synchronizesBatchNorm ? 2 : 1
        var reading = preprocessing.readingOptions
        reading.decoding = configuration.data.decoding
        func loader(
            _ dataset: any ImageDataset, _ transforms: [any ImageTransform], _ order: DataLoader.Order,
            dropsLast: Bool = false, minimumBatch: Int = 1
        ) -> DataLoader {
            let loader = DataLoader(
                dataset, transforms: transforms, height: preprocessing.cropSize, width: preprocessing.cropSize,
                batchSize: configuration.data.batchSize, order: order, dropsLast: dropsLast, minimumBatch: minimumBatch,
                seed: configuration.seed, workers: configuration.compute.workers ?? DataLoader.processorCount,
                reading: reading,
                maximumUnreadable: configuration.data.maximumUnreadable ?? .usual(of: dataset.count))
            return team.part(ofAtLeast: fewest).map(loader.part) ?? loader
        }
        let augmented = (configuration.data.trainingTransforms ?? preprocessing.trainingTransforms).transforms
        let plain = preprocessing.evaluationTransforms
        training = loader(
            data.training, augmented, data.order, dropsLast: configuration.data.dropsLastBatch,
            minimumBatch: prepared.normalizesBatches ? min(2, configuration.data.batchSize) : 1)
        views = loader(data.training, configuration.compute.cachedViews == nil ? plain : augmented, .sequential)
        validation = loader(data.validation, plain, .sequential)
    }

    var stepsPerEpoch: Int { training.batchCount }

    /// Returns a note about the images that do not fill a batch, if the user should know.
    ///
    /// - Parameter normalizes: Whether batch normalization is trained.
    func lastBatchNote(normalizes: Bool) -> String? {
        let (count, size) = (training.dataset.count, training.batchSize)
        let rest = count % size
        guard rest > 0, count > size else { return nil }
        let images = rest == 1 ? "1 image" : "\(rest) images"
        if training.dropsLast {
            return
                "each epoch leaves out its last \(images), which \(rest == 1 ? "does" : "do") not fill a batch of \(size)"
        }
        guard normalizes else { return nil }
        if rest < training.minimumBatch {
            return
                "the last batch of an epoch would have \(images), too few for batch normalization: it joins the batch "
                + "before it, which then has \(size + rest) images"
        }
        // The statistics of an eighth of a batch have nearly three times the noise.
        guard rest * 8 <= size else { return nil }
        return
            "the last batch of an epoch has only \(images) of \(size), so its batch normalization statistics are noisy; "
            + "`data.dropsLastBatch` leaves it out"
    }

    /// Checks, with a blank image, that the transforms give images of the network's input size.
    ///
    /// - Throws: `ApusError` with both sizes.
    func checkSize(of transforms: TransformList?) throws(ApusError) {
        guard let transforms else { return }
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let blank = Image(width: 500, height: 375)
        let trial = transforms.transforms.apply(to: blank, using: &random)
        guard trial.width == training.width, trial.height == training.height else {
            throw ApusError(
                .invalidConfiguration, name: "data.trainingTransforms", value: transforms,
                "the transforms '\(transforms)' give \(trial.width) x \(trial.height) pixels for an image of 500 x 375, "
                    + "but the network takes \(training.width) x \(training.height)",
                advice: "end them with randomCrop(\(training.width)) or resize(\(training.height), "
                    + "\(training.width))")
        }
    }
}
