internal import Foundation
package import Images
internal import Platform

/// The main settings of a training run. `config.json` in the run directory contains all settings. Settings that do not
/// change the result, such as the number of workers and paths, are left out, so that equal runs write equal files.
public struct TrainingSummary: Sendable, Codable, Equatable {
    /// The initial weights; nil for random weights.
    public var startedFrom: String?
    /// The strategy: which parts of the network were trained.
    public var strategy: TrainingStrategy
    /// The optimizer.
    public var optimizer: OptimizerKind
    /// The initial learning rate.
    public var learningRate: Double
    /// The factor of the learning rate from stage to stage towards the input; nil for the same rate in all stages.
    public var layerwiseDecay: Double?
    /// The batch size.
    public var batchSize: Int
    /// The random seed of shuffling, augmentation, dropout and new layers.
    public var seed: UInt64
    /// The number of training images.
    public var trainingImages: Int
    /// The fraction of images for validation; nil if the data has its own validation images.
    public var validationSplit: Double?
    /// The fraction of images for a test; nil for none.
    public var testSplit: Double?
    /// The pattern of groups that stay in the same split; nil for no groups.
    public var groupPattern: String?
    /// The pattern of labels in file names; nil if labels come from folders or a table.
    public var labelPattern: String?
    /// The columns of a table with the labels and with the paths; nil for automatic detection.
    public var labelColumn: String?, pathColumn: String?
    /// The separator of labels in a column; nil for automatic detection.
    public var labelSeparator: String?
    /// The folder that paths in a table or a list are relative to; nil for the folder of the file.
    public var root: String?
    /// The time between the frames of videos in seconds; nil if videos were left out.
    public var frameInterval: Double?
    /// The images of each split; nil in files of Apus 0.1.
    public var split: SplitRecord?

    package init(
        startedFrom: String? = nil, strategy: TrainingStrategy, optimizer: OptimizerKind, learningRate: Double,
        layerwiseDecay: Double? = nil, batchSize: Int, seed: UInt64, trainingImages: Int,
        validationSplit: Double? = nil,
        testSplit: Double? = nil, groupPattern: String? = nil, labelPattern: String? = nil,
        labelColumn: String? = nil, pathColumn: String? = nil, labelSeparator: String? = nil, root: String? = nil,
        frameInterval: Double? = nil, split: SplitRecord? = nil
    ) {
        self.startedFrom = startedFrom
        self.strategy = strategy
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.layerwiseDecay = layerwiseDecay
        self.batchSize = batchSize
        self.seed = seed
        self.trainingImages = trainingImages
        self.validationSplit = validationSplit
        self.testSplit = testSplit
        self.groupPattern = groupPattern
        self.labelPattern = labelPattern
        self.labelColumn = labelColumn
        self.pathColumn = pathColumn
        self.labelSeparator = labelSeparator
        self.root = root
        self.frameInterval = frameInterval
        self.split = split
    }
}

extension TrainingSummary {
    /// Returns options with unset values as in training.
    func completed(_ options: DatasetOptions) -> DatasetOptions {
        var completed = options
        if options.labelPattern == nil, options.labelColumn == nil, options.labelSeparator == nil {
            completed.labelPattern = labelPattern
        }
        if options.labelPattern == nil {
            completed.labelColumn = options.labelColumn ?? labelColumn
            completed.labelSeparator = options.labelSeparator ?? labelSeparator
        }
        completed.pathColumn = options.pathColumn ?? pathColumn
        completed.root = options.root ?? root
        completed.frameInterval = options.frameInterval ?? frameInterval.map { .seconds($0) }
        return completed
    }
}

/// Strategies: which parts of a network are trained.
public enum TrainingStrategy: Sendable, Codable, Equatable, CustomStringConvertible {
    /// Chosen by the number of images: the head for few, the last stages for more, everything for many.
    case auto
    /// Only the head. The network is a fixed feature extractor. For few images.
    case frozen
    /// The given number of last stages, including the head. For a medium number of images.
    case last(Int)
    /// Everything. For many images, at a lower learning rate.
    case all
    /// Only the head for this many epochs, then everything at a tenth of the learning rate, like fastai's `fine_tune`.
    case gradual(headEpochs: Int)

