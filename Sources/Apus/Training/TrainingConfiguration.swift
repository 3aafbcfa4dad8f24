public import Inference
public import TorchVision

/// Everything that decides what a training run does. It is saved beside the run, and the command line's flags map onto
/// it one to one.
public struct TrainingConfiguration: Sendable, Codable, Equatable {
    /// The network and its weights, as `ModelReference` reads them: `mobilenet_v2`, `resnet50:IMAGENET1K_V2`, or the
    /// file that describes a network of one's own.
    public var model = "mobilenet_v2"
    /// Where the weights come from. A network of one's own has none published and begins fresh.
    public var start = Start.pretrained
    /// What stands after the features; nil for the network's own last layer, or for a head like that of the file that
    /// training starts from. It is made afresh in any case.
    public var head: Head?
    /// Which parts are trained; nil chooses: the head alone, or everything in a fresh network.
    public var strategy: TrainingStrategy?
    /// How many times all pictures are passed.
    public var epochs = 3
    /// Pictures in a step.
    public var batchSize = 64
    /// How far a step goes.
    public var learningRate = 0.001
    /// What the learning rate is multiplied by from stage to stage towards the input, 1 for the same everywhere: early
    /// stages know what all pictures have in common, and need less change.
    ///
    /// J. Howard, S. Ruder: Universal Language Model Fine-tuning for Text Classification, 2018, arXiv:1801.06146: there
    /// it is 1 / 2.6.
    public var stageRate = 1.0
    /// The rule of the steps.
    public var optimizer = OptimizerKind.adam
    /// For SGD: the share of the last step that is kept.
    public var momentum = 0.9
    /// The pull towards zero; nil takes the optimiser's usual one (AdamW's is 0.01, the others' 0).
    public var weightDecay: Double?
    /// After how many epochs the learning rate changes; nil keeps it.
    public var learningRateStep: Int?
    /// What a change multiplies the learning rate by.
    public var learningRateGamma = 0.1
    /// The share of pictures that is set aside for validation where the data does not do so itself.
    public var validationSplit = 0.2
    /// What the split, shuffling, augmentation, dropout and new layers depend on.
    public var seed: UInt64 = 0
    /// How many threads decode; nil takes the number of processors. It does not change the result.
    public var workers: Int?
    /// At most so many pictures for training, spread over the classes, and in proportion for validation.
    public var limit: Int?
    /// Whether pictures are turned upright as their EXIF orientation asks; torchvision does not. The model keeps the choice.
    public var appliesOrientation = true
    /// How closely pictures are decoded.
    public var decoding = ImageReadingOptions.Decoding.exact
    /// Where to compute, `cpu`, `cuda`, `cuda:1`; nil takes CUDA where there is a device.
    public var device: String?
    /// What computes the frozen part of a network.
    public var engine = EngineChoice.auto
    /// The numbers that layers compute with: float32 or bfloat16. The weights and the loss are float32 in any case.
    public var precision = InferencePrecision.float32
    /// With the strategy `frozen`: whether each picture's features are computed once and kept, without augmentation.
    public var cachesFeatures = false

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

    /// The defaults.
    public init() {}

    /// Checks what the types leave open.
    ///
    /// - Throws: `ApusError` that names the value and what it may be.
    public func validate() throws(ApusError) {
        func demand(_ holds: Bool, _ message: @autoclosure () -> String) throws(ApusError) {
            if !holds { throw ApusError(message()) }
        }
        try demand(epochs >= 1, "\(epochs) epochs can't be trained; give 1 or more")
        try demand(batchSize >= 1, "a batch of \(batchSize) pictures is none; give 1 or more")
        try demand(
            learningRate > 0 && learningRate.isFinite,
            "a learning rate of \(learningRate) does not train; give a number above 0, such as 0.001")
        try demand(
            stageRate > 0 && stageRate <= 1,
            "a rate of \(stageRate) from stage to stage does not hold; give a number above 0 and up to 1, such as 0.4")
        try demand((0..<1).contains(momentum), "a momentum of \(momentum) does not hold; give 0 to below 1")
        if let weightDecay {
            try demand(
                weightDecay >= 0 && weightDecay.isFinite,
                "a weight decay of \(weightDecay) does not hold; give 0 or more")
        }
        if let learningRateStep {
            try demand(learningRateStep >= 1, "a step of \(learningRateStep) epochs is none; give 1 or more")
        }
        try demand(
            learningRateGamma > 0 && learningRateGamma.isFinite,
            "a factor of \(learningRateGamma) for the learning rate does not train; give a number above 0, such as 0.1")
        try demand(
            validationSplit > 0 && validationSplit < 1,
            "a validation share of \(validationSplit) can't be set aside; give a number between 0 and 1, such as 0.2")
        try demand(
            precision != .int8, "int8 is too coarse to train in; give float32 or bfloat16")
        guard !cachesFeatures || start != .fresh && strategy ?? .frozen == .frozen else { throw Self.nothingToCache }
        if let workers { try demand(workers >= 0, "\(workers) workers are not possible; give 0 or more") }
        if let limit { try demand(limit >= 2, "\(limit) pictures are too few to train with; give 2 or more") }
    }

    static let nothingToCache = ApusError(
        "features can be kept only of a frozen network; leave --cache-features out, or train with the strategy "
            + "'frozen'")
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

/// Which parts of a network are trained.
public enum TrainingStrategy: Sendable, Codable, Equatable, CustomStringConvertible {
    /// The head alone: the network serves as a fixed feature extractor. For few pictures.
    case frozen
    /// The last so many stages, the head among them. For a medium number of pictures.
    case last(Int)
    /// Everything. For many pictures, at a lower learning rate.
    case all

    /// Reads `frozen`, `last:2`, `all`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "frozen": self = .frozen
        case "all": self = .all
        default:
            guard text.hasPrefix("last:"), let count = Int(text.dropFirst(5)), count >= 1 else { return nil }
            self = .last(count)
        }
    }

    /// `frozen`, `last:2`, `all`.
    public var description: String {
        switch self {
        case .frozen: "frozen"
        case .last(let count): "last:\(count)"
        case .all: "all"
        }
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let strategy = TrainingStrategy(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no strategy is called '\(text)'")
        }
        self = strategy
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The rules by which steps are made.
public enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    case adam
    case adamw
    case sgd
}
