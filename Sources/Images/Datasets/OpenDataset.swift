/// How a dataset was interpreted and why, so that users can check it before training.
public struct DatasetUnderstanding: Sendable, Codable, Equatable {
    /// A choice among several possibilities.
    public struct Choice: Sendable, Codable, Equatable {
        /// The choice, such as `column "label"`.
        public var source: String
        /// The reason, such as `named in the header`; nil if nothing else was possible.
        public var reason: String?

        /// Creates a choice with its reason.
        public init(_ source: String, because reason: String? = nil) {
            (self.source, self.reason) = (source, reason)
        }
    }

    /// The purposes of images.
    public enum Split: String, Sendable, Codable, CaseIterable {
        /// Training.
        case train
        /// Validation.
        case val
        /// Test.
        case test
    }

    /// A part of the data.
    public struct Part: Sendable, Codable, Equatable {
        /// The purpose of its images.
        public var split: Split
        /// The source of its images, such as `folder seg_train` or `rows with split "train"`.
        public var source: String
        /// The number of images.
        public var images: Int

        /// Creates a part from its properties.
        public init(_ split: Split, source: String, images: Int) {
            (self.split, self.source, self.images) = (split, source, images)
        }
    }

    /// The layout of the data.
    public var layout: DatasetLocation.Layout
    /// The source of the labels.
    public var labels: Choice
    /// The source of the image paths; nil if the images are found in folders.
    public var paths: Choice?
    /// The purpose of each part of the data. A single part may be split later.
    public var parts: [Part]
    /// What was left out and why, one sentence each.
    public var leftOut: [String]

    /// Creates an understanding from its properties.
    public init(
        layout: DatasetLocation.Layout, labels: Choice, paths: Choice? = nil, parts: [Part] = [],
        leftOut: [String] = []
    ) {
        self.layout = layout
        self.labels = labels
        self.paths = paths
        self.parts = parts
        self.leftOut = leftOut
    }
}

/// The dataset at a path: training images, and validation and test images if the data are split.
public struct OpenedDataset: Sendable {
    /// The location and layout.
    public let location: DatasetLocation

    /// The training images; all images if the path does not split them.
    public let training: any ImageDataset

    /// The images of `val/`, with the classes of `training`.
    public let validation: (any ImageDataset)?

    /// The images of `test/` or of MNIST's test files, with the classes of `training`.
    public let test: (any ImageDataset)?

    /// Warnings for the user, such as ignored files; one sentence each.
    public let notes: [String]

    /// How the data were interpreted: the source of labels, the purpose of each part, what was left out.
    public let understanding: DatasetUnderstanding

    /// The options with which it was opened.
    public let options: DatasetOptions

    /// The classes, in the order of their labels.
    public var classNames: [String] { training.classNames }

    /// Whether the dataset is multi-label.
    public var isMultiLabel: Bool { training.isMultiLabel }
}

/// Opens the dataset at a path in any of the known layouts, without reading images. An archive stands for the folder
/// that was packed: `photos.zip`, `photos.tar.gz/train`.
///
/// `options` contain patterns and classes. `minimumClasses` is the required number of classes: two for training, one
/// for evaluation. `allowsEmptyClasses` allows classes without images; parts other than `train/` may always lack some,
/// and so may classes of the options. Throws if the path is not usable, with a description of what to do; see
/// `DatasetError.Code`.
public func openDataset(
    at path: String, options: DatasetOptions = .init(), minimumClasses: Int = 2, allowsEmptyClasses: Bool = false
) throws(DatasetError) -> OpenedDataset {
    try options.validate()
    let pattern = try options.labelPattern.map { text throws(DatasetError) in try LabelPattern(text) }
    let location = try DatasetLocation(
        path: path, isPatternLabeled: pattern != nil, countsVideos: options.frameInterval != nil)
    try options.check(for: location)
    let opening = DatasetOpening(
        location: location, options: options, pattern: pattern, minimumClasses: minimumClasses,
        allowsEmptyClasses: allowsEmptyClasses)
    return switch location.layout {
    case .idxFiles: try opening.mnist()
    case .classFolders, .labelsInFileNames: try opening.folder()
    case .splitFolders: try opening.splitFolders()
    case .table: try opening.table()
    case .list: try opening.list()
    case .shards: try opening.shards()
    }
}
