internal import Classifier
internal import Torch
internal import TorchVision

/// Finds labels that are likely wrong, by confident learning on the features of a network.
///
/// The pictures are dealt to folds; each fold is judged by a linear probe that learnt from the others, so no picture is
/// judged by what learnt its label. Then Northcutt, Jiang and Chuang, "Confident Learning", 2021, as cleanlab has it.
public struct LabelCheck: Sendable {
    /// How many parts the pictures are dealt to, 2 at least.
    public var folds = 5
    /// What decides which picture comes to which fold.
    public var seed: UInt64 = 0
    /// How what is found is ordered.
    public var ranking = LabelReport.Ranking.selfConfidence
    /// C of the probe, the inverse of its penalty. The features have variance 1.
    static let strength = 0.01

    /// The defaults.
    public init() {}

    /// Judges the labels of pictures whose features are known.
    ///
    /// - Parameters:
    ///   - embeddings: the features of the labeled images.
    ///   - progress: told after each fold how many are done, on the thread of the work.
    /// - Throws: `ApusError` for pictures without labels, with several each, of one class, or fewer than folds.
    @TensorActor
    public func run(
        _ embeddings: Embeddings, progress: @Sendable (_ done: Int) -> Void = { _ in }
    ) async throws -> CheckedLabels {
        let probabilities = try self.probabilities(embeddings, progress)
        return CheckedLabels(embeddings, probabilities, folds: folds, ranking: ranking)
    }

    /// What each picture is by the features of the others.
    @TensorActor
    private func probabilities(_ embeddings: Embeddings, _ progress: (Int) -> Void) throws -> LabelledProbabilities {
        let pictures = embeddings.input.images
        guard embeddings.input.isLabeled else {
            throw ApusError(.unsuitableData, "the images have no labels, so that none can be wrong")
        }
        guard !pictures.isMultiLabel else {
            throw ApusError(
                .unsuitableData, "the images have several labels each; labels are checked where each has one")
        }
        let labels = embeddings.labels
        guard Set(labels).count > 1 else {
            throw ApusError(
                .unsuitableData, "all images that can be read have one label; there must be two classes at least")
        }
        guard folds >= 2, folds <= labels.count else {
            throw ApusError(
                .invalidConfiguration, name: "folds", value: folds,
                "\(labels.count) images can't be dealt to \(folds) folds",
                advice: "give 2 or more, and no more than images")
        }
        let features = try standardised(embeddings.tensor())
        let classes = pictures.classNames.count
        let dealt = StratifiedFolds(labels: labels, count: folds, seed: seed)
        var values = [Double](repeating: 0, count: labels.count * classes)
        for fold in 0..<folds {
            let (inside, outside) = dealt.rows(of: fold)
            let probe = try LinearProbe(
                features: features, labels: labels, rows: outside, classes: classes, strength: Self.strength)
            let found = try probe.probabilities(features.indexSelect(dim: 0, index: Tensor(inside))).array(
                as: Double.self)
            for (place, row) in inside.enumerated() {
                values.replaceSubrange(
                    row * classes..<(row + 1) * classes, with: found[place * classes..<(place + 1) * classes])
            }
            progress(fold + 1)
        }
        return LabelledProbabilities(labels: labels, classes: classes, values: values)
    }

    /// Each feature with mean 0 and variance 1; one that never changes is 0.
    @TensorActor
    private func standardised(_ features: Tensor) throws -> Tensor {
        let centred = try features - features.mean(dim: 0)
        return try centred / centred.variance(dim: 0, correction: 0).sqrt().clamp(min: 1e-6)
    }
}

/// What a check of a dataset's labels found.
public struct LabelReport: Sendable, Codable {
    /// How the labels that are likely wrong are ranked, the worst first.
    public enum Ranking: String, Sendable, Codable, CaseIterable {
        /// By the probability of the given label.
        case selfConfidence = "self-confidence"
        /// By how much more probable another label is.
        case normalizedMargin = "normalized-margin"
    }

    /// A picture whose label is likely wrong.
    public struct Issue: Sendable, Codable, Equatable {
        /// The picture with the label that it has.
        public let picture: ImageInput.Entry
        /// Its place in the input.
        public let index: Int
        /// The label that it has.
        public let given: String
        /// The label that is the most probable.
        public let likely: String
        /// The probability of the given label: the self-confidence.
        public let givenProbability: Double
        /// The probability of the likely one.
        public let likelyProbability: Double
        /// (p(given) - p(likely) + 1) / 2.
        public let normalizedMargin: Double
    }

    /// A class by its given label.
    public struct ClassFigures: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// How many pictures have this label.
        public let pictures: Int
        /// The mean probability that they have for it; nil without pictures.
        public let threshold: Double?
        /// How many of their labels are likely wrong.
        public let issues: Int
        /// How many pictures of each class this label stands for, in the order of the classes: a row of the confident
        /// joint, scaled to the number of pictures.
        public let estimatedTrueCounts: [Int]
    }

    /// How many pictures were judged.
    public let pictures: Int
    /// How many could not be read.
    public let unreadable: Int
    /// How many folds there were.
    public let folds: Int
    /// The share of labels that the prediction from the other folds equals.
    public let agreement: Double
    /// The classes.
    public let classes: [ClassFigures]
    /// The labels that are likely wrong, the worst first.
    public let issues: [Issue]
    /// The share of labels that the confident joint holds to be wrong.
    public let estimatedNoise: Double
}
