public import Classifier
public import Images
internal import Platform
internal import Torch
internal import TorchGraph
internal import TorchNN
package import TorchVision

/// What is about to be trained on what.
public struct TrainingPlan: Sendable {
    /// Where the pictures lie.
    public let data: String
    /// What was understood of the data.
    public let dataset: DataDescription
    /// The names of the classes.
    public let classes: [String]
    /// Whether a picture may show several classes.
    public let isMultiLabel: Bool
    /// How many pictures there are to learn from, and to validate with.
    public let trainingPictures: Int, validationPictures: Int
    /// The network and its weights.
    public let model: String
    /// What stands after the network's features.
    public let head: Head
    /// Which parts are trained in which epochs.
    public let phases: [Phase]
    /// How many parameters are trained in the first epoch, and how many there are.
    public let trainableParameters: Int, parameters: Int
    /// How many epochs there are, and how many batches each has.
    public let epochs: Int, stepsPerEpoch: Int
    /// What is done to each picture to learn from, as `TransformList` writes it.
    public let transforms: String
    /// Where it computes.
    public let device: String
    /// The numbers that layers compute with: float32 or bfloat16.
    public let precision: TrainingPrecision
    /// What training needs of memory at least, in bytes: weights, gradients, the optimiser's moments, and what the layers of
    /// a batch put out. Pictures that wait for their turn come on top.
    public let memory: Int
    /// The weight of each class in the loss, in a multi-label run that of its presence; nil where all weigh the same.
    public let classWeights: [Double]?
    /// What else the user should know: ignored files, weights that were missing.
    public let notes: [String]

    /// Epochs in which the same parts are trained.
    public struct Phase: Sendable, Equatable, Codable {
        /// The first and the last of them, from 1.
        public let firstEpoch: Int, lastEpoch: Int
        /// What is trained.
        public let strategy: TrainingStrategy
        /// The learning rate before the schedule.
        public let learningRate: Double
    }
}

extension TrainingPlan {
    @TensorActor
    init(
        data: TrainingData, prepared: PreparedNetwork, configuration: TrainingConfiguration, reference: ModelReference,
        loaders: TrainingLoaders, device: Device, precision: TrainingPrecision
    ) throws {
        let network = prepared.network
        let trainable = network.trainableParameters.reduce(0) { $0 + $1.count }
        let parameters = network.parameters.reduce(0) { $0 + $1.count }
        self.init(
            data: data.path, dataset: data.description, classes: data.classes, isMultiLabel: data.isMultiLabel,
            trainingPictures: data.training.count, validationPictures: data.validation.count,
            model: prepared.startedFrom ?? "\(reference.architecture.name), fresh", head: prepared.options.head,
            phases: prepared.phases.map {
                Phase(
                    firstEpoch: $0.epochs.lowerBound, lastEpoch: $0.epochs.upperBound, strategy: $0.strategy,
                    learningRate: configuration.learningRate * $0.rateFactor)
            },
            trainableParameters: trainable, parameters: parameters, epochs: configuration.epochs,
            stepsPerEpoch: loaders.stepsPerEpoch,
            transforms: (configuration.trainingTransforms ?? prepared.preprocessing.trainingTransforms).description,
            device: device.description, precision: precision,
            memory: try Self.memory(
                reference.architecture, prepared, configuration, trainable: trainable, parameters: parameters),
            classWeights: data.classWeights,
            notes: data.notes + prepared.notes
                + [loaders.lastBatchNote(normalizes: prepared.normalizesBatches)].compactMap(\.self)
                + Self.idleSettings(configuration, prepared, loaders, device))
    }

    /// What settings have no effect in the run, and of what it will be too short to tell.
    @TensorActor
    private static func idleSettings(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, _ loaders: TrainingLoaders,
        _ device: Device
    ) -> [String] {
        var notes: [String] = []
        if configuration.isDeterministic, device.kind == .cpu {
            notes.append("deterministic algorithms have no effect on a CPU, where results are always the same")
        }
        if configuration.dropsLastBatch, loaders.training.dataset.count.isMultiple(of: configuration.batchSize) {
            notes.append("leaving out the last batch has no effect: all batches are full")
        }
        if configuration.stageRate != 1 || configuration.backboneRate != 1,
            prepared.phases.allSatisfy({ [.frozen, .last(1)].contains($0.strategy) })
        {
            notes.append("learning rates by stage have no effect: the head alone is trained")
        }
        let steps =
            configuration.epochs * ((loaders.stepsPerEpoch - 1) / configuration.accumulation + 1)
        if prepared.startedFrom == nil, Double(steps) < Threshold.freshSteps.value {
            notes.append(
                "the whole run has \(counted(steps, "step")), which is few for a network that begins with random weights"
            )
        }
        return notes
    }

    /// - Returns: bytes.
    @TensorActor
    private static func memory(
        _ architecture: Architecture, _ prepared: PreparedNetwork, _ configuration: TrainingConfiguration,
        trainable: Int,
        parameters: Int
    ) throws -> Int {
        let moments =
            switch configuration.optimizer {
            case .adam, .adamw, .lamb: 2
            case .sgd: configuration.momentum > 0 ? 1 : 0
            case .rmsprop: configuration.momentum > 0 ? 2 : 1
            case .adagrad, .lion: 1
            }
        let weights = 4 * (parameters * (configuration.averageDecay == nil ? 1 : 2) + trainable * (1 + moments))
        // Of a frozen part nothing is kept for the way back.
        guard prepared.phases.contains(where: { $0.strategy != .frozen }) else { return weights }
        let side = prepared.preprocessing.cropSize
        let summary = try withDefaultDevice(.meta) {
            try NetworkSummary(of: architecture.makeNetwork(prepared.options), inputShape: [3, side, side])
        }
        return weights + configuration.batchSize * (summary.activationBytes + summary.inputBytes)
    }
}

extension TrainingSummary {
    init(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, _ data: TrainingData, split: SplitRecord?
    ) {
        self.init(
            startedFrom: prepared.startedFrom,
            strategy: prepared.phases.count > 1 ? configuration.strategy : prepared.phases[0].strategy,
            optimizer: configuration.optimizer, learningRate: configuration.learningRate,
            stageRate: configuration.stageRate == 1 ? nil : configuration.stageRate, batchSize: configuration.batchSize,
            seed: configuration.seed, trainingPictures: data.training.count,
            validationSplit: data.hasOwnValidation ? nil : configuration.validationSplit,
            testSplit: data.hasOwnValidation ? nil : configuration.testSplit,
            groupPattern: data.hasOwnValidation ? nil : configuration.data.groupPattern,
            labelPattern: configuration.data.labelPattern, labelColumn: configuration.data.labelColumn,
            pathColumn: configuration.data.pathColumn, labelSeparator: configuration.data.labelSeparator,
            root: configuration.data.root, split: split)
    }
}
