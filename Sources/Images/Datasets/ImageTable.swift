internal import Platform

/// A CSV or TSV file with images: `path,label[,split]`, or other columns; see `TableColumns`.
///
/// Paths are relative to the root of the options, or to the folder of the file. A label `a;b` means two classes and
/// makes the dataset multi-label; images may then also have no label. `a\;b` is one class with a semicolon in its name,
/// and `\ ` is a space at the start or end of a name. The split is `train`, `val` or `test` (or one of their aliases).
/// Images without a split are for training.
struct ImageTable {
    struct Row {
        let entry: LabeledFiles.Entry
        let split: SplitFolder
    }

    private(set) var rows: [Row] = []
    private(set) var isMultiLabel = false
    /// The meaning of each column.
    let columns: TableColumns
    /// What was left out, one sentence each.
    private(set) var leftOut: [String] = []
    /// Further warnings for the user, one sentence each.
    private(set) var notes: [String] = []

    /// Reads a table without reading images. It is an error if none of the first images exists.
    ///
    /// With a pattern, labels come from the paths, and a label column is not needed.
    init(path: String, options: DatasetOptions = .init(), pattern: LabelPattern? = nil) throws(DatasetError) {
        let file = try TextFile(FilePath(path))
        let text = try DelimitedText(file, delimiter: DelimitedText.delimiter(of: file))
        var files = try NamedFiles(options, of: path)
        columns = try TableColumns(text.records, options, files: &files, table: path)
        guard !columns.rows.isEmpty else {
            throw DatasetError(.empty, path: path, "contains no images. Write a line path,label for each.")
        }
        try Self.checkWidths(columns)
        let labels = try TableLabels(columns, separator: options.labelSeparator)
        isMultiLabel = labels.isMultiLabel
        leftOut = columns.leftOut
        var unmatched = UnmatchedFiles()
        var videos = VideoCounts()
        var names: [[UInt8]] = []
        for (place, record) in columns.rows.enumerated() {
            let fields = record.fields
            guard columns.path < fields.count, !fields[columns.path].isEmpty else {
                throw DatasetError(
                    .damagedFile, path: path, "line \(record.line): there is no path. Add it, or remove the line.")
            }
            let name = fields[columns.path]
            var found = pattern == nil ? labels.labels[place] : []
            if let pattern {
                let text = String(fileName: FilePath(bytes: name).source.bytes)
                guard let label = pattern.capture(in: text) else {
                    unmatched.add(text)
                    continue
                }
                try checkIsText(label, of: FilePath(text))
                found = [label]
            }
            let split = try columns.split(of: record)
            rows += try videos.images(of: files.file(name), every: options.frameInterval).map {
                Row(entry: .init(file: $0, labels: found), split: split)
            }
            if names.count < 50 { names.append(name) }
        }
        if let pattern, unmatched.count > 0 {
            let note = unmatched.description(pattern: pattern.text)
            guard !rows.isEmpty else { throw DatasetError(.empty, path: path, note + ". Use another pattern.") }
            leftOut.append(note)
        }
        guard !rows.isEmpty else {
            throw DatasetError(.empty, path: path, "contains no images." + videos.notes.map { " \($0)." }.joined())
        }
        try files.check(rows.prefix(50).map(\.entry.file), named: names, options)
        notes = labels.notes + files.notes + videos.notes
        notes += Self.repetitions(in: rows.map(\.entry))
    }

    /// Warnings about images in several rows, in particular with different labels.
    private static func repetitions(in entries: [LabeledFiles.Entry]) -> [String] {
        var labels: [FilePath: [String]] = [:]
        var (same, different) = (0, 0)
        for entry in entries {
            switch labels[entry.file] {
            case nil: labels[entry.file] = entry.labels
            case entry.labels: same += 1
            default: different += 1
            }
        }
        func note(_ count: Int, _ ending: String) -> String? {
            let rows = count == 1 ? "1 row contains" : "\(count) rows contain"
            return count == 0 ? nil : rows + " an image of an earlier row" + ending
        }
        return [note(same, ""), note(different, " with another label")].compactMap(\.self)
    }

    /// The rows of a split.
    func entries(_ split: SplitFolder) -> [LabeledFiles.Entry] {
        rows.lazy.filter { $0.split == split }.map(\.entry)
    }

    /// Throws if a row has more fields than the header, for example because of an unquoted comma.
    private static func checkWidths(_ columns: TableColumns) throws(DatasetError) {
        guard let names = columns.names,
            let row = columns.rows.first(where: {
                $0.fields.dropFirst(names.count).contains { !$0.trimmedBlanks.isEmpty }
            })
        else { return }
        throw DatasetError(
            .damagedFile, path: columns.table,
            "line \(row.line): there are \(row.fields.count) fields, but \(names.count) names in the header. Quote "
                + "fields that contain a comma, or name all columns.")
    }
}

extension NamedFiles {
    /// The files of a table or a list, relative to the root of the options, or to its folder.
    ///
    /// Throws if the root is not a folder.
    init(_ options: DatasetOptions, of path: String) throws(DatasetError) {
        if let root = options.root {
            let kind = try FilePath(root).existingStatus()?.kind
            guard kind == .folder || kind == .file && FilePath(root).isArchive else {
                throw DatasetError(
                    .missing, path: root,
                    "there is no such folder, but paths are relative to it. Check the root (`root`).")
            }
        }
        self.init(root: options.root.map { FilePath($0) } ?? FilePath(path).parent, of: path)
    }
}
