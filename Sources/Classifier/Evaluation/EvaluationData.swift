public import Images
internal import Platform

/// Labeled images for the evaluation of a classifier.
public struct EvaluationData: Sendable {
    /// The images.
    public let images: any ImageDataset
    /// The split; nil for images that were not used for training, and for data that is not split.
    public let split: EvaluationSplit?
    /// The number of images that the classifier was trained on.
    public let trainedOn: Int
    /// Warnings for the user, such as ignored files.
    public let notes: [String]
    /// How the data was interpreted, including all splits.
    public let dataset: DataDescription

    /// Opens a split of the dataset at a path.
    ///
    /// - Parameters:
    ///   - path: the data.
    ///   - split: the split to open. By default `test`, otherwise `val`, otherwise all images. If the data is not split
    ///     and the classifier was trained on some of the images, the default is the test images of the training,
    ///     otherwise all images that were not used for training. `all` opens all images.
    ///   - training: how the classifier was trained, including the digests of its images. A model file of Apus 0.1 has
    ///     no digests; its splits are then recomputed from the seed.
    ///   - options: the options for reading the data. Unset options are as in training if the data can be read that
    ///     way.
    ///   - limit: the largest number of images, spread over the classes.
    /// - Throws: `DatasetError`, for example if the dataset does not have the split.
    public init(
        at path: String, split: EvaluationSplit? = nil, training: TrainingSummary? = nil,
        options: DatasetOptions = .init(), limit: Int? = nil
    ) throws(DatasetError) {
        let parts = try DataParts(
            at: path, training, options: options, isSplitNamed: split != nil && split != .all)
        guard let taken = split == nil ? parts.usual() : parts[split ?? .all] else {
            throw DatasetError(
                .missing, path: path, "has no images for '\(split?.rawValue ?? "")'. Leave `split` out.")
        }
        try self.init(taken, of: parts, split: split, limit: limit)
    }

    /// Opens images for calibration: by default the validation images of the data or of the training, otherwise all
    /// images that the classifier was not trained on, except test images.
    ///
    /// - Throws: the errors of the other initializer.
    public init(
        calibrationAt path: String, split: EvaluationSplit? = nil, training: TrainingSummary? = nil,
        options: DatasetOptions = .init(), limit: Int? = nil
    ) throws(DatasetError) {
        guard split == nil else {
            try self.init(at: path, split: split, training: training, options: options, limit: limit)
            return
        }
        let parts = try DataParts(at: path, training, options: options, isSplitNamed: true)
        try self.init(parts[.val] ?? parts.unseen ?? (nil, parts.learned), of: parts, split: nil, limit: limit)
    }

    private init(
        _ taken: (part: EvaluationSplit?, images: any ImageDataset), of parts: DataParts, split: EvaluationSplit?,
        limit: Int?
    ) throws(DatasetError) {
        images = limit.map { taken.images.limited(to: $0) } ?? taken.images
        self.split = taken.part
        dataset = DataDescription(parts.opened)
        trainedOn = try parts.trainedOn(images, of: taken.part)
        let note = parts.note(on: taken, wasNamed: split != nil, trainedOn: trainedOn)
        notes = parts.opened.notes + [note].compactMap(\.self)
    }
}

