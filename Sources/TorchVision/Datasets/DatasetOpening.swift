/// The ways of opening a dataset, one for each layout.
struct DatasetOpening {
    let location: DatasetLocation
    let options: DatasetOptions
    let pattern: LabelPattern?
    let minimumClasses: Int
    let allowsEmptyClasses: Bool

    /// A folder that is not split.
    func folder() throws(DatasetError) -> OpenedDataset {
        let part = try part(at: location, allowsEmptyClasses: allowsEmptyClasses)
        return try finish(
            training: part.dataset, labels: labels(of: location), leftOut: part.leftOut, location: location)
    }

    /// `train/`, and what lies beside it.
    func splitFolders() throws(DatasetError) -> OpenedDataset {
        var locations: [SplitFolder: DatasetLocation] = [:]
        var sources: [SplitFolder: String] = [:]
        var ignored = IgnoredFiles()
        for entry in try FilePath(location.path).dataEntries(ignored: &ignored) where entry.kind == .folder {
            guard let split = SplitFolder(name: entry.name) else { continue }
            sources[split] = "folder \(String(decoding: entry.name, as: UTF8.self))"
            locations[split] = try DatasetLocation(
                path: FilePath(location.path).appending(entry.name).text, isPatternLabelled: pattern != nil)
        }
        guard let trainingLocation = locations[.training], trainingLocation.layout != .splitFolders else {
            throw DatasetError(
                .ambiguous, path: location.path,
                "its folder train is split once more. Give the path of the inner folder.")
        }
        let training = try part(at: trainingLocation, allowsEmptyClasses: allowsEmptyClasses)
        var leftOut = ignored.notes + training.leftOut
        var others: [SplitFolder: any ImageDataset] = [:]
        for split in [SplitFolder.validation, .test] {
            guard let place = locations[split] else { continue }
            // The classes of training are those of evaluation, also where evaluation lacks one.
            let opened = try part(at: place, allowsEmptyClasses: true)
            leftOut += opened.leftOut
            do throws(DatasetError) {
                others[split] = try opened.dataset.relabelled(
                    to: options.classes.map { matched($0, to: [training.dataset, opened.dataset]) }
                        ?? training.dataset.classNames)
            } catch {
                throw DatasetError(error.reason, path: place.path, error.message)
            }
        }
        return try finish(
            training: training.dataset, validation: others[.validation], test: others[.test],
            labels: labels(of: trainingLocation), sources: sources, leftOut: leftOut, location: trainingLocation)
    }

    /// A CSV or TSV file.
    func table() throws(DatasetError) -> OpenedDataset {
        let table = try PictureTable(path: location.path, pattern: pattern)
        let classNames = LabelledFiles.classNames(of: table.rows.lazy.map(\.entry))
        func part(_ split: SplitFolder) -> (any ImageDataset)? {
            let entries = table.entries(split)
            return entries.isEmpty
                ? nil : LabelledFiles(entries, classNames: classNames, isMultiLabel: table.isMultiLabel)
        }
        let nothing = LabelledFiles([], classNames: classNames, isMultiLabel: table.isMultiLabel)
        let training = part(.training)
        if training == nil, !allowsEmptyClasses {
            throw DatasetError(
                .empty, path: location.path, "names no picture to train with. Write train (or nothing) as their split.")
        }
        return try finish(
            training: training ?? nothing, validation: part(.validation), test: part(.test),
            labels: pattern == nil ? .init("label column") : labels(of: location), paths: .init("path column"),
            sources: table.hasSplits
                ? Dictionary(uniqueKeysWithValues: SplitFolder.allCases.map { ($0, "split column") }) : [:],
            leftOut: table.notes, location: location)
    }

    /// A list of files.
    func list() throws(DatasetError) -> OpenedDataset {
        let list = try PictureListFile(path: location.path, pattern: pattern)
        let dataset = LabelledFiles(
            list.entries, classNames: LabelledFiles.classNames(of: list.entries), isMultiLabel: false)
        return try finish(
            training: dataset, labels: labels(of: location), paths: .init("lines of the file"), leftOut: list.notes,
            location: location)
    }

