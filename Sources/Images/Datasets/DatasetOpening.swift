internal import Platform

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
            training: part.dataset, labels: labels(of: location), leftOut: part.leftOut,
            notes: wrapping(of: location) + (try notesOnClasses(part.dataset, isPart: false)), location: location)
    }

    /// `train/`, and what lies next to it.
    func splitFolders() throws(DatasetError) -> OpenedDataset {
        guard let splits = try location.splits, let name = splits.names[.training] else {
            throw DatasetError(.ambiguous, path: location.path, "has no folder to train with. Add a folder train.")
        }
        func open(_ name: [UInt8], knowing classes: [String]) throws(DatasetError) -> DatasetLocation {
            try DatasetLocation(
                path: location.folder.appending(name).text, isPatternLabelled: pattern != nil, partOf: classes)
        }
        let trainingLocation = try open(name, knowing: [])
        let training = try part(at: trainingLocation, allowsEmptyClasses: allowsEmptyClasses)
        let classes = options.classes ?? training.dataset.classNames
        var ignored = IgnoredFiles()
        _ = try location.folder.dataEntries(ignored: &ignored)
        var leftOut = ignored.notes + training.leftOut
        var sources: [SplitFolder: String] = [.training: source(of: trainingLocation)]
        var others: [SplitFolder: any ImageDataset] = [:]
        for split in [SplitFolder.validation, .test] {
            guard let name = splits.names[split] else { continue }
            let place = try open(name, knowing: classes)
            guard let opened = try labelledPart(split, at: place, beside: trainingLocation, classes: classes) else {
                leftOut.append(try Self.unlabeled(place.folder))
                continue
            }
            leftOut += opened.leftOut
            sources[split] = source(of: place)
            do throws(DatasetError) {
                // The classes of training are those of evaluation, also where evaluation lacks one.
                others[split] = try opened.dataset.relabelled(
                    to: options.classes.map { matched($0, to: [training.dataset, opened.dataset]) } ?? classes)
            } catch {
                throw DatasetError(error.code, path: place.path, error.message)
            }
        }
        for name in splits.unlabeled { leftOut.append(try Self.unlabeled(location.folder.appending(name))) }
        return try finish(
            training: training.dataset, validation: others[.validation], test: others[.test],
            labels: labels(of: trainingLocation), sources: sources, leftOut: leftOut,
            notes: wrapping(of: location) + (try notesOnClasses(training.dataset, isPart: true)),
            location: trainingLocation)
    }

    /// The images of a part for evaluation; nil where they have no labels: they lie in one folder, and their names do not
    /// begin with a class.
    private func labelledPart(
        _ split: SplitFolder, at place: DatasetLocation, beside training: DatasetLocation, classes: [String]
    ) throws(DatasetError) -> (dataset: any ImageDataset, leftOut: [String])? {
        if pattern != nil {
            do throws(DatasetError) {
                return try part(at: place, allowsEmptyClasses: true)
            } catch {
                // A pattern that finds nothing in the images for validation is a wrong one.
                if split == .test, error.code == .empty, try PictureTree(of: place.folder).files.count > 0 {
                    return nil
                }
                throw error
            }
        }
        let opened = try part(at: place, allowsEmptyClasses: true)
        guard place.layout == .labelsInFileNames else { return opened }
        let known = Set(classes.map { Array($0.utf8) })
        let areKnown = opened.dataset.classNames.map { known.contains(Array($0.utf8)) }
        // Next to class folders `12.jpg` is a number, even where a class is called 12, and `12.1.jpg` is of that class.
        let haveNumbers = (0..<opened.dataset.count).allSatisfy { index in
            FilePath(opened.dataset.name(at: index)).lastComponent.count { $0 == UInt8(ascii: ".") } > 1
        }
        let isLabeled =
            training.layout == .labelsInFileNames
            ? areKnown.contains(true) : areKnown.allSatisfy(\.self) && haveNumbers
        return isLabeled ? opened : nil
    }

    private static func unlabeled(_ folder: FilePath) throws(DatasetError) -> String {
        let count = try PictureTree(of: folder).files.count
        return "folder \(folder.text): \(count == 1 ? "1 image" : "\(count) images") without labels; a trained "
            + "classifier can predict them"
    }

    /// The folder of a part, from that of the data on.
    private func source(of place: DatasetLocation) -> String {
        "folder \(String(fileName: place.folder.bytes(within: location.folder)))"
    }

    /// Reports a folder that stands for the one that was given.
    private func wrapping(of location: DatasetLocation) -> [String] {
        let inner = location.folder.bytes(within: FilePath(location.path))
        guard location.folder != FilePath(location.path) else { return [] }
        return ["the data are in its only folder, \(String(fileName: inner))"]
    }

    /// Reports class folders that may be something else; throws where that is plain and would be learned from.
    private func notesOnClasses(_ dataset: any ImageDataset, isPart: Bool) throws(DatasetError) -> [String] {
        guard let folder = dataset as? ImageFolder else { return [] }
        let doubts = (options.classes == nil ? folder.doubtfulClasses(isPart: isPart) : []) + folder.dividedClasses
        if minimumClasses > 1, let error = doubts.lazy.compactMap(\.error).first { throw error }
        return doubts.map(\.note)
    }

    /// A CSV or TSV file.
    func table() throws(DatasetError) -> OpenedDataset {
        let table = try PictureTable(path: location.path, options: options, pattern: pattern)
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
                .empty, path: location.path, "names no image to train with. Write train (or nothing) as their split.")
        }
        return try finish(
            training: training ?? nothing, validation: part(.validation), test: part(.test),
            labels: table.columns.labelChoice, paths: table.columns.pathChoice,
            sources: table.columns.splitSource.map { source in
                Dictionary(uniqueKeysWithValues: SplitFolder.allCases.map { ($0, source) })
            } ?? [:],
            leftOut: table.leftOut, notes: table.notes, location: location)
    }

    /// A list of files.
    func list() throws(DatasetError) -> OpenedDataset {
        let list = try PictureListFile(path: location.path, options: options, pattern: pattern)
        let dataset = LabelledFiles(
            list.entries, classNames: LabelledFiles.classNames(of: list.entries), isMultiLabel: false)
        return try finish(
            training: dataset, labels: labels(of: location), paths: .init("lines of the file"), leftOut: list.leftOut,
            notes: list.notes, location: location)
    }

    /// The files of MNIST; what is there of the two parts.
    func mnist() throws(DatasetError) -> OpenedDataset {
        if let pattern {
            throw DatasetError(
                .badPattern, path: location.path,
                "the label pattern '\(pattern.text)' has no effect: these files hold their labels. Leave it out.")
        }
        let folder = location.folder
        guard MNIST.exists(in: folder, part: .training) else {
            let test = try MNIST(path: folder.text, part: .test)
            return try finish(
                training: test, labels: labels(of: location), sources: [.training: "files t10k-*"], location: location)
        }
        let training = try MNIST(path: folder.text, part: .training)
        let test =
            MNIST.exists(in: folder, part: .test)
            ? try MNIST(path: folder.text, part: .test, classNames: training.classNames) : nil
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
            let folder = try ImageFolder(path: location.folder.text, allowsEmptyClasses: allowsEmptyClasses)
            (dataset, ignored) = (folder, folder.ignored)
        case .labelsInFileNames:
            if let pattern {
                let folder = try PatternLabelledFolder(
                    path: location.folder.text, root: FilePath(self.location.path), pattern: pattern)
                let classNames = LabelledFiles.classNames(of: folder.entries)
                return (
                    LabelledFiles(folder.entries, classNames: classNames, isMultiLabel: false), folder.notes
                )
            }
            let folder = try FilenameLabelledFolder(path: location.folder.text)
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

    /// Checks the classes, and gives the parts those that the options name. `location`: where training's images lie.
    /// `sources`: where each part comes from, where the data are divided.
    private func finish(
        training: any ImageDataset, validation: (any ImageDataset)? = nil, test: (any ImageDataset)? = nil,
        labels: DatasetUnderstanding.Choice, paths: DatasetUnderstanding.Choice? = nil,
        sources: [SplitFolder: String] = [:], leftOut: [String] = [], notes told: [String] = [],
        location: DatasetLocation
    ) throws(DatasetError) -> OpenedDataset {
        var parts = [training, validation, test]
        var notes = leftOut + told
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
                        + "no image to train with: \(listed(without))")
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

    /// The images with the classes that the options name.
    private func fixed(_ part: any ImageDataset, to classes: [String]) throws(DatasetError) -> any ImageDataset {
        let known = Set(classes.map { Array($0.utf8) })
        let unknown = zip(part.classNames, part.countsByClass).filter { !known.contains(Array($0.0.utf8)) }
        guard unknown.isEmpty else {
            let named = unknown.prefix(8).map { "\"\($0)\" (\($1 == 1 ? "1 image" : "\($1) images"))" }
            throw DatasetError(
                .unknownClass, path: location.path,
                "has \(unknown.count == 1 ? "a class" : "\(unknown.count) classes") not among the \(classes.count) given: "
                    + named.joined(separator: ", ") + (unknown.count > 8 ? ", …" : "")
                    + ". Add to the list of classes what belongs there, or leave these images out.")
        }
        return try part.relabelled(to: classes)
    }

    private func checkClassCount(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard classes < minimumClasses else { return }
        let advice =
            switch location.layout {
            case .classFolders:
                "Give the folder that holds all the class folders, or add images of something else."
            case .labelsInFileNames where pattern == nil:
                "Name the images label.number.jpg, such as cat.1.jpg, or make a folder for each class."
            case .labelsInFileNames: "Check what the label pattern captures, or add images of something else."
            case .table, .list: "Add images of something else."
            case .idxFiles, .splitFolders: "Give other files."
            }
        throw DatasetError(
            .tooFewClasses, path: location.path,
            "holds \(classes == 1 ? "one class only, \"\(dataset.classNames[0])\"" : "\(classes) classes"), and "
                + "\(minimumClasses) are needed. \(advice)"
                + (location.layout == .classFolders && classes == 1
                    ? tableAdvice(root: location.folder.appending(Array(dataset.classNames[0].utf8))) : ""))
    }

    /// Names a table next to the images, which may hold their labels.
    private func tableAdvice(root: FilePath) -> String {
        let tables = ((try? location.folder.folderEntries()) ?? []).filter { entry in
            entry.kind == .file && ["csv", "tsv"].contains(PictureFiles.ending(of: entry.name))
        }
        guard let table = tables.first(where: { SplitName($0.name)?.role == .training }) ?? tables.first else {
            return ""
        }
        return " The table \(location.folder.appending(table.name).text) may hold the labels: give it as the data"
            + (root == location.folder ? "." : ", with \(setting("root", root.text)).")
    }

    /// Throws for IMG_0001.jpg, IMG_0002.jpg: names without a label in them.
    private func checkFileNames(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard location.layout == .labelsInFileNames, dataset.count >= 4, classes * 2 > dataset.count else { return }
        if let pattern {
            throw DatasetError(
                .ambiguous, path: location.path,
                "the label pattern '\(pattern.text)' gives \(classes) classes for \(dataset.count) images: "
                    + "\(listed(dataset.classNames)). It should capture less; or name the classes.")
        }
        throw DatasetError(
            .ambiguous, path: location.path,
            "the part of the file names before the first dot should be the label, which would give \(classes) classes "
                + "for \(dataset.count) images. Name them label.number.jpg, make a folder for each class, or show where "
                + "the label stands by a label pattern such as '^([a-z]+)_'." + tableAdvice(root: location.folder))
    }

    /// Throws where a class of a table can't be learnt. Folders have been checked.
    private func checkEveryClass(of dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        guard location.layout == .table else { return }
        let empty = zip(dataset.classNames, dataset.countsByClass).filter { $0.1 == 0 }.map(\.0)
        guard !empty.isEmpty else { return }
        throw DatasetError(
            .emptyClass, path: location.path,
            "\(empty.count == 1 ? "a class has" : "\(empty.count) classes have") no image to train with: "
                + "\(listed(empty)). Add some, or drop the lines of that class.")
    }

    private func sameBytes(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
}
