internal import Platform

/// Opens a dataset, with one method for each layout.
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

    /// `train/` and the folders next to it.
    func splitFolders() throws(DatasetError) -> OpenedDataset {
        guard let splits = try location.splits, let name = splits.names[.training] else {
            throw DatasetError(.ambiguous, path: location.path, "has no training folder. Add a folder train.")
        }
        func open(_ name: [UInt8], knowing classes: [String]) throws(DatasetError) -> DatasetLocation {
            try DatasetLocation(
                path: location.folder.appending(name).text, isPatternLabeled: pattern != nil,
                countsVideos: options.frameInterval != nil, partOf: classes)
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
            guard let opened = try labeledPart(split, at: place, beside: trainingLocation, classes: classes) else {
                leftOut.append(try Self.unlabeled(place.folder))
                continue
            }
            leftOut += opened.leftOut
            sources[split] = source(of: place)
            do throws(DatasetError) {
                // Evaluation uses the classes of training, even if it lacks one.
                others[split] = try opened.dataset.relabeled(
                    to: options.classes.map { matched($0, to: [training.dataset, opened.dataset]) } ?? classes)
            } catch {
                throw DatasetError(error.code, path: place.path, error.message)
            }
        }
        for name in splits.unlabeled { leftOut.append(try Self.unlabeled(location.folder.appending(name))) }
        return try finish(
            training: training.dataset, validation: others[.validation], test: others[.test],
            labels: training.labels ?? labels(of: trainingLocation), sources: sources, leftOut: leftOut,
            notes: wrapping(of: location) + (try notesOnClasses(training.dataset, isPart: true)),
            location: trainingLocation)
    }

    /// The images of a part for evaluation; nil if they have no labels: they are in one folder, and their names do not
    /// start with a class.
    private func labeledPart(
        _ split: SplitFolder, at place: DatasetLocation, beside training: DatasetLocation, classes: [String]
    ) throws(DatasetError) -> Part? {
        if pattern != nil {
            do throws(DatasetError) {
                return try part(at: place, allowsEmptyClasses: true)
            } catch {
                // A pattern that finds no labels in the validation images is wrong.
                if split == .test, error.code == .empty, try ImageTree(of: place.folder).files.count > 0 {
                    return nil
                }
                throw error
            }
        }
        if place.layout == .shards {
            do throws(DatasetError) {
                return try part(at: place, allowsEmptyClasses: true)
            } catch {
                // Without any label.
                if error.code == .ambiguous { return nil }
                throw error
            }
        }
        let opened = try part(at: place, allowsEmptyClasses: true)
        guard place.layout == .labelsInFileNames else { return opened }
        let known = Set(classes.map { Array($0.utf8) })
        let areKnown = opened.dataset.classNames.map { known.contains(Array($0.utf8)) }
        // Next to class folders, `12.jpg` is a number even if there is a class 12, but `12.1.jpg` belongs to that
        // class.
        let haveNumbers = (0..<opened.dataset.count).allSatisfy { index in
            FilePath(opened.dataset.name(at: index)).source.lastComponent.count { $0 == UInt8(ascii: ".") } > 1
        }
        let isLabeled =
            training.layout == .labelsInFileNames
            ? areKnown.contains(true) : areKnown.allSatisfy(\.self) && haveNumbers
        return isLabeled ? opened : nil
    }

    private static func unlabeled(_ folder: FilePath) throws(DatasetError) -> String {
        let count = try ImageTree(of: folder, readsShards: true).files.count
        return "folder \(folder.text): \(count == 1 ? "1 image" : "\(count) images") without labels; a trained "
            + "classifier can predict them"
    }

    /// A description of a part's folder, relative to the data's folder.
    private func source(of place: DatasetLocation) -> String {
        "folder \(String(fileName: place.folder.bytes(within: location.folder)))"
    }

    /// Reports a subfolder that is used instead of the given folder.
    private func wrapping(of location: DatasetLocation) -> [String] {
        let inner = location.folder.bytes(within: FilePath(location.path))
        guard location.folder != FilePath(location.path) else { return [] }
        return ["the data are in its only subfolder, \(String(fileName: inner))"]
    }

    /// Reports class folders that may not be classes. Throws if that is evident and would affect training.
    private func notesOnClasses(_ dataset: any ImageDataset, isPart: Bool) throws(DatasetError) -> [String] {
        guard let folder = dataset as? ImageFolder else { return [] }
        let doubts = (options.classes == nil ? folder.doubtfulClasses(isPart: isPart) : []) + folder.dividedClasses
        if minimumClasses > 1, let error = doubts.lazy.compactMap(\.error).first { throw error }
        return doubts.map(\.note)
    }

    /// A CSV or TSV file.
    func table() throws(DatasetError) -> OpenedDataset {
        let table = try ImageTable(path: location.path, options: options, pattern: pattern)
        let classNames = LabeledFiles.classNames(of: table.rows.lazy.map(\.entry))
        func part(_ split: SplitFolder) -> (any ImageDataset)? {
            let entries = table.entries(split)
            return entries.isEmpty
                ? nil
                : LabeledFiles(
                    entries, classNames: classNames, isMultiLabel: table.isMultiLabel, cache: options.cache)
        }
        let nothing = LabeledFiles([], classNames: classNames, isMultiLabel: table.isMultiLabel)
        let training = part(.training)
        if training == nil, !allowsEmptyClasses {
            throw DatasetError(
                .empty, path: location.path, "contains no training images. Use train (or nothing) as their split.")
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
        let list = try ImageListFile(path: location.path, options: options, pattern: pattern)
        let dataset = LabeledFiles(
            list.entries, classNames: LabeledFiles.classNames(of: list.entries), isMultiLabel: false,
            cache: options.cache)
        return try finish(
            training: dataset, labels: labels(of: location), paths: .init("lines of the file"), leftOut: list.leftOut,
            notes: list.notes, location: location)
    }

    /// The files of MNIST, with the parts that exist.
    func mnist() throws(DatasetError) -> OpenedDataset {
        if let pattern {
            throw DatasetError(
                .badPattern, path: location.path,
                "the label pattern '\(pattern.text)' has no effect: these files contain their labels. Remove it.")
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

    /// The images of a folder without further parts.
    private struct Part {
        let dataset: any ImageDataset
        let leftOut: [String]
        /// Nil for the usual ones of the layout.
        var labels: DatasetUnderstanding.Choice?
    }

    private func part(at location: DatasetLocation, allowsEmptyClasses: Bool) throws(DatasetError) -> Part {
        let (dataset, ignored): (any ImageDataset, IgnoredFiles)
        switch location.layout {
        case .classFolders:
            let folder = try ImageFolder(
                path: location.folder.text, allowsEmptyClasses: allowsEmptyClasses,
                frameInterval: options.frameInterval)
            (dataset, ignored) = (folder, folder.ignored)
        case .labelsInFileNames:
            if let pattern {
                let folder = try PatternLabeledFolder(
                    path: location.folder.text, root: FilePath(self.location.path), pattern: pattern,
                    frameInterval: options.frameInterval)
                let classNames = LabeledFiles.classNames(of: folder.entries)
                return Part(
                    dataset: LabeledFiles(folder.entries, classNames: classNames, isMultiLabel: false),
                    leftOut: folder.notes)
            }
            let folder = try FilenameLabeledFolder(
                path: location.folder.text, frameInterval: options.frameInterval)
            (dataset, ignored) = (folder, folder.ignored)
        case .shards:
            let opened = try sharded([.training: ShardSet(location, options).files])
            guard let images = opened.parts[.training] else {
                throw DatasetError(.empty, path: location.path, "contains no images with labels. Use other shards.")
            }
            return Part(dataset: images, leftOut: opened.leftOut + opened.notes, labels: opened.labels)
        case .idxFiles, .splitFolders, .table, .list:
            throw DatasetError(
                .ambiguous, path: location.path, "contains a separate dataset. Use the path of this folder only.")
        }
        return Part(dataset: dataset, leftOut: ignored.notes)
    }

    /// The source of labels if no table contains them.
    private func labels(of location: DatasetLocation) -> DatasetUnderstanding.Choice {
        if let pattern { return .init("label pattern '\(pattern.text)'", because: "it was given") }
        return switch location.layout {
        case .classFolders, .splitFolders: .init("folder names")
        case .labelsInFileNames: .init("file names up to the first dot", because: "there are no class folders")
        case .idxFiles: .init("label files")
        case .list: .init("the folder in each path")
        case .shards: .init("members of the shards")
        case .table: .init("label column")
        }
    }

    /// Checks the classes, and applies the classes of the options. `location`: the location of the training images.
    /// `sources`: the source of each part, if the data are split.
    func finish(
        training: any ImageDataset, validation: (any ImageDataset)? = nil, test: (any ImageDataset)? = nil,
        labels: DatasetUnderstanding.Choice, paths: DatasetUnderstanding.Choice? = nil,
        sources: [SplitFolder: String] = [:], leftOut: [String] = [], notes given: [String] = [],
        location: DatasetLocation
    ) throws(DatasetError) -> OpenedDataset {
        var parts = [training, validation, test]
        var notes = FilePath(self.location.path).archiveNotes + leftOut + given
        if let classes = options.classes.map({ matched($0, to: [training, validation, test]) }) {
            parts = try parts.map { part throws(DatasetError) in
                guard let part, !sameBytes(part.classNames, classes) else { return part }
                return try fixed(part, to: classes)
            }
            let counts = parts[0]?.countsByClass ?? []
            let without = zip(classes, counts).filter { $1 == 0 }.map(\.0)
            if !without.isEmpty {
                notes.append(
                    "\(without.count == 1 ? "a given class has" : "\(without.count) of the given classes have") "
                        + "no training images: \(listed(without))")
            }
        } else {
            try checkFileNames(training, at: location)
            if !allowsEmptyClasses, location.layout == .table { try checkEveryClass(of: training, at: location) }
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

    /// The classes of the options, without surrounding spaces if the data contain a class with that name.
    private func matched(_ classes: [String], to parts: [(any ImageDataset)?]) -> [String] {
        let known = Set(parts.compactMap { $0?.classNames }.joined().map { Array($0.utf8) })
        let given = Set(classes.map { Array($0.utf8) })
        return classes.map { name in
            let bytes = Array(name.trimmed.utf8)
            return !known.contains(Array(name.utf8)) && known.contains(bytes) && !given.contains(bytes)
                ? name.trimmed : name
        }
    }

    /// The images with the classes of the options.
    private func fixed(_ part: any ImageDataset, to classes: [String]) throws(DatasetError) -> any ImageDataset {
        let known = Set(classes.map { Array($0.utf8) })
        let unknown = zip(part.classNames, part.countsByClass).filter { !known.contains(Array($0.0.utf8)) }
        guard unknown.isEmpty else {
            let named = unknown.prefix(8).map { "\"\($0)\" (\($1 == 1 ? "1 image" : "\($1) images"))" }
            throw DatasetError(
                .unknownClass, path: location.path,
                "has \(unknown.count == 1 ? "a class" : "\(unknown.count) classes") not among the \(classes.count) "
                    + "given ones: "
                    + named.joined(separator: ", ") + (unknown.count > 8 ? ", …" : "")
                    + ". Add missing classes to the list, or remove these images.")
        }
        return try part.relabeled(to: classes)
    }

    private func checkClassCount(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard classes < minimumClasses else { return }
        let advice =
            switch location.layout {
            case .classFolders:
                "Use the folder that contains all class folders, or add images of another class."
            case .labelsInFileNames where pattern == nil:
                "Name the images label.number.jpg, such as cat.1.jpg, or create a folder for each class."
            case .labelsInFileNames: "Check what the label pattern captures, or add images of another class."
            case .table, .list, .shards: "Add images of another class."
            case .idxFiles, .splitFolders: "Use other files."
            }
        throw DatasetError(
            .tooFewClasses, path: location.path,
            "contains \(classes == 1 ? "only one class, \"\(dataset.classNames[0])\"" : "\(classes) classes"), but "
                + "\(minimumClasses) are needed. \(advice)"
                + (location.layout == .classFolders && classes == 1
                    ? tableAdvice(root: location.folder.appending(Array(dataset.classNames[0].utf8))) : ""))
    }

    /// Suggests a table next to the images that may contain their labels.
    private func tableAdvice(root: FilePath) -> String {
        let tables = ((try? location.folder.folderEntries()) ?? []).filter { entry in
            entry.kind == .file && ["csv", "tsv"].contains(FilePath(bytes: entry.name).fileExtension)
        }
        guard let table = tables.first(where: { SplitName($0.name)?.role == .training }) ?? tables.first else {
            return ""
        }
        return " The table \(location.folder.appending(table.name).text) may contain the labels: use it as the data"
            + (root == location.folder ? "." : ", with \(setting("root", root.text)).")
    }

    /// Throws for names without labels such as IMG_0001.jpg, IMG_0002.jpg.
    private func checkFileNames(_ dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        let classes = dataset.classNames.count
        guard location.layout == .labelsInFileNames, dataset.count >= 4, classes * 2 > dataset.count else { return }
        if let pattern {
            throw DatasetError(
                .ambiguous, path: location.path,
                "the label pattern '\(pattern.text)' gives \(classes) classes for \(dataset.count) images: "
                    + "\(listed(dataset.classNames)). Make it capture less, or name the classes.")
        }
        throw DatasetError(
            .ambiguous, path: location.path,
            "the label would be the part of the file names before the first dot, which gives \(classes) classes "
                + "for \(dataset.count) images. Name them label.number.jpg, create a folder for each class, or use "
                + "a label pattern such as '^([a-z]+)_'." + tableAdvice(root: location.folder))
    }

    /// Throws if a class of a table cannot be learned. Folders have been checked.
    func checkEveryClass(of dataset: any ImageDataset, at location: DatasetLocation) throws(DatasetError) {
        guard location.layout == .table || location.layout == .shards else { return }
        let empty = zip(dataset.classNames, dataset.countsByClass).filter { $0.1 == 0 }.map(\.0)
        guard !empty.isEmpty else { return }
        throw DatasetError(
            .emptyClass, path: location.path,
            "\(empty.count == 1 ? "a class has" : "\(empty.count) classes have") no training images: "
                + "\(listed(empty)). Add images, or remove the \(location.layout == .table ? "lines" : "samples") of that class."
        )
    }

    private func sameBytes(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
}