    /// The files of MNIST; what is there of the two parts.
    func mnist() throws(DatasetError) -> OpenedDataset {
        let folder = FilePath(location.path)
        guard MNIST.exists(in: folder, part: .training) else {
            let test = try MNIST(path: location.path, part: .test)
            return try finish(
                training: test, labels: labels(of: location), sources: [.training: "files t10k-*"], location: location)
        }
        let training = try MNIST(path: location.path, part: .training)
        let test =
            MNIST.exists(in: folder, part: .test)
            ? try MNIST(path: location.path, part: .test, classNames: training.classNames) : nil
        return try finish(
            training: training, test: test, labels: labels(of: location),
            sources: [.training: "files train-*", .test: "files t10k-*"], location: location)
    }

    private func part(
        at location: DatasetLocation, allowsEmptyClasses: Bool
    ) throws(DatasetError) -> (dataset: any ImageDataset, leftOut: [String]) {
        let (dataset, ignored): (any ImageDataset, IgnoredFiles)
        switch location.layout {
        case .classFolders:
            let folder = try ImageFolder(path: location.path, allowsEmptyClasses: allowsEmptyClasses)
            (dataset, ignored) = (folder, folder.ignored)
        case .labelsInFileNames:
            if let pattern {
                let folder = try PatternLabelledFolder(
                    path: location.path, root: FilePath(self.location.path), pattern: pattern)
                let classNames = LabelledFiles.classNames(of: folder.entries)
                return (
                    LabelledFiles(folder.entries, classNames: classNames, isMultiLabel: false), folder.notes
                )
            }
            let folder = try FilenameLabelledFolder(path: location.path)
            (dataset, ignored) = (folder, folder.ignored)
        case .idxFiles, .splitFolders, .table, .list:
            throw DatasetError(
                .ambiguous, path: location.path, "holds a dataset of its own. Give the path of this folder alone.")
        }
        return (dataset, ignored.notes)
    }

    /// Where labels come from, where no table names them.
    private func labels(of location: DatasetLocation) -> DatasetUnderstanding.Choice {
        if let pattern { return .init("label pattern '\(pattern.text)'", because: "it was given") }
        return switch location.layout {
        case .classFolders, .splitFolders: .init("folder names")
        case .labelsInFileNames: .init("file names up to the first dot", because: "there are no class folders")
        case .idxFiles: .init("label files")
        case .list: .init("the folder in each path")
        case .table: .init("label column")
        }
    }

    /// Checks the classes, and gives the parts those that the options name. `location`: where training's pictures lie.
    /// `sources`: where each part comes from, where the data are divided.
    private func finish(
        training: any ImageDataset, validation: (any ImageDataset)? = nil, test: (any ImageDataset)? = nil,
        labels: DatasetUnderstanding.Choice, paths: DatasetUnderstanding.Choice? = nil,
        sources: [SplitFolder: String] = [:], leftOut: [String] = [], location: DatasetLocation
    ) throws(DatasetError) -> OpenedDataset {
        var parts = [training, validation, test]
        var notes = leftOut
        if let classes = options.classes.map({ matched($0, to: [training, validation, test]) }) {
            parts = try parts.map { part throws(DatasetError) in
                guard let part, !sameBytes(part.classNames, classes) else { return part }
                return try fixed(part, to: classes)
            }
            let counts = parts[0]?.countsByClass ?? []
            let without = zip(classes, counts).filter { $1 == 0 }.map(\.0)
            if !without.isEmpty {
                notes.append(
                    "\(without.count == 1 ? "one of the classes given has" : "\(without.count) of the classes given have") "
                        + "no picture to train with: \(listed(without))")
            }
        } else {
            try checkFileNames(training, at: location)
            if !allowsEmptyClasses { try checkEveryClass(of: training, at: location) }
        }
        let checked = parts[0] ?? training
        try checkClassCount(checked, at: location)
        let understood: [DatasetUnderstanding.Part] = zip(SplitFolder.allCases, [checked, parts[1], parts[2]])
            .compactMap {
                split, part in
                part.map { .init(split.purpose, source: sources[split] ?? "all images", images: $0.count) }
            }
        return OpenedDataset(
            location: self.location, training: checked, validation: parts[1], test: parts[2], notes: notes,
            understanding: DatasetUnderstanding(
                layout: self.location.layout, labels: labels, paths: paths, parts: understood, leftOut: leftOut),
            options: options)
    }

