public import Images

/// What a person gives as images: files and folders, a list, a table, or a dataset with its parts; and what is known of
/// them.
public struct ImageInput: Sendable {
    /// What is known of one image.
    public struct Entry: Sendable, Codable, Equatable {
        /// Its file, or what the dataset calls it.
        public let path: String
        /// Its class; several with semicolons between; nil where none is known.
        public let label: String?
        /// The part of the data that it is in, `train`, `val` or `test`; nil where the data is not split.
        public let split: String?
    }

    /// The images in their order; of a dataset, those to train with first.
    public let images: any ImageDataset
    /// Whether their labels mean anything.
    public let isLabeled: Bool
    /// What the user should know, such as files that are ignored; one sentence each.
    public let notes: [String]
    /// What was understood of the data; nil for images without labels.
    public let dataset: DataDescription?
    /// The name of each part, and behind which image it ends.
    private let parts: [(name: String?, end: Int)]

    /// Labeled images that are not in parts.
    public init(_ images: any ImageDataset) { self.init(images, isLabeled: true) }

    package init(
        _ images: any ImageDataset, isLabeled: Bool, notes: [String] = [], dataset: DataDescription? = nil,
        parts: [(name: String?, end: Int)]? = nil
    ) {
        (self.images, self.isLabeled, self.notes, self.dataset) = (images, isLabeled, notes, dataset)
        self.parts = parts ?? [(nil, images.count)]
    }

    /// Opens files and folders, in the order in which they are given; a folder with the files of MNIST or Fashion-MNIST
    /// gives their test images.
    ///
    /// - Parameters:
    ///   - paths: files and folders.
    ///   - limit: at most this many images, the first ones.
    /// - Throws: `DatasetError` where a folder can't be read or holds no image.
    public init(paths: [String], limit: Int? = nil) throws(DatasetError) {
        if paths.count == 1, let location = try? DatasetLocation(path: paths[0]), location.layout == .idxFiles {
            let opened = try openDataset(at: paths[0], minimumClasses: 1)
            let images = opened.test ?? opened.training
            self.init(images.first(limit), isLabeled: true, notes: opened.notes, dataset: DataDescription(opened))
        } else {
            let list = try PictureList(paths: paths)
            self.init(list.first(limit), isLabeled: false, notes: list.notes)
        }
    }

    /// Opens files and folders of a longer list, of which there may be none here; at most `limit` images of them.
    public init(partOfList paths: [String], limit: Int) {
        let list = PictureList(partOfList: paths)
        self.init(list.first(limit), isLabeled: false, notes: list.notes)
    }

    /// Opens all parts of a dataset in any layout that `openDataset` knows, or images without labels: a file, a folder
    /// that holds folders and images, one of images whose names before the first dot all differ.
    ///
    /// - Parameters:
    ///   - path: a file or a folder.
    ///   - options: how the data is read.
    ///   - ignoresLabels: takes any folder's images as they come, to its depths.
    ///   - limit: at most this many images of each part, spread over the classes.
    /// - Throws: `DatasetError` where the path can't be used.
    public init(
        at path: String, options: DatasetOptions = .init(), ignoresLabels: Bool = false, limit: Int? = nil
    ) throws(DatasetError) {
        let opened = ignoresLabels ? nil : try Self.openIfLabeled(path, options)
        guard let opened else {
            let list = try PictureList(paths: [path])
            self.init(limit.map { list.limited(to: $0) } ?? list, isLabeled: false, notes: list.notes)
            return
        }
        let found = [("train", opened.training), ("val", opened.validation), ("test", opened.test)]
            .compactMap { name, part in part.map { part in (name, limit.map { part.limited(to: $0) } ?? part) } }
            .filter { $0.1.count > 0 }
        let isSplit = found.count > 1 || [.splitFolders, .idxFiles].contains(opened.location.layout)
        var end = 0
        let parts = found.map { name, part in
            end += part.count
            return (isSplit ? name : nil, end)
        }
        self.init(
            ConcatDataset(found.map(\.1)), isLabeled: true, notes: opened.notes, dataset: DataDescription(opened),
            parts: parts)
    }

    /// Opens a dataset of which classes may be alone or without images.
    package static func open(_ path: String, _ options: DatasetOptions) throws(DatasetError) -> OpenedDataset {
        try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
    }

    /// The dataset; nil where a file or a folder has none, but may have images.
    private static func openIfLabeled(_ path: String, _ options: DatasetOptions) throws(DatasetError) -> OpenedDataset?
    {
        let opened: OpenedDataset
        do {
            opened = try open(path, options)
        } catch {
            let mayHoldImages = error.code == .ambiguous || error.code == .notAFolder
            guard mayHoldImages, options.labelPattern == nil, !DatasetLocation.isFileOfNames(path) else { throw error }
            return nil
        }
        // Where each name is a class of its own, as those of a camera are, they are no classes.
        let isOfNames = opened.location.layout == .labelsInFileNames && opened.options.labelPattern == nil
        return isOfNames && opened.training.count > 1 && opened.classNames.count == opened.training.count ? nil : opened
    }

    /// What is known of an image.
    public func entry(at index: Int) -> Entry {
        let classes = images.classNames
        return Entry(
            path: images.name(at: index),
            label: isLabeled ? images.labels(at: index).map { classes[$0] }.joined(separator: ";") : nil,
            split: split(at: index))
    }

    /// What was understood of the data, in a line or two.
    public var lines: [String] { dataset?.lines ?? ["\(counted(images.count, "image")), taken without labels"] }

    /// The part of the data that an image is in; nil where the data is not split.
    public func split(at index: Int) -> String? { parts.first { index < $0.end }?.name ?? nil }

    /// Whether the data is in parts.
    public var isSplit: Bool { parts.contains { $0.name != nil } }
}

extension ImageDataset {
    /// The first images; all of them where there is no limit.
    fileprivate func first(_ limit: Int?) -> any ImageDataset {
        guard let limit, limit < count else { return self }
        return Subset(of: self, indices: Array(0..<limit))
    }
}
