/// What a path held: pictures to train with, and those set aside where the path had them apart.
public struct OpenedDataset: Sendable {
    /// Where it lies and how it is laid out.
    public let location: DatasetLocation

    /// The pictures to train with; all pictures where the path does not split them.
    public let training: any ImageDataset

    /// The pictures of `val/`, with the classes of `training`.
    public let validation: (any ImageDataset)?

    /// The pictures of `test/` or of MNIST's test files, with the classes of `training`.
    public let test: (any ImageDataset)?

    /// What the user should be told, such as files that are ignored; one sentence each.
    public let notes: [String]

    /// The classes, in the order of their labels.
    public var classNames: [String] { training.classNames }
}

/// Opens the dataset at a path, whichever of the known layouts it has. No picture is read yet.
///
/// `minimumClasses` is how many classes must be there: two to train, one to evaluate.
/// `allowsEmptyClasses` lets a class be without pictures; parts other than `train/` may always lack some.
/// Throws where the path can't be used, and says what to do; see `DatasetError.Reason`.
public func openDataset(
    at path: String, minimumClasses: Int = 2, allowsEmptyClasses: Bool = false
) throws(DatasetError) -> OpenedDataset {
    let location = try DatasetLocation(path: path)
    switch location.layout {
    case .idxFiles:
        return try openMNIST(at: location)
    case .classFolders, .labelsInFileNames:
        let part = try openPart(at: location, allowsEmptyClasses: allowsEmptyClasses)
        try check(part.dataset, at: location, minimumClasses: minimumClasses)
        return OpenedDataset(
            location: location, training: part.dataset, validation: nil, test: nil, notes: part.notes)
    case .splitFolders:
        return try openSplits(at: location, minimumClasses: minimumClasses, allowsEmptyClasses: allowsEmptyClasses)
    }
}

private func openSplits(
    at location: DatasetLocation, minimumClasses: Int, allowsEmptyClasses: Bool
) throws(DatasetError) -> OpenedDataset {
    var locations: [SplitFolder: DatasetLocation] = [:]
    for entry in try FilePath(location.path).folderEntries() where entry.kind == .folder {
        guard let split = SplitFolder(name: entry.name) else { continue }
        locations[split] = try DatasetLocation(path: FilePath(location.path).appending(entry.name).text)
    }
    guard let trainingLocation = locations[.training], trainingLocation.layout != .splitFolders else {
        throw DatasetError(
            .ambiguous, path: location.path, "its folder train is split once more. Give the path of the inner folder.")
    }
    let training = try openPart(at: trainingLocation, allowsEmptyClasses: allowsEmptyClasses)
    try check(training.dataset, at: trainingLocation, minimumClasses: minimumClasses)
    var notes = training.notes
    var others: [SplitFolder: any ImageDataset] = [:]
    for split in [SplitFolder.validation, .test] {
        guard let part = locations[split] else { continue }
        // The classes of training are those of evaluation, also where evaluation lacks one.
        let opened = try openPart(at: part, allowsEmptyClasses: true)
        notes += opened.notes
        do throws(DatasetError) {
            others[split] = try opened.dataset.relabelled(to: training.dataset.classNames)
        } catch {
            throw DatasetError(error.reason, path: part.path, error.message)
        }
    }
    return OpenedDataset(
        location: location, training: training.dataset, validation: others[.validation], test: others[.test],
        notes: notes)
}

private func openPart(
    at location: DatasetLocation, allowsEmptyClasses: Bool
) throws(DatasetError) -> (dataset: any ImageDataset, notes: [String]) {
    let (dataset, ignored): (any ImageDataset, IgnoredFiles)
    switch location.layout {
    case .classFolders:
        let folder = try ImageFolder(path: location.path, allowsEmptyClasses: allowsEmptyClasses)
        (dataset, ignored) = (folder, folder.ignored)
    case .labelsInFileNames:
        let folder = try FilenameLabelledFolder(path: location.path)
        (dataset, ignored) = (folder, folder.ignored)
    case .idxFiles, .splitFolders:
        throw DatasetError(
            .ambiguous, path: location.path, "holds a dataset of its own. Give the path of this folder alone.")
    }
    return (dataset, ignored.count > 0 ? [ignored.description] : [])
}

private func openMNIST(at location: DatasetLocation) throws(DatasetError) -> OpenedDataset {
    let folder = FilePath(location.path)
    guard MNIST.exists(in: folder, part: .training) else {
        let test = try MNIST(path: location.path, part: .test)
        return OpenedDataset(location: location, training: test, validation: nil, test: nil, notes: [])
    }
    let training = try MNIST(path: location.path, part: .training)
    let test =
        MNIST.exists(in: folder, part: .test)
        ? try MNIST(path: location.path, part: .test, classNames: training.classNames) : nil
    return OpenedDataset(location: location, training: training, validation: nil, test: test, notes: [])
}

private func check(
    _ dataset: any ImageDataset, at location: DatasetLocation, minimumClasses: Int
) throws(DatasetError) {
    let classes = dataset.classNames.count
    if classes < minimumClasses {
        throw DatasetError(
            .tooFewClasses, path: location.path,
            "holds \(classes == 1 ? "one class only, \"\(dataset.classNames[0])\"" : "\(classes) classes"), and "
                + "\(minimumClasses) are needed. "
                + (location.layout == .classFolders
                    ? "Give the folder that holds all the class folders, or add pictures of something else."
                    : "Name the pictures label.number.jpg, such as cat.1.jpg, or make a folder for each class."))
    }
    // IMG_0001.jpg, IMG_0002.jpg: names without a label in them.
    if location.layout == .labelsInFileNames, dataset.count >= 4, classes * 2 > dataset.count {
        throw DatasetError(
            .ambiguous, path: location.path,
            "the part of the file names before the first dot should be the label, which would give \(classes) classes "
                + "for \(dataset.count) pictures. Name them label.number.jpg, or make a folder for each class.")
    }
}
