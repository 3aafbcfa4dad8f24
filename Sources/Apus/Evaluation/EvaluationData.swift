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
    ///   - labelPattern: a regular expression whose one group is the label, as in `DatasetOptions`; nil for the one that
    ///     the classifier was trained with, where the data can be read by it.
    ///   - limit: at most so many pictures, spread over the classes.
    /// - Throws: `DatasetError`, also for a part that the dataset does not have.
    public init(
        at path: String, split: EvaluationSplit? = nil, training: TrainingSummary? = nil, labelPattern: String? = nil,
        limit: Int? = nil
    ) throws(DatasetError) {
        let opened = try Self.open(path, training: training, labelPattern: labelPattern)
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

    /// Opens the pictures to find a calibration on: by default `val`, given or set aside in training, else all. What is for
    /// the test is left for it.
    ///
    /// - Throws: as the other initialiser does.
    public init(
        calibrationAt path: String, split: EvaluationSplit? = nil, training: TrainingSummary? = nil,
        labelPattern: String? = nil, limit: Int? = nil
    ) throws(DatasetError) {
        func open(_ split: EvaluationSplit) throws(DatasetError) -> EvaluationData {
            try EvaluationData(at: path, split: split, training: training, labelPattern: labelPattern, limit: limit)
        }
        guard split == nil else {
            self = try open(split ?? .val)
            return
        }
        do {
            self = try open(.val)
        } catch  where error.reason == .missing {
            self = try open(.train)
        }
    }

    private static func open(
        _ path: String, training: TrainingSummary?, labelPattern: String?
    ) throws(DatasetError) -> OpenedDataset {
        func open(_ pattern: String?) throws(DatasetError) -> OpenedDataset {
            let options = DatasetOptions(labelPattern: pattern, groupPattern: training?.groupPattern)
            return try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
        }
        // Other data than those of the training may tell their labels in another way.
        if labelPattern == nil, let known = training?.labelPattern, let opened = try? open(known) { return opened }
        return try open(labelPattern)
    }
}
