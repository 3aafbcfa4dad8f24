public import Classifier
public import Images
public import Inference
public import TorchNN
internal import TorchVision

/// Everything that decides what a training run does. It is saved beside the run, and the command line's flags map onto
/// it one to one.
public struct TrainingConfiguration: Sendable, Codable, Equatable {
    // MARK: The network

    /// The network and its weights, as `ModelReference` reads them: `mobilenet_v2`, `resnet50:IMAGENET1K_V2`, or the
    /// file that describes a network of one's own.
    public var model = "mobilenet_v2"
    /// Where the weights come from. A network of one's own has none published and begins fresh.
    public var start = Start.pretrained
    /// The smallest fraction of the network's values before the head that a file loaded in part must have, 0 to 1.
    public var minimumLoadedFraction = 0.75
    /// What stands after the features; nil for the network's own last layer, or for a head like that of the file that
    /// training starts from. It is made afresh in any case.
    public var head: Head?
    /// The probability of every dropout layer; nil leaves them as the network has them.
    public var dropout: Double?
    /// Which parts are trained.
    public var strategy = TrainingStrategy.auto

    // MARK: The data

    /// How labels are read, and which classes there are.
    public var data = DatasetOptions()
    /// The share of pictures that is set aside for validation where the data does not do so itself.
    public var validationSplit = 0.2
    /// The share that is set aside besides, for a test after training; nil for none. It is not looked at in the run.
    public var testSplit: Double?
    /// At most this many images for training, spread over the classes. Validation keeps all of its images.
    public var limit: Int?
    /// What is done to each picture to learn from; nil for the network's own augmentation.
    public var trainingTransforms: TransformList?
    /// Whether rare classes weigh as much in the loss as frequent ones.
    public var balancesLoss = false
    /// Whether rare classes are drawn as often as frequent ones.
    public var balancesSampling = false
    /// Whether pictures are turned upright as their EXIF orientation asks; torchvision does not. The model keeps the
    /// choice.
    public var appliesOrientation = true
    /// How closely pictures are decoded.
    public var decoding = ImageReadingOptions.Decoding.exact
    /// How many pictures may be unreadable in a pass over the training or the validation pictures before the run ends;
    /// nil for a tenth of them, but at least 10.
    public var maximumUnreadable: UnreadableLimit?

    // MARK: The steps

    /// How many times all pictures are passed.
    public var epochs = 3
    /// Pictures in a batch.
    public var batchSize = 64
    /// Whether an epoch leaves out the images that do not fill its last batch. Otherwise that batch is a smaller one, and
    /// where batch normalization is trained a single image joins the batch before it.
    public var dropsLastBatch = false
    /// After how many batches a step is taken, from their gradients' mean.
    public var accumulation = 1
    /// How far a step goes.
    public var learningRate = 0.001
    /// How the learning rate changes in the course of the run.
    public var schedule = Schedule.constant
    /// In how many epochs the learning rate rises to what the schedule says, in equal steps.
    public var warmUpEpochs = 0.0
    /// What the learning rate is multiplied by from stage to stage towards the input, 1 for the same everywhere: early
    /// stages know what all pictures have in common, and need less change.
    ///
    /// J. Howard, S. Ruder: Universal Language Model Fine-tuning for Text Classification, 2018, arXiv:1801.06146: there
    /// it is 1 / 2.6.
    public var stageRate = 1.0
    /// What the learning rate is multiplied by in all stages but the head.
    public var backboneRate = 1.0
    /// The rule of the steps.
    public var optimizer = OptimizerKind.adam
    /// For SGD and RMSprop: the share of the last step that is kept.
    public var momentum = 0.9
    /// For SGD: whether the step looks ahead along the momentum, as Nesterov's.
    public var looksAhead = false
    /// The pull towards zero, L2; nil takes the optimiser's usual one (0.01 with AdamW and LAMB, otherwise 0).
    public var weightDecay: Double?
    /// Whether normalisation layers and biases are spared the weight decay.
    public var sparesNorms = false
    /// The sum of all weights' absolute values is added to the loss, times this: L1.
    public var absoluteDecay = 0.0
    /// The largest norm that the gradient of a step may have; a longer one is shortened to it.
    public var clipNorm: Double?
    /// The share of each label that is spread over all classes (C. Szegedy et al., 2015, arXiv:1512.00567).
    public var labelSmoothing = 0.0
    /// The share that a running mean of the weights keeps in a step, such as 0.999. The mean is what is validated and
    /// saved; nil for the weights themselves.
    public var averageDecay: Double?

