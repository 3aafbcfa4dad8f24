/// What a path held: images to train with, and those set aside where the path had them apart.
public struct OpenedDataset: Sendable {
    /// Where it lies and how it is laid out.
    public let location: DatasetLocation

    /// The images to train with; all images where the path does not split them.
    public let training: any ImageDataset

    /// The images of `val/`, with the classes of `training`.
    public let validation: (any ImageDataset)?

    /// The images of `test/` or of MNIST's test files, with the classes of `training`.
    public let test: (any ImageDataset)?

    /// Warnings for the user, such as ignored files; one sentence each.
    public let notes: [String]

    /// How the data were read: where labels come from, which part serves which purpose, what was left out.
    public let understanding: DatasetUnderstanding

    /// How it was asked for.
    public let options: DatasetOptions

    /// The classes, in the order of their labels.
    public var classNames: [String] { training.classNames }

    /// Whether images may have several labels.
    public var isMultiLabel: Bool { training.isMultiLabel }
}

/// Opens the dataset at a path, whichever of the known layouts it has. No image is read yet.
///
/// `options` hold patterns and classes. `minimumClasses` is how many classes must be there: two to train, one to
/// evaluate. `allowsEmptyClasses` lets a class be without images; parts other than `train/` may always lack some, and
/// so may classes that the options name.
/// Throws where the path can't be used, and describes what to do; see `DatasetError.Code`.
public func openDataset(
    at path: String, options: DatasetOptions = .init(), minimumClasses: Int = 2, allowsEmptyClasses: Bool = false
) throws(DatasetError) -> OpenedDataset {
    try options.validate()
    let pattern = try options.labelPattern.map { text throws(DatasetError) in try LabelPattern(text) }
    let location = try DatasetLocation(path: path, isPatternLabelled: pattern != nil)
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
    }
}
