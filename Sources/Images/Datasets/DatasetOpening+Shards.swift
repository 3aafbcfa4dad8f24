internal import Platform

/// The images of shards by part, with common classes.
struct ShardedParts {
    var parts: [SplitFolder: any ImageDataset] = [:]
    var labels = DatasetUnderstanding.Choice("")
    /// What was left out, one sentence each.
    var leftOut: [String] = []
    /// Further warnings, one sentence each.
    var notes: [String] = []
    /// Whether the classes are those of a list, which may have some without images.
    var hasListedClasses = false
}

extension DatasetOpening {
    /// Tar archives in WebDataset's form.
    func shards() throws(DatasetError) -> OpenedDataset {
        let set = try ShardSet(location, options)
        guard !set.files.isEmpty else {
            throw DatasetError(.empty, path: location.path, "names no shards. Write the path of one on each line.")
        }
        let (files, unlabeled) = try set.parts(at: location.path)
        var opened = try sharded(files)
        guard let training = opened.parts[.training] else {
            throw DatasetError(.empty, path: location.path, "contains no training images. Use other shards.")
        }
        if !unlabeled.isEmpty {
            opened.leftOut.append("\(ShardSet.description(of: unlabeled)): images for prediction")
        }
        if !opened.hasListedClasses, !allowsEmptyClasses, options.classes == nil {
            try checkEveryClass(of: training, at: location)
        }
        return try finish(
            training: training, validation: opened.parts[.validation], test: opened.parts[.test],
            labels: opened.labels, sources: files.mapValues { ShardSet.description(of: $0) }, leftOut: opened.leftOut,
            notes: opened.notes, location: location)
    }

    /// Opens the shards of some parts. Validation and test images that all lack labels are left out.
    func sharded(_ files: [SplitFolder: [FilePath]]) throws(DatasetError) -> ShardedParts {
        let form = ShardColumns(options.labelColumn, separator: options.labelSeparator)
        var parts: [(split: SplitFolder, shards: [Shard])] = []
        for split in SplitFolder.allCases {
            guard let files = files[split] else { continue }
            parts.append((split, try Shard.read(files, pattern == nil ? form : nil)))
        }
        var result = ShardedParts()
        let shards = parts.flatMap(\.shards)
        if shards.map(\.path) != [FilePath(location.path)] { result.notes += shards.flatMap(\.archive.notes) }
        let withoutImage = shards.filter { $0.withoutImage.count > 0 }
        if let first = withoutImage.first {
            let count = withoutImage.reduce(0) { $0 + $1.withoutImage.count }
            result.leftOut.append(
                "\(count == 1 ? "1 sample has" : "\(count) samples have") no image: "
                    + "'\(String(fileName: first.withoutImage.key))'\(count > 1 ? ", …" : "") in \(first.path.text)")
        }
        guard shards.contains(where: { !$0.images.isEmpty }) else {
            throw DatasetError(
                .empty, path: location.path, "its shards contain no images (\(ImageFiles.formats)). Use other shards.")
        }
        if let pattern { try label(parts, by: pattern, into: &result) } else { try label(parts, form, into: &result) }
        return result
    }

    /// Labels images by their paths.
    private func label(
        _ parts: [(split: SplitFolder, shards: [Shard])], by pattern: LabelPattern, into result: inout ShardedParts
    ) throws(DatasetError) {
        var unmatched = UnmatchedFiles()
        var found: [(split: SplitFolder, shards: [Shard], values: [ShardColumns.Value])] = []
        for part in parts {
            var shards = part.shards
            var values: [ShardColumns.Value] = []
            for place in shards.indices {
                var kept: [Int] = []
                for index in shards[place].images.indices {
                    let file = shards[place].file(at: index)
                    let name = String(fileName: file.bytes(within: location.folder))
                    guard let label = pattern.capture(in: name) else {
                        unmatched.add(name)
                        continue
                    }
                    try checkIsText(label, of: file)
                    kept.append(index)
                    values.append(.init(labels: [label], isList: false))
                }
                shards[place].keep(kept)
            }
            found.append((part.split, shards, values))
        }
        if unmatched.count > 0 { result.leftOut.append(unmatched.description(pattern: pattern.text)) }
        let classes = Self.classNames(of: found.flatMap(\.values))
        for part in found where !part.values.isEmpty {
            result.parts[part.split] = ShardedImages(
                part.shards, labels: part.values, classNames: classes, isMultiLabel: false)
        }
        result.labels = .init("label pattern '\(pattern.text)'", because: "it was given")
    }

