public import Images
internal import Platform

/// Labeled images to measure a classifier on.
public struct EvaluationData: Sendable {
    /// The images.
    public let pictures: any ImageDataset
    /// The part that they are; nil for those that training did not learn from, and for data of one part.
    public let split: EvaluationSplit?
    /// How many of them the classifier was trained on.
    public let trainedOn: Int
    /// Warnings for the user, such as ignored files.
    public let notes: [String]
    /// What was understood of the data, all parts of it.
    public let dataset: DataDescription

    /// Opens a part of the dataset at a path.
    ///
    /// - Parameters:
    ///   - path: the data.
    ///   - split: by default `test`, else `val`, else all that there is. Where the data are not divided themselves and
    ///     the classifier was trained on some of these images, training's own parts take their place: those that it had
    ///     set aside for the test, else all that it did not learn from. `all` takes all images in any case.
    ///   - training: how the classifier was trained. It shows with which images; a model file of Apus 0.1 does not, and
    ///     its parts are made again by the seed.
    ///   - options: how the data are read. What they leave open is as in training, where the data can be read so.
    ///   - limit: at most this many images, spread over the classes.
    /// - Throws: `DatasetError`, also for a part that the dataset does not have.
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

    /// Opens the images to find a calibration on: by default `val`, given or set aside in training, else all that the
    /// classifier was not trained on. What is for the test is left for it.
    ///
    /// - Throws: as the other initialiser does.
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
        _ taken: (part: EvaluationSplit?, pictures: any ImageDataset), of parts: DataParts, split: EvaluationSplit?,
        limit: Int?
    ) throws(DatasetError) {
        pictures = limit.map { taken.pictures.limited(to: $0) } ?? taken.pictures
        self.split = taken.part
        dataset = DataDescription(parts.opened)
        trainedOn = try parts.trainedOn(pictures, of: taken.part)
        let note = parts.note(on: taken, wasNamed: split != nil, trainedOn: trainedOn)
        notes = parts.opened.notes + [note].compactMap(\.self)
    }
}

/// The parts of a dataset: its own, or else those that a training made of it.
package struct DataParts {
    package typealias Taken = (part: EvaluationSplit?, pictures: any ImageDataset)

    package let opened: OpenedDataset
    private let record: SplitRecord?
    /// To learn from, or all there is where nobody knows of parts.
    package private(set) var learned: any ImageDataset
    private var aside: (any ImageDataset)?
    package var test: (any ImageDataset)?
    /// Images that training did not have.
    private var others: (any ImageDataset)?
    /// How many images the training knew, of data that are not divided themselves.
    private var known = 0

    /// Opens the data; what the options leave open is as in training, where the data can be read so.
    ///
    /// - Parameter isSplitNamed: whether parts of an older model, which are made again by the seed, are of use.
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
        } else if isSplitNamed, let share = training.validationSplit {
            let parts = try opened.split(
                validation: .share(share), test: training.testSplit.map { .share($0) }, seed: training.seed)
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
        // Other data than those of the training may give their labels in another way.
        if let known = training?.completed(options), known != options, let opened = try? open(known) { return opened }
        return try open(options)
    }

    package subscript(part: EvaluationSplit) -> Taken? {
        let pictures: (any ImageDataset)? =
            switch part {
            case .train: learned.count > 0 ? learned : nil
            case .val: aside
            case .test: test
            case .all: all
            }
        return pictures.map { (part, $0) }
    }

    package var all: any ImageDataset {
        let parts = known > 0 ? [opened.training, opened.test] : [learned, aside, test]
        let present = parts.compactMap(\.self)
        return present.count == 1 ? present[0] : ConcatDataset(present)
    }

    /// What training did not learn from, without what is for the test.
    package var unseen: Taken? {
        let parts = [aside, others].compactMap(\.self)
        guard let first = parts.first else { return nil }
        if parts.count == 1 { return (others == nil ? .val : nil, first) }
        return (nil, ConcatDataset(parts))
    }

    /// What is evaluated where no part is named.
    package func usual() -> Taken? { self[.test] ?? unseen ?? (nil, learned) }

    /// How many images of a part the classifier was trained on.
    package func trainedOn(_ pictures: any ImageDataset, of part: EvaluationSplit?) throws(DatasetError) -> Int {
        guard let record else { return 0 }
        // These were distinguished by the record itself.
        if known > 0 {
            if part == .train || part == nil && unseen == nil { return pictures.count }
            if part == .val || part == nil || part == .test && opened.test == nil { return 0 }
        }
        return record.parts(of: try pictures.identities(within: opened.folder)).count { $0 == .train }
    }

    /// Warnings about how the images taken and those of the training overlap.
    package func note(on taken: Taken, wasNamed: Bool, trainedOn: Int) -> String? {
        func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count.grouped) images" }
        if trainedOn > 0 {
            guard taken.part != .train else { return nil }
            let all = trainedOn == taken.pictures.count
            return "the classifier was trained on \(all ? "all" : "\(trainedOn.grouped)") of these "
                + "\(images(taken.pictures.count)), so the result is better than on new ones"
        }
        guard known > 0, !wasNamed, learned.count > 0 else { return nil }
        let part =
            switch taken.part {
            case .test: "the \(images(taken.pictures.count)) set aside for the test"
            case .val: "the \(images(taken.pictures.count)) set aside for validation"
            default: "the \(images(taken.pictures.count)) that it was not trained on"
            }
        return "the classifier was trained on \(images(learned.count)) of these data; used are \(part) "
            + "(`split = .all` for all)"
    }
}
