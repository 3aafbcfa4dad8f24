public import Classifier
internal import Drawing
public import Images
internal import Platform
internal import Torch
internal import TorchGraph
internal import TorchNN
internal import TorchVision

/// The plan of a training run: the data, the network and the steps.
public struct TrainingPlan: Sendable {
    /// The path of the data.
    public let data: String
    /// What was found in the data.
    public let dataset: DataDescription
    /// The names of the classes.
    public let classes: [String]
    /// The display names of the classes, in the same order; nil for none.
    public let displayNames: [String]?
    /// Whether the data is multi-label.
    public let isMultiLabel: Bool
    /// The number of training images, and of validation images.
    public let trainingImages: Int, validationImages: Int
    /// The network and its weights.
    public let model: String
    /// The layers after the network's features.
    public let head: Head
    /// The epochs in which the same part of the network is trained.
    public let phases: [Phase]
    /// The number of parameters that are trained in the first epoch, and of all parameters.
    public let trainableParameters: Int, parameters: Int
    /// The number of epochs, and of batches per epoch.
    public let epochs: Int, stepsPerEpoch: Int
    /// The transforms of a training image, in the notation of `TransformList`.
    public let transforms: String
    /// The device: `cpu`, `cuda:0`.
    public let device: String
    /// The name of the processor with the number of processors, or of the GPU; nil if it is unknown.
    public let processor: String?
    /// The numeric precision of layers: float32, bfloat16 or float16.
    public let precision: TrainingPrecision
    /// The memory that training needs at least, in bytes: weights, gradients, the optimizer's moments, and the outputs
    /// of the layers for a batch, if the network can be traced. Images in the loader's queue need more.
    public let memory: Int
    /// The weight of each class in the loss, in a multi-label run the weight of its presence; nil if all weights are
    /// equal.
    public let classWeights: [Double]?
    /// The name of the custom loss; nil for the cross entropy.
    public let loss: String?
    /// Notes for the user, such as ignored files and missing weights.
    public let notes: [String]

    /// Epochs in which the same part of the network is trained.
    public struct Phase: Sendable, Equatable, Codable {
        /// The first and the last of them, from 1.
        public let firstEpoch: Int, lastEpoch: Int
        /// The part that is trained.
        public let strategy: TrainingStrategy
        /// The learning rate before the schedule.
        public let learningRate: Double
    }
}

extension TrainingPlan {
    /// The device with the name of the processor: `cpu (AMD EPYC 7763, 4 processors)`.
    package var deviceWords: String { processor.map { "\(device) (\($0))" } ?? device }

    /// The names of the classes for people.
    package var classWords: [String] { displayNames ?? classes }

    @TensorActor
    init(
        data: TrainingData, prepared: PreparedNetwork, configuration: TrainingConfiguration, reference: ModelReference,
        loaders: TrainingLoaders, device: Device, precision: TrainingPrecision, loss: String?, processes: Int = 1
    ) throws {
        let network = prepared.network
        let trainable = network.trainableParameters.reduce(0) { $0 + $1.count }
        let parameters = network.parameters.reduce(0) { $0 + $1.count }
        self.init(
            data: data.path, dataset: data.description, classes: data.classes, displayNames: data.displayNames,
            isMultiLabel: data.isMultiLabel, trainingImages: data.training.count,
            validationImages: data.validation.count,
            model: prepared.startedFrom ?? "\(reference.architecture.name), random weights",
            head: prepared.options.head,
            phases: prepared.phases.map {
                Phase(
                    firstEpoch: $0.epochs.lowerBound, lastEpoch: $0.epochs.upperBound, strategy: $0.strategy,
                    learningRate: configuration.optimizer.learningRate * $0.rateFactor)
            },
            trainableParameters: trainable, parameters: parameters, epochs: configuration.epochs,
            stepsPerEpoch: loaders.stepsPerEpoch,
            transforms: (configuration.data.trainingTransforms ?? prepared.preprocessing.trainingTransforms)
                .description,
            device: device.description, processor: device.processor, precision: precision,
            memory: try Self.memory(
                reference.architecture, prepared, configuration, trainable: trainable, parameters: parameters),
            classWeights: data.classWeights, loss: loss,
            notes: data.notes + prepared.notes + (loss.map { ["the loss is '\($0)'"] } ?? [])
                + (processes > 1
                    ? ["\(processes) processes share each batch of \(configuration.data.batchSize) images"] : [])
                + [loaders.lastBatchNote(normalizes: prepared.normalizesBatches)].compactMap(\.self)
                + Self.idleSettings(configuration, prepared, loaders, device))
    }