    /// Labels images by the members next to them.
    private func label(
        _ parts: [(split: SplitFolder, shards: [Shard])], _ form: ShardColumns, into result: inout ShardedParts
    ) throws(DatasetError) {
        var columns = form
        for shard in parts.flatMap(\.shards) { columns.append(shard.columns) }
        let choice: (column: ShardColumns.Column, reason: String?)?
        do throws(ShardColumns.Problem) {
            choice = try columns.choice()
        } catch {
            throw DatasetError(.unclearColumns, path: location.path, error.text)
        }
        guard let (column, reason) = choice else { throw missing(nil, in: parts[0].shards, at: 0, others: 0) }
        let list = try classList(for: column, of: columns, parts.flatMap(\.shards))
        result.hasListedClasses = list != nil
        result.labels = .init(
            column.title,
            because: [reason, list?.source.map { "class names from \($0)" }].compactMap(\.self).joined(separator: "; ")
                .nonempty)
        var start = 0
        var found: [(split: SplitFolder, shards: [Shard], values: [ShardColumns.Value])] = []
        for (split, shards) in parts {
            let count = shards.reduce(0) { $0 + $1.images.count }
            let places = (0..<count).map { columns.place(of: column, at: start + $0) }
            start += count
            let without = places.indices.filter { places[$0] == nil }
            if let first = without.first {
                guard split != .training, without.count == count else {
                    throw missing(column, in: shards, at: first, others: without.count - 1)
                }
                result.leftOut.append(
                    "\(ShardSet.description(of: shards.map(\.path))): \(count == 1 ? "1 image" : "\(count) images") "
                        + "without labels; a trained classifier can predict them")
                continue
            }
            let known = columns.values.map { list == nil ? $0 : $0.named(by: list?.names ?? []) }
            var values: [ShardColumns.Value] = []
            for (index, place) in places.enumerated() {
                guard let place, let value = known[place] else {
                    let (shard, image) = Self.image(index, in: shards)
                    throw DatasetError(
                        .unknownClass, path: shard.path.text,
                        "the label of \(image) is \(place.map { columns.values[$0].labels.joined(separator: ", ") } ?? ""), "
                            + "but there are \(list?.names.count ?? 0) classes"
                            + "\(list?.source.map { " in \($0)" } ?? ""), from number 0 on. Correct the list or the label."
                    )
                }
                values.append(value)
            }
            found.append((split, shards, values))
        }
        let values = found.flatMap(\.values)
        try checkCaptions(values, column)
        let isMultiLabel = values.contains { $0.isList && $0.labels.count != 1 }
        if isMultiLabel { result.notes.append(Self.noteOnSeveral(values)) }
        let classes = list?.names ?? Self.classNames(of: values)
        for part in found {
            result.parts[part.split] = ShardedImages(
                part.shards, labels: part.values, classNames: classes, isMultiLabel: isMultiLabel)
        }
    }

    private static func noteOnSeveral(_ values: [ShardColumns.Value]) -> String {
        let (several, none) = (values.count { $0.labels.count > 1 }, values.count(where: \.labels.isEmpty))
        return "images may have several labels: \(several) of \(values.count) have more than one"
            + (none > 0 ? ", \(none) none" : "")
    }

    /// Throws if texts are descriptions of images rather than classes.
    private func checkCaptions(_ values: [ShardColumns.Value], _ column: ShardColumns.Column) throws(DatasetError) {
        let distinct = Set(values).count
        guard column == .member("txt"), options.labelColumn == nil, values.count >= 4, distinct * 2 > values.count
        else {
            return
        }
        throw DatasetError(
            .ambiguous, path: location.path,
            "the \(values.count) images have \(distinct) different texts in .txt members, so these seem to be captions "
                + "rather than classes. Add members .cls with the class of each image.")
    }

