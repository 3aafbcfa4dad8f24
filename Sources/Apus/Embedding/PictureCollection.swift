public import Images
internal import Platform
internal import TorchVision

/// Pictures with whatever is known of them: labels and parts of a dataset, or nothing at all.
public struct PictureCollection: Sendable {
    /// What is known of one.
    public struct Picture: Sendable, Codable, Equatable {
        /// Its file, or what the dataset calls it.
        public let path: String
        /// Its class; several with semicolons between; nil where none is known.
        public let label: String?
        /// The part of the data that it is in, `train`, `val` or `test`; nil where the data is not split.
        public let split: String?
    }

    /// All pictures, those to train with first.
    public let pictures: any ImageDataset
    /// Whether their labels mean anything.
    public let isLabelled: Bool
    /// What the user should be told, such as files that are ignored.
    public let notes: [String]
    /// What was understood of the data; nil for images without labels.
    public let dataset: DataDescription?
    /// The name of each part, and behind which picture it ends.
    private let parts: [(name: String?, end: Int)]

    /// Opens all parts of a dataset in any layout that `openDataset` knows, or pictures without labels: a file, a folder
    /// that holds folders and pictures, one of pictures whose names before the first dot all differ.
    ///
    /// - Parameters:
    ///   - ignoresLabels: takes any folder's pictures as they come, to its depths.
    ///   - limit: at most so many pictures of each part, spread over the classes.
    /// - Throws: `DatasetError` where the path can't be used.
    public init(
        at path: String, options: DatasetOptions = .init(), ignoresLabels: Bool = false, limit: Int? = nil
    ) throws(DatasetError) {
        let opened = ignoresLabels ? nil : try Self.open(path, options)
        guard let opened, !Self.isWithoutLabels(opened) else {
            let list = try PictureList(paths: [path])
            pictures = limit.map { list.limited(to: $0) } ?? list
            (isLabelled, dataset, parts) = (false, nil, [(nil, pictures.count)])
            notes = list.ignored.notes
            return
        }
        let found = [("train", opened.training), ("val", opened.validation), ("test", opened.test)]
            .compactMap { name, part in part.map { part in (name, limit.map { part.limited(to: $0) } ?? part) } }
            .filter { $0.1.count > 0 }
        let isSplit = found.count > 1 || [.splitFolders, .idxFiles].contains(opened.location.layout)
        var end = 0
        parts = found.map { name, part in
            end += part.count
            return (isSplit ? name : nil, end)
        }
        (pictures, isLabelled, notes) = (ConcatDataset(found.map(\.1)), true, opened.notes)
        dataset = DataDescription(opened)
    }

    /// Labelled pictures that are not in parts.
    public init(_ pictures: any ImageDataset) {
        (self.pictures, isLabelled, notes, parts) = (pictures, true, [], [(nil, pictures.count)])
        dataset = nil
    }

    /// The dataset; nil where a file or a folder has none, but may have pictures.
    private static func open(_ path: String, _ options: DatasetOptions) throws(DatasetError) -> OpenedDataset? {
        do {
            return try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
        } catch {
            let mayHoldPictures = error.reason == .ambiguous || error.reason == .notAFolder
            guard mayHoldPictures, options.labelPattern == nil, !DatasetLocation.isFileOfNames(path) else {
                throw error
            }
            return nil
        }
    }

    /// Whether each name is a class of its own, as those of a camera are.
    private static func isWithoutLabels(_ opened: OpenedDataset) -> Bool {
        opened.location.layout == .labelsInFileNames && opened.options.labelPattern == nil
            && opened.training.count > 1 && opened.classNames.count == opened.training.count
    }

    /// What is known of a picture.
    public func picture(at index: Int) -> Picture {
        let classes = pictures.classNames
        return Picture(
            path: pictures.name(at: index),
            label: isLabelled ? pictures.labels(at: index).map { classes[$0] }.joined(separator: ";") : nil,
            split: split(at: index))
    }

    /// What was understood of the data, in two lines.
    public var lines: [String] {
        dataset?.lines ?? ["\(counted(pictures.count, "image")), taken without labels"]
    }

    /// The part of the data that a picture is in; nil where the data is not split.
    public func split(at index: Int) -> String? { parts.first { index < $0.end }?.name ?? nil }

    /// Whether the data is in parts.
    public var isSplit: Bool { parts.contains { $0.name != nil } }
}