    /// The classes that the options name, without blanks at the ends where the data have a class of the name without.
    private func matched(_ classes: [String], to parts: [(any ImageDataset)?]) -> [String] {
        let known = Set(parts.compactMap { $0?.classNames }.joined().map { Array($0.utf8) })
        let given = Set(classes.map { Array($0.utf8) })
        return classes.map { name in
            let bytes = Array(name.trimmed.utf8)
            return !known.contains(Array(name.utf8)) && known.contains(bytes) && !given.contains(bytes)
                ? name.trimmed : name
        }
    }

    /// The pictures with the classes that the options name.
    private func fixed(_ part: any ImageDataset, to classes: [String]) throws(DatasetError) -> any ImageDataset {
        let known = Set(classes.map { Array($0.utf8) })
        let unknown = zip(part.classNames, part.countsByClass).filter { !known.contains(Array($0.0.utf8)) }
        guard unknown.isEmpty else {
            let named = unknown.prefix(8).map { "\"\($0)\" (\($1 == 1 ? "1 picture" : "\($1) pictures"))" }
            throw DatasetError(
                .unknownClass, path: location.path,
                "has \(unknown.count == 1 ? "a class" : "\(unknown.count) classes") not among the \(classes.count) given: "
                    + named.joined(separator: ", ") + (unknown.count > 8 ? ", …" : "")
                    + ". Add to the list of classes what belongs there, or leave these pictures out.")
        }
        return try part.relabelled(to: classes)
    }

    private func checkClassCount(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard classes < minimumClasses else { return }
        let advice =
            switch location.layout {
            case .classFolders:
                "Give the folder that holds all the class folders, or add pictures of something else."
            case .labelsInFileNames where pattern == nil:
                "Name the pictures label.number.jpg, such as cat.1.jpg, or make a folder for each class."
            case .labelsInFileNames: "Check what the label pattern captures, or add pictures of something else."
            case .table, .list: "Add pictures of something else."
            case .idxFiles, .splitFolders: "Give other files."
            }
        throw DatasetError(
            .tooFewClasses, path: location.path,
            "holds \(classes == 1 ? "one class only, \"\(dataset.classNames[0])\"" : "\(classes) classes"), and "
                + "\(minimumClasses) are needed. \(advice)")
    }

    /// Throws for IMG_0001.jpg, IMG_0002.jpg: names without a label in them.
    private func checkFileNames(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard location.layout == .labelsInFileNames, dataset.count >= 4, classes * 2 > dataset.count else { return }
        if let pattern {
            throw DatasetError(
                .ambiguous, path: location.path,
                "the label pattern '\(pattern.text)' gives \(classes) classes for \(dataset.count) pictures: "
                    + "\(listed(dataset.classNames)). It should capture less; or name the classes.")
        }
        throw DatasetError(
            .ambiguous, path: location.path,
            "the part of the file names before the first dot should be the label, which would give \(classes) classes "
                + "for \(dataset.count) pictures. Name them label.number.jpg, make a folder for each class, or tell where "
                + "the label stands by a label pattern such as '^([a-z]+)_'.")
    }

    /// Throws where a class of a table can't be learnt. Folders have been checked.
    private func checkEveryClass(of dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        guard location.layout == .table else { return }
        let empty = zip(dataset.classNames, dataset.countsByClass).filter { $0.1 == 0 }.map(\.0)
        guard !empty.isEmpty else { return }
        throw DatasetError(
            .emptyClass, path: location.path,
            "\(empty.count == 1 ? "a class has" : "\(empty.count) classes have") no picture to train with: "
                + "\(listed(empty)). Add some, or drop the lines of that class.")
    }

    private func sameBytes(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
}