    /// The names of classes that labels number: those of the options, or of a file next to the shards; nil if there
    /// are none, or the labels are names.
    private func classList(
        for column: ShardColumns.Column, of columns: ShardColumns, _ shards: [Shard]
    ) throws(DatasetError) -> (names: [String], source: String?)? {
        guard columns.isNumeric(column), let first = shards.first else { return nil }
        if let classes = options.classes {
            return classes.contains { ShardColumns.number($0) != nil } ? nil : (classes, nil)
        }
        let folder = first.path.parent
        let folders = [folder] + (SplitName(folder.lastComponent) == nil ? [] : [folder.parent])
        for folder in folders.map({ $0.bytes.isEmpty ? FilePath(".") : $0 }) {
            let found = ((try? folder.folderEntries()) ?? []).first { entry in
                let name = String(decoding: entry.name, as: UTF8.self).lowercased()
                return entry.kind == .file && Self.listNames.contains(name)
                    && folder.appending(entry.name) != FilePath(location.path)
            }
            guard let file = found.map({ folder.appending($0.name) }) else { continue }
            let names = try DatasetOptions.classNames(file.text).map(\.trimmed)
            var seen: Set<[UInt8]> = []
            if let twice = names.first(where: { !seen.insert(Array($0.utf8)).inserted }) {
                throw DatasetError(
                    .damagedFile, path: file.text,
                    "contains the class \"\(twice)\" twice. Give each class its own name.")
            }
            return (names, String(fileName: file.lastComponent))
        }
        return nil
    }

    private static let listNames = Set(
        ["classes", "classnames", "class_names", "class-names", "labels"].flatMap { name in
            ["", ".txt", ".names", ".lst"].map { name + $0 }
        })

    /// The distinct labels: numbers in their order, or names in the order of their bytes.
    private static func classNames(of values: [ShardColumns.Value]) -> [String] {
        var names: Set<[UInt8]> = []
        for value in Set(values) { names.formUnion(value.labels.map { Array($0.utf8) }) }
        let texts = names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
        let numbers = texts.compactMap(ShardColumns.number)
        return numbers.count == texts.count ? numbers.sorted().map(String.init) : texts
    }

    /// The shard of an image, and its name there.
    private static func image(_ index: Int, in shards: [Shard]) -> (shard: Shard, name: String) {
        var rest = index
        for shard in shards {
            if rest < shard.images.count {
                return (shard, "'" + String(fileName: shard.file(at: rest).bytes(within: shard.path)) + "'")
            }
            rest -= shard.images.count
        }
        return (shards[0], "an image")
    }

    /// The error for images without labels. `column`: nil if none has a label.
    private func missing(
        _ column: ShardColumns.Column?, in shards: [Shard], at index: Int, others: Int
    ) -> DatasetError {
        let (shard, name) = Self.image(index, in: shards)
        guard let column else {
            return DatasetError(
                .ambiguous, path: shard.path.text,
                "the image \(name) has no label, nor has any other: there is no member with its name and .cls, .txt, or "
                    + ".json with a field such as label. Add one, or name the member or field with the labels "
                    + "(`labelColumn`); if the folder names are labels, use a label pattern such as '([^/]+)/[^/]+$'.")
        }
        // Some texts next to images need not be labels.
        let isUnclear = column == .member("txt") && options.labelColumn == nil
        return DatasetError(
            isUnclear ? .ambiguous : .damagedFile, path: shard.path.text,
            "the image \(name) has no label (\(column.title))"
                + (others > 0 ? ", and \(others == 1 ? "1 more has" : "\(others) more have") none" : "")
                + ". Every image needs a label. Add it, or remove the image.")
    }
}

extension ShardColumns.Value {
    /// The labels as names of a list, which they number from 0 on; nil if a number is not in the list.
    fileprivate func named(by names: [String]) -> Self? {
        let found = labels.compactMap {
            ShardColumns.number($0).flatMap { names.indices.contains($0) ? names[$0] : nil }
        }
        return found.count == labels.count ? Self(labels: found, isList: isList) : nil
    }
}

extension String {
    /// The text; nil if it is empty.
    fileprivate var nonempty: String? { isEmpty ? nil : self }
}
