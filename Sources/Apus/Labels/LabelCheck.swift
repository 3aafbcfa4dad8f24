internal import Classifier
public import Platform
internal import Torch
internal import TorchVision

/// Finds labels that are likely wrong, by confident learning on the features of a network.
///
/// The images are divided into folds. A linear probe trained on the other folds predicts each fold, so that the
/// predictions are out-of-sample. Label issues are then found as in Northcutt, Jiang and Chuang, "Confident Learning",
/// 2021, and in cleanlab.
public struct LabelCheck: Sendable {
    /// The progress of a check.
    public enum Event: Sendable {
        /// A fold has ended: its number from 1, and the number of folds.
        case fold(Int, of: Int)
    }

    /// The number of folds, at least 2.
    public var folds = 5
    /// The random seed of the folds.
    public var seed: UInt64 = 0
    /// The ranking of the issues.
    public var ranking = LabelReport.Ranking.selfConfidence
    /// The inverse L2 penalty of the probe, C in scikit-learn. The features have variance 1.
    static let strength = 0.01

    /// Creates a check with the default options.
    public init() {}

    /// Checks the labels of images with known features.
    ///
    /// - Parameters:
    ///   - embeddings: the features of the labeled images.
    ///   - reader: reads the progress. An error that it throws ends the check.
    /// - Throws: `ApusError` if the images have no labels, are multi-label, have only one class, or are fewer than the
    ///   folds; `CancellationError` if the task is canceled, and the errors of `reader`.
    @TensorActor
    public func run(
        _ embeddings: Embeddings,
        readBy reader: @escaping @Sendable (EventSequence<Event>) async throws -> Void = { _ in }
    ) async throws -> CheckedLabels {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            let probabilities = try await self.probabilities(embeddings, events)
            return CheckedLabels(embeddings, probabilities, folds: folds, ranking: ranking)
        }
    }

    /// Returns the out-of-sample probabilities of each image.
    @TensorActor
    private func probabilities(
        _ embeddings: Embeddings, _ events: EventChannel<Event>
    ) async throws -> LabeledProbabilities {
        let images = embeddings.input.images
        guard embeddings.input.isLabeled else {
            throw ApusError(.unsuitableData, "the images have no labels to check")
        }
        guard !images.isMultiLabel else {
            throw ApusError(
                .unsuitableData, "the data is multi-label; only single-label data can be checked")
        }
        return try await probabilities(
            embeddings.tensor(), labels: embeddings.labels, classes: images.classNames.count
        ) { fold in
            events.send(.fold(fold, of: folds))
            try events.checkCancellation()
        }
    }

    /// Returns the out-of-sample probabilities of each row of features, `[N, D]`.
    @TensorActor
    private func probabilities(
        _ features: Tensor, labels: [Int], classes: Int, onFold: (Int) throws -> Void
    ) async throws -> LabeledProbabilities {
        guard Set(labels).count > 1 else {
            throw ApusError(
                .unsuitableData, "all readable images have the same label; at least two classes are required")
        }
        guard folds >= 2, folds <= labels.count else {
            throw ApusError(
                .invalidConfiguration, name: "folds", value: folds,
                "\(labels.count) images can't be divided into \(folds) folds",
                advice: "use at least 2 folds and at most as many as images")
        }
        let features = try Standardization(of: features)(features)
        let dealt = StratifiedFolds(labels: labels, count: folds, seed: seed)
        var values = [Double](repeating: 0, count: labels.count * classes)
        for fold in 0..<folds {
            let (inside, outside) = dealt.rows(of: fold)
            let probe = try await LinearProbe(
                features: features, labels: labels, rows: outside, classes: classes, strength: Self.strength)
            let found = try probe.probabilities(features.indexSelect(dim: 0, index: Tensor(inside))).array(
                as: Double.self)
            for (place, row) in inside.enumerated() {
                values.replaceSubrange(
                    row * classes..<(row + 1) * classes, with: found[place * classes..<(place + 1) * classes])
            }
            try onFold(fold + 1)
        }
        return LabeledProbabilities(labels: labels, classes: classes, values: values)
    }

    /// A row of features whose label is likely wrong.
    package struct Suspect: Sendable, Hashable {
        /// The row.
        package let row: Int
        /// The most probable label.
        package let likely: Int
        /// The out-of-sample probability of the given label.
        package let givenProbability: Double
        /// The out-of-sample probability of the most probable label.
        package let likelyProbability: Double
    }

    /// Finds labels that are likely wrong, given the features of the images. The thread of networks stays free for
    /// other work in between.
    ///
    /// - Parameters:
    ///   - features: the features `[N, D]`, row by row.
    ///   - labels: the label of each row, from 0.
    ///   - classes: the number of classes.
    ///   - onFold: called after each fold with its number, from 1. An error that it throws ends the check.
    /// - Returns: the rows, the least probable label first.
    /// - Throws: `ApusError` if there is only one class, or fewer rows than folds; `CancellationError` if the task is
    ///   canceled, and the errors of `onFold`.
    @TensorActor
    package func suspects(
        features: [Float], labels: [Int], classes: Int, onFold: @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> [Suspect] {
        let table = try Tensor(features, shape: [labels.count, features.count / max(1, labels.count)])
        let found = try await probabilities(table, labels: labels, classes: classes, onFold: onFold)
        return found.issues(ConfidentJoint(found)).map { row in
            let likely = found.likeliest(row)
            return Suspect(
                row: row, likely: likely, givenProbability: found.selfConfidence(row),
                likelyProbability: found[row, likely])
        }.sorted { ($0.givenProbability, $0.row) < ($1.givenProbability, $1.row) }
    }
}

/// The results of checking the labels of a dataset.
public struct LabelReport: Sendable, Codable {
    /// The rankings of label issues, the worst first.
    public enum Ranking: String, Sendable, Codable, CaseIterable {
        /// By the probability of the given label.
        case selfConfidence = "self-confidence"
        /// By the margin of the given label over the most probable other one.
        case normalizedMargin = "normalized-margin"
    }

    /// An image whose label is likely wrong.
    public struct Issue: Sendable, Codable, Equatable {
        /// The image and its given label.
        public let image: ImageInput.Entry
        /// The index in the input.
        public let index: Int
        /// The given label.
        public let given: String
        /// The most probable label.
        public let likely: String
        /// The probability of the given label, the self-confidence.
        public let givenProbability: Double
        /// The probability of the most probable label.
        public let likelyProbability: Double
        /// (p(given) - p(likely) + 1) / 2.
        public let normalizedMargin: Double
    }

    /// The label issues of a class.
    public struct ClassMetrics: Sendable, Codable, Equatable {
        /// The name of the class.
        public let name: String
        /// The number of images with this label.
        public let images: Int
        /// The mean probability of the class for these images; nil without images.
        public let threshold: Double?
        /// The number of labels that are likely wrong.
        public let issues: Int
        /// The estimated number of images with this label that are of each class, in the order of the classes: a row of
        /// the confident joint.
        public let estimatedTrueCounts: [Int]
    }

    /// The number of checked images.
    public let images: Int
    /// The number of unreadable images.
    public let unreadable: Int
    /// The number of folds.
    public let folds: Int
    /// The cross-validated accuracy: the fraction of labels that are predicted from the other folds, 0 to 1.
    public let agreement: Double
    /// The results by class.
    public let classes: [ClassMetrics]
    /// The labels that are likely wrong, the worst first.
    public let issues: [Issue]
    /// The estimated fraction of wrong labels, from the confident joint.
    public let estimatedNoise: Double
}