    // MARK: The course of the run

    /// What tells which epoch is best.
    public var metric = BestMetric.accuracy
    /// After how many epochs without a better one the run ends; nil for never.
    public var patience: Int?
    /// After how many epochs each a model is kept beside the best and the last; nil for none.
    public var keepEvery: Int?
    /// How many of these are kept, the latest; nil for all.
    public var keepLast: Int?
    /// After how many minutes within an epoch the state is saved, from which a run that was cut off goes on.
    public var checkpointMinutes = 5.0
    /// The share of the validation pictures that the model's threshold for the unknown keeps; nil for no threshold. It
    /// must be nil for pictures of several classes, where none may be told as it is.
    public var knownShare: Double?
    /// Whether the best model is evaluated on the validation pictures at the end, and `report.html` is written.
    public var writesReport = true
    /// Whether an event file for TensorBoard is written.
    public var writesEvents = false
    /// Whether the event file also tells, after each epoch, how the values of each trained parameter are spread.
    public var writesHistograms = false
    /// What the split, shuffling, augmentation, dropout and new layers depend on.
    public var seed: UInt64 = 0

    // MARK: The machine

    /// How many threads decode; nil takes the number of processors. It does not change the result.
    public var workers: Int?
    /// Where to compute, `cpu`, `cuda`, `cuda:1`; nil takes CUDA where there is a device.
    public var device: String?
    /// On CUDA: whether only kernels are used that give the same bits for the same numbers, which takes longer. On a CPU
    /// all do.
    public var isDeterministic = false
    /// What computes the frozen part of a network.
    public var engine = EngineChoice.auto
    /// The numbers that layers compute with. The weights and the loss are float32 in any case.
    public var precision = TrainingPrecision.float32
    /// With the strategy `frozen`: whether each picture's features are computed once and kept.
    public var cachesFeatures = false
    /// With `cachesFeatures`: how many differently augmented views of each picture are kept, which the epochs take in
    /// turn; nil for one without augmentation.
    public var cachedViews: Int?

    /// The defaults.
    public init() {}
}

extension TrainingConfiguration {
    /// Where the weights come from.
    public enum Start: Sendable, Equatable {
        /// The published ones that the model's name asks for.
        case pretrained
        /// None: random ones.
        case fresh
        /// A checkpoint, `.pth` or safetensors; with `isPartial` what fits is loaded. `stateKey` tells where the state
        /// dict lies in a file that holds more than one.
        case file(path: String, isPartial: Bool, stateKey: String? = nil)
    }
}

extension TrainingConfiguration.Start: Codable {
    private struct File: Codable {
        let file: String
        let isPartial: Bool
        let stateKey: String?
    }

    /// Reads `"pretrained"`, `"fresh"`, or an object with `file`, `isPartial` and perhaps `stateKey`.
    public init(from decoder: any Decoder) throws {
        if let file = try? File(from: decoder) {
            self = .file(path: file.file, isPartial: file.isPartial, stateKey: file.stateKey)
            return
        }
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "pretrained": self = .pretrained
        case "fresh": self = .fresh
        case let text:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no start of a training")
        }
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        if case .file(let path, let isPartial, let stateKey) = self {
            return try File(file: path, isPartial: isPartial, stateKey: stateKey).encode(to: encoder)
        }
        var container = encoder.singleValueContainer()
        try container.encode(self == .fresh ? "fresh" : "pretrained")
    }
}
