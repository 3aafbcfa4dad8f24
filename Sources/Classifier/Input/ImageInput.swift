public import Images

/// Images as input: files and folders, a list, a table, or a dataset with its splits.
public struct ImageInput: Sendable {
    /// The path and the labels of an image.
    public struct Entry: Sendable, Codable, Equatable {
        /// The path of the file, or the name in the dataset.
        public let path: String
        /// The label, or several labels separated by semicolons; nil without labels.
        public let label: String?
        /// The split, `train`, `val` or `test`; nil if the data is not split.
        public let split: String?
    }

    /// The images in order; of a dataset, training images first.
    public let images: any ImageDataset
    /// Whether the images have labels.
    public let isLabeled: Bool
    /// Notes for the user, such as ignored files.
    public let notes: [String]
    /// How the data was interpreted; nil for images without labels.
    public let dataset: DataDescription?
    /// The first folder or archive that can't be read, or has no images.
    package let firstProblem: DatasetError?
    /// The name of each split, and the index after its last image.
    private let parts: [(name: String?, end: Int)]

    /// Creates an input from labeled images that are not split.
    public init(_ images: any ImageDataset) { self.init(images, isLabeled: true) }

    package init(
        _ images: any ImageDataset, isLabeled: Bool, notes: [String] = [], dataset: DataDescription? = nil,
        parts: [(name: String?, end: Int)]? = nil, firstProblem: DatasetError? = nil
    ) {
        (self.images, self.isLabeled, self.notes, self.dataset) = (images, isLabeled, notes, dataset)
        self.parts = parts ?? [(nil, images.count)]
        self.firstProblem = firstProblem
    }

    /// Opens files, folders and images at URLs (http and https) in their order. For the folder of MNIST or
    /// Fashion-MNIST, opens the test images.
    ///
    /// - Parameters:
    ///   - paths: files, folders and URLs.
    ///   - limit: the largest number of images, the first ones.
    ///   - cache: a folder that keeps images at URLs; nil to fetch them each time.
    ///   - frameInterval: the time between the frames of videos, which are read now and become images; nil leaves the
    ///     videos in folders out. See also `ImageInputParts`.
    /// - Throws: `DatasetError` if a folder can't be read or contains no image.
    public init(
        paths: [String], limit: Int? = nil, cache: String? = nil, frameInterval: Duration? = nil
    ) throws(DatasetError) {
        if paths.count == 1, let location = try? DatasetLocation(path: paths[0]), location.layout == .idxFiles {
            let opened = try openDataset(at: paths[0], minimumClasses: 1)
            let images = opened.test ?? opened.training
            self.init(images.first(limit), isLabeled: true, notes: opened.notes, dataset: DataDescription(opened))
        } else {
            let list = try ImageList(paths: paths, cache: cache, frameInterval: frameInterval)
            self.init(list.first(limit), isLabeled: false, notes: list.notes, firstProblem: list.firstProblem)
        }
    }

    /// Selects at most `count` images at random, in their order. The selection depends only on the seed and the number
    /// of images.
    public func sampled(_ count: Int, seed: UInt64 = 0) -> ImageInput {
        let sample = images.sampled(count, seed: seed)
        let parts = parts.map { part in (name: part.name, end: sample.indices.count { $0 < part.end }) }
        return ImageInput(sample, isLabeled: isLabeled, notes: notes, dataset: dataset, parts: parts)
    }

    /// Opens a part of a longer list of files and folders, possibly empty, with at most `limit` images.
    public init(partOfList paths: [String], limit: Int, cache: String? = nil) {
        let list = ImageList(partOfList: paths, cache: cache)
        self.init(list.first(limit), isLabeled: false, notes: list.notes, firstProblem: list.firstProblem)
    }

    /// Opens all splits of a dataset in any layout that `openDataset` supports, or images without labels: a file, or a
    /// folder without a recognizable layout.
    ///
    /// - Parameters:
    ///   - path: a file or a folder.
    ///   - options: the options for reading the data.
    ///   - ignoresLabels: whether to open all images of a folder recursively, without labels.
    ///   - limit: the largest number of images of each split, spread over the classes.
    /// - Throws: `DatasetError` if the path can't be used.
    public init(
        at path: String, options: DatasetOptions = .init(), ignoresLabels: Bool = false, limit: Int? = nil
    ) throws(DatasetError) {
        let opened = ignoresLabels ? nil : try Self.openIfLabeled(path, options)
        guard let opened else {
            let list = try ImageList(paths: [path], frameInterval: options.frameInterval)
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

    /// Opens a dataset that may have a single class or empty classes.
    package static func open(_ path: String, _ options: DatasetOptions) throws(DatasetError) -> OpenedDataset {
        try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
    }

    /// Returns the dataset; nil if the path is not a dataset, but may contain images.
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
        // If each file name is different, as from a camera, the names are not classes.
        let isOfNames = opened.location.layout == .labelsInFileNames && opened.options.labelPattern == nil
        return isOfNames && opened.training.count > 1 && opened.classNames.count == opened.training.count ? nil : opened
    }

    /// Returns the path and the labels of an image.
    public func entry(at index: Int) -> Entry {
        let classes = images.classNames
        return Entry(
            path: images.name(at: index),
            label: isLabeled ? images.labels(at: index).map { classes[$0] }.joined(separator: ";") : nil,
            split: split(at: index))
    }

    /// Returns the path of an image for people; of a frame with its time: `clip.mp4 0:12.0`.
    package func place(at index: Int) -> String {
        let name = images.name(at: index)
        return (images as? any TimedImages).map { "\(name) \($0.time(at: index).videoTime)" } ?? name
    }

    /// A description of the data in one or two lines.
    public var lines: [String] { dataset?.lines ?? ["\(counted(images.count, "image")) without labels"] }

    /// Returns the split of an image; nil if the data is not split.
    public func split(at index: Int) -> String? { parts.first { index < $0.end }?.name ?? nil }

    /// Whether the data is split.
    public var isSplit: Bool { parts.contains { $0.name != nil } }
}

extension ImageDataset {
    /// Returns the first images; all images without a limit.
    fileprivate func first(_ limit: Int?) -> any ImageDataset {
        guard let limit, limit < count else { return self }
        return Subset(of: self, indices: Array(0..<limit))
    }
}

/// A dataset of one image without a label.
package struct SingleImage: ImageDataset {
    private enum Content {
        case encoded(EncodedImage)
        case decoded(Image)
    }

    /// The name of the image in errors.
    package let name: String
    private let content: Content

    package init(path: String) { self.init(EncodedImage(path: path), named: path) }

    package init(_ image: EncodedImage, named name: String) { (self.name, content) = (name, .encoded(image)) }

    package init(_ image: Image, named name: String) { (self.name, content) = (name, .decoded(image)) }

    package var classNames: [String] { [""] }
    package var count: Int { 1 }
    package func label(at index: Int) -> Int { 0 }
    package func name(at index: Int) -> String { name }

    package func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        switch content {
        case .encoded(let image): try Image(decoding: image, options: options)
        case .decoded(let image): image
        }
    }

    package func encodedImage(at index: Int) throws -> EncodedImage? {
        if case .encoded(let image) = content { image } else { nil }
    }

    /// Returns the error for an unreadable image.
    package func unreadable(_ failure: SampleFailure?) -> ApusError {
        ApusError(
            .unreadableImage, name: name, failure?.description ?? "\(name): contains no image",
            underlyingError: failure?.error)
    }
}