/// The splits of a dataset: its own, or those of a training.
package struct DataParts {
    package typealias Taken = (part: EvaluationSplit?, images: any ImageDataset)

    package let opened: OpenedDataset
    private let record: SplitRecord?
    /// The training images, or all images if no splits are known.
    package private(set) var learned: any ImageDataset
    private var aside: (any ImageDataset)?
    package var test: (any ImageDataset)?
    /// The images that training did not use.
    private var others: (any ImageDataset)?
    /// The number of images known from the training, for data that is not split.
    private var known = 0

    /// Opens the data. Unset options are as in training if the data can be read that way.
    ///
    /// - Parameter isSplitNamed: whether to recompute the splits of an older model from the seed.
    package init(
        at path: String, _ training: TrainingSummary?, options: DatasetOptions, isSplitNamed: Bool
    ) throws(DatasetError) {
        opened = try Self.open(path, training, options)
        record = training?.split
        (learned, aside, test) = (opened.training, opened.validation, opened.test)
        guard aside == nil, let training else { return }
        if let record {
            let all = opened.training
            let parts = record.parts(of: try all.identities(within: opened.folder))
            known = parts.count { $0 != nil }
            guard known > 0 else { return }
            func part(_ wanted: EvaluationSplit?) -> (any ImageDataset)? {
                let places = parts.indices.filter { parts[$0] == wanted }
                return places.isEmpty ? nil : Subset(of: all, indices: places)
            }
            learned = part(.train) ?? Subset(of: all, indices: [])
            (aside, test, others) = (part(.val), test ?? part(.test), part(nil))
        } else if isSplitNamed, let fraction = training.validationSplit {
            let parts = try opened.split(
                validation: .fraction(fraction), test: training.testSplit.map { .fraction($0) }, seed: training.seed)
            (learned, aside, test) = (parts.training, parts.validation, test ?? parts.test)
        }
    }

    private static func open(
        _ path: String, _ training: TrainingSummary?, _ options: DatasetOptions
    ) throws(DatasetError) -> OpenedDataset {
        func open(_ options: DatasetOptions) throws(DatasetError) -> OpenedDataset {
            var options = options
            options.groupPattern = training?.groupPattern
            return try ImageInput.open(path, options)
        }
        // Other data than that of the training may have its labels in another form.
        if let known = training?.completed(options), known != options, let opened = try? open(known) { return opened }
        return try open(options)
    }

    package subscript(part: EvaluationSplit) -> Taken? {
        let images: (any ImageDataset)? =
            switch part {
            case .train: learned.count > 0 ? learned : nil
            case .val: aside
            case .test: test
            case .all: all
            }
        return images.map { (part, $0) }
    }

    package var all: any ImageDataset {
        let parts = known > 0 ? [opened.training, opened.test] : [learned, aside, test]
        let present = parts.compactMap(\.self)
        return present.count == 1 ? present[0] : ConcatDataset(present)
    }

    /// The images that were not used for training, without test images.
    package var unseen: Taken? {
        let parts = [aside, others].compactMap(\.self)
        guard let first = parts.first else { return nil }
        if parts.count == 1 { return (others == nil ? .val : nil, first) }
        return (nil, ConcatDataset(parts))
    }

    /// The images that are evaluated by default.
    package func usual() -> Taken? { self[.test] ?? unseen ?? (nil, learned) }

    /// Returns the number of images of a split that the classifier was trained on.
    package func trainedOn(_ images: any ImageDataset, of part: EvaluationSplit?) throws(DatasetError) -> Int {
        guard let record else { return 0 }
        // The record itself already separates these images.
        if known > 0 {
            if part == .train || part == nil && unseen == nil { return images.count }
            if part == .val || part == nil || part == .test && opened.test == nil { return 0 }
        }
        return record.parts(of: try images.identities(within: opened.folder)).count { $0 == .train }
    }

    /// Returns a note about the overlap of the evaluated images with the training images.
    package func note(on taken: Taken, wasNamed: Bool, trainedOn: Int) -> String? {
        func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count.grouped) images" }
        if trainedOn > 0 {
            guard taken.part != .train else { return nil }
            let all = trainedOn == taken.images.count
            return "the classifier was trained on \(all ? "all" : "\(trainedOn.grouped)") of these "
                + "\(images(taken.images.count)), so the result is better than on new images"
        }
        guard known > 0, !wasNamed, learned.count > 0 else { return nil }
        let part =
            switch taken.part {
            case .test: "the \(images(taken.images.count)) of the test split"
            case .val: "the \(images(taken.images.count)) of the validation split"
            default: "the \(images(taken.images.count)) that it was not trained on"
            }
        return "the classifier was trained on \(images(learned.count)) of this data; the result is for \(part) "
            + "(`split = .all` for all)"
    }
}