    /// Notes about settings without effect, and about runs that are too short.
    @TensorActor
    private static func idleSettings(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, _ loaders: TrainingLoaders,
        _ device: Device
    ) -> [String] {
        var notes: [String] = []
        if configuration.compute.isDeterministic, device.kind == .cpu {
            notes.append("deterministic algorithms have no effect on a CPU, where results are always the same")
        }
        if configuration.data.dropsLastBatch,
            loaders.training.dataset.count.isMultiple(of: configuration.data.batchSize)
        {
            notes.append("leaving out the last batch has no effect: all batches are full")
        }
        let rates = configuration.optimizer
        if rates.layerwiseDecay != 1 || rates.backboneLearningRateScale != 1,
            prepared.phases.allSatisfy({ [.frozen, .last(1)].contains($0.strategy) })
        {
            notes.append("learning rates by stage have no effect: the head alone is trained")
        }
        let steps = configuration.epochs * configuration.optimizer.steps(ofBatches: loaders.stepsPerEpoch)
        if prepared.startedFrom == nil, Double(steps) < Threshold.freshSteps.value {
            notes.append(
                "the whole run has only \(counted(steps, "step")), which is few for random initial weights"
            )
        }
        do throws(DrawingError) {
            try DrawingLibraries.open()
        } catch {
            let drawings = [
                configuration.output.writesReport ? "report.html" : nil, "curves.png",
                configuration.output.writesTensorBoard ? "images/training" : nil,
            ]
            notes.append("\(enumerated(drawings.compactMap(\.self))) can't be written: \(error)")
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
        let settings = configuration.optimizer
        let moments =
            switch settings.kind {
            case .adam, .adamw, .lamb: 2
            case .sgd: settings.momentum > 0 ? 1 : 0
            case .rmsprop: settings.momentum > 0 ? 2 : 1
            case .adagrad, .lion: 1
            }
        let weights = 4 * (parameters * (settings.emaDecay == nil ? 1 : 2) + trainable * (1 + moments))
        // No outputs of frozen layers are kept for the backward pass.
        guard prepared.phases.contains(where: { $0.strategy != .frozen }) else { return weights }
        let side = prepared.preprocessing.cropSize
        do {
            let summary = try withDefaultDevice(.meta) {
                try NetworkSummary(of: architecture.makeNetwork(prepared.options), inputShape: [3, side, side])
            }
            return weights + configuration.data.batchSize * (summary.activationBytes + summary.inputBytes)
        } catch is GraphError {
            // A custom network whose operators depend on the batch size can be trained.
            return weights
        }
    }
}

extension TrainingSummary {
    init(
        _ configuration: TrainingConfiguration, _ prepared: PreparedNetwork, _ data: TrainingData, split: SplitRecord?
    ) {
        let (optimizer, settings) = (configuration.optimizer, configuration.data)
        let (options, hasOwnValidation) = (settings.dataset, data.hasOwnValidation)
        self.init(
            startedFrom: prepared.startedFrom,
            strategy: prepared.phases.count > 1 ? configuration.network.strategy : prepared.phases[0].strategy,
            optimizer: optimizer.kind, learningRate: optimizer.learningRate,
            layerwiseDecay: optimizer.layerwiseDecay == 1 ? nil : optimizer.layerwiseDecay,
            batchSize: settings.batchSize,
            seed: configuration.seed, trainingImages: data.training.count,
            validationSplit: hasOwnValidation ? nil : settings.validationSplit,
            testSplit: hasOwnValidation ? nil : settings.testSplit,
            groupPattern: hasOwnValidation ? nil : options.groupPattern,
            labelPattern: options.labelPattern, labelColumn: options.labelColumn,
            pathColumn: options.pathColumn, labelSeparator: options.labelSeparator,
            root: options.root, frameInterval: options.frameInterval.map { $0 / .seconds(1) }, split: split)
    }
}
