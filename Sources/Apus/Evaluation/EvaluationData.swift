public import TorchVision

/// A part of a dataset.
public enum EvaluationSplit: String, Sendable, Codable, CaseIterable {
    /// The pictures to learn from.
    case train
    /// Those set aside while training.
    case val
    /// Those never seen.
    case test
}

/// Labelled pictures to measure a classifier on.
public struct EvaluationData: Sendable {
    /// The pictures.
    public let pictures: any ImageDataset
    /// What the user should be told, such as files that are ignored.
    public let notes: [String]

    /// Opens a part of the dataset at a path.
    ///
    /// - Parameters:
    ///   - split: by default `test`, else `val`, else all that there is.
    ///   - training: how the classifier was trained. Where the data has no validation pictures of its own, `train` and
    ///     `val` are then the parts that training made of it by its seed, whole also where training was limited.
    ///   - labelPattern: a regular expression whose one group is the label, as in `DatasetOptions`.
    ///   - limit: at most so many pictures, spread over the classes.
    /// - Throws: `DatasetError`, also for a part that the dataset does not have.
    public init(
        at path: String, split: EvaluationSplit? = nil, training: TrainingSummary? = nil, labelPattern: String? = nil,
        limit: Int? = nil
    ) throws(DatasetError) {
        let options = DatasetOptions(labelPattern: labelPattern, groupPattern: training?.groupPattern)
        let opened = try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
        var (learned, aside, test) = (opened.training, opened.validation, opened.test)
        if aside == nil, split != nil, let training, let share = training.validationSplit {
            let parts = try opened.split(
                validation: .share(share), test: training.testSplit.map { .share($0) }, seed: training.seed)
            (learned, aside, test) = (parts.training, parts.validation, test ?? parts.test)
        }
        let part: (any ImageDataset)? =
            switch split {
            case .train: learned
            case .val: aside
            case .test: test
            case nil: test ?? aside ?? learned
            }
        guard let part else {
            throw DatasetError(
                .missing, path: path, "has no pictures for '\(split?.rawValue ?? "")'. Leave --split out.")
        }
        pictures = limit.map { part.limited(to: $0) } ?? part
        notes = opened.notes
    }
}