    /// Reads `auto`, `frozen`, `last:2`, `all`, `gradual`, `gradual:2`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : nil
        switch (String(parts.first ?? ""), parts.count) {
        case ("auto", 1): self = .auto
        case ("frozen", 1): self = .frozen
        case ("all", 1): self = .all
        case ("gradual", 1): self = .gradual(headEpochs: 1)
        case ("last", 2):
            guard let count, count >= 1 else { return nil }
            self = .last(count)
        case ("gradual", 2):
            guard let count, count >= 1 else { return nil }
            self = .gradual(headEpochs: count)
        default: return nil
        }
    }

    /// `frozen`, `last:2`, `all`, `gradual:1`.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .frozen: "frozen"
        case .last(let count): "last:\(count)"
        case .all: "all"
        case .gradual(let count): "gradual:\(count)"
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

/// The training, validation and test images of a classifier, as 64-bit digests.
///
/// The record is stored in the model file. An image is identified by its content, not by its path. The name counts only
/// if several images have the same content.
public struct SplitRecord: Sendable, Equatable {
    /// The digests of the training, validation and test images.
    public let train: [UInt64], val: [UInt64], test: [UInt64]

    private static let nameBits: UInt64 = 0xFFFF

    package init(train: [ImageIdentity], val: [ImageIdentity], test: [ImageIdentity]) {
        (self.train, self.val, self.test) = (train.map(Self.digest), val.map(Self.digest), test.map(Self.digest))
    }

    /// Returns a digest of 48 bits of the content and 16 bits of the name. The content of an unreadable file is 0.
    private static func digest(of image: ImageIdentity) -> UInt64 {
        var name = Digest64()
        image.name.withUnsafeBytes { name.add($0) }
        return image.content & ~nameBits | name.value & nameBits
    }

    /// Returns the split of each image; nil for images that training did not use.
    func parts(of images: [ImageIdentity]) -> [EvaluationSplit?] {
        var exact: [UInt64: EvaluationSplit] = [:]
        var contents: [UInt64: EvaluationSplit] = [:]
        // If equal images are in several splits, training counts.
        for (part, digests) in [(EvaluationSplit.test, test), (.val, val), (.train, train)] {
            for digest in digests {
                exact[digest] = part
                if digest & ~Self.nameBits != 0 { contents[digest & ~Self.nameBits] = part }
            }
        }
        return images.map { image in
            let digest = Self.digest(of: image)
            return exact[digest] ?? contents[digest & ~Self.nameBits]
        }
    }
}

extension SplitRecord: Codable {
    private enum CodingKeys: CodingKey { case train, val, test }

    /// Decodes the digests of each split: 8 bytes each, little-endian, in Base64.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func digests(_ key: CodingKeys) throws -> [UInt64] {
            let text = try container.decodeIfPresent(String.self, forKey: key) ?? ""
            guard let bytes = Data(base64Encoded: text), bytes.count.isMultiple(of: 8) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "invalid digests of images")
            }
            return bytes.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 8).map {
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
                }
            }
        }
        (train, val, test) = (try digests(.train), try digests(.val), try digests(.test))
    }

    /// Encodes the digests.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for (key, digests) in [(CodingKeys.train, train), (.val, val), (.test, test)] where !digests.isEmpty {
            let bytes = digests.map(\.littleEndian).withUnsafeBytes { Data($0) }
            try container.encode(bytes.base64EncodedString(), forKey: key)
        }
    }
}

/// A split of a dataset.
public enum EvaluationSplit: String, Sendable, Codable, CaseIterable {
    /// The training images.
    case train
    /// The validation images.
    case val
    /// The test images.
    case test
    /// All images, including the training images.
    case all
}
