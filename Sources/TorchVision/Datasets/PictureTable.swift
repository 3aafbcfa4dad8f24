internal import Torch

/// A CSV or TSV file that names pictures: `path,label[,split]`.
///
/// Paths count from the folder of the file. A label `a;b` means two classes, and makes the table one of several labels;
/// there a picture may also have none. `a\;b` is one class whose name holds a semicolon, and `\ ` a blank that belongs to
/// the name it begins or ends. The split is `train`, `val` or
/// `test` (or one of their other names); without one a picture is there to train with.
///
/// A first line that names the columns is recognised, in any order and with further columns beside them: `path`, `file`,
/// `filename`, `image` and so on, `label`, `class`, `category`, `tags` and so on, `split`, `set`, `subset`.
struct PictureTable {
    struct Row {
        let entry: LabelledFiles.Entry
        let split: SplitFolder
    }

    private(set) var rows: [Row] = []
    private(set) var isMultiLabel = false
    /// Whether a column tells the split.
    let hasSplits: Bool
    private(set) var notes: [String] = []

    /// Reads a table. No picture is read, but it is an error if none of the first pictures is there.
    ///
    /// With a pattern labels come from the paths, and a column of labels is not needed.
    init(path: String, pattern: LabelPattern? = nil) throws(DatasetError) {
        let file = try TextFile(FilePath(path))
        let text = try DelimitedText(file, delimiter: DelimitedText.delimiter(of: file))
        let (columns, hasHeader) = TableColumns.find(in: text.records)
        let records = text.records.dropFirst(hasHeader ? 1 : 0)
        guard let first = records.first else {
            throw DatasetError(.empty, path: path, "names no picture. Write a line path,label for each.")
        }
        hasSplits = columns.split.map { $0 < first.fields.count } ?? false
        let folder = FilePath(path).parent
        var unmatched = UnmatchedFiles()
        var unlabelled: [Int] = []
        for record in records {
            let fields = record.fields
            guard columns.path < fields.count, !fields[columns.path].isEmpty else {
                throw DatasetError(
                    .damagedFile, path: path, "line \(record.line): there is no path. Add it, or drop the line.")
            }
            let name = String(fileName: fields[columns.path])
            let labels: [String]
            if let pattern {
                guard let label = pattern.capture(in: name) else {
                    unmatched.add(name)
                    continue
                }
                try checkIsText(label, of: FilePath(name))
                labels = [label]
            } else {
                guard columns.label < fields.count else {
                    throw DatasetError(
                        .damagedFile, path: path,
                        "line \(record.line): '\(name)' has no label behind it. Write path,label on each line, with a "
                            + "comma (or, in a .tsv, a tab) between them.")
                }
                labels = try Self.labels(fields[columns.label], line: record.line, path: path)
                isMultiLabel = isMultiLabel || labels.count > 1
                if labels.isEmpty { unlabelled.append(record.line) }
            }
            let word = columns.split.flatMap { $0 < fields.count ? fields[$0] : nil } ?? []
            guard let split = word.isEmpty ? .training : SplitFolder(name: word) else {
                throw DatasetError(
                    .damagedFile, path: path,
                    "line \(record.line): '\(String(decoding: word, as: UTF8.self))' is no split. The third column is "
                        + "train, val or test; name the columns in a first line path,label if it is something else.")
            }
            let entry = LabelledFiles.Entry(file: folder.resolving(fields[columns.path]), labels: labels)
            rows.append(Row(entry: entry, split: split))
        }
        if let line = unlabelled.first, !isMultiLabel {
            throw DatasetError(
                .damagedFile, path: path,
                "line \(line): the label is empty"
                    + (unlabelled.count > 1 ? ", and on \(unlabelled.count - 1) more" : "")
                    + ". Every picture needs one, unless some have several (label1;label2).")
        }
        if let pattern, unmatched.count > 0 {
            let note = unmatched.description(pattern: pattern.text)
            guard !rows.isEmpty else { throw DatasetError(.empty, path: path, note + ". Write another pattern.") }
            notes.append(note)
        }
        try checkThatFilesExist(rows.prefix(50).map(\.entry.file), of: path)
    }

    /// The rows of a split.
    func entries(_ split: SplitFolder) -> [LabelledFiles.Entry] {
        rows.lazy.filter { $0.split == split }.map(\.entry)
    }

    /// Reads `a;b`.
    private static func labels(_ field: [UInt8], line: Int, path: String) throws(DatasetError) -> [String] {
        var texts: [String] = []
        for label in TableLabel.labels(in: field) {
            guard let text = String(validating: label, as: UTF8.self) else {
                throw DatasetError(
                    .damagedFile, path: path, "line \(line): the label is not UTF-8. Save the file as UTF-8.")
            }
            texts.append(text)
        }
        return texts
    }
}

/// Which column is what.
private struct TableColumns {
    let path: Int
    let label: Int
    let split: Int?

    private static let paths: Set = [
        "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_name", "img",
        "picture", "photo",
    ]
    private static let labels: Set = ["label", "labels", "class", "classes", "category", "target", "tag", "tags"]
    private static let splits: Set = ["split", "set", "subset", "part", "partition", "fold"]

    /// The columns by their names where the first line has names, else the first three.
    ///
    /// Where it has other names, it is known by a first field that does not end as a picture's name, above one that does.
    static func find(in records: [DelimitedText.Record]) -> (Self, hasHeader: Bool) {
        let plain = TableColumns(path: 0, label: 1, split: 2)
        guard let first = records.first?.fields else { return (plain, false) }
        let names = first.map { String(decoding: $0, as: UTF8.self).trimmed.lowercased() }
        let path = names.firstIndex(where: paths.contains)
        let label = names.firstIndex(where: labels.contains)
        let split = names.firstIndex(where: splits.contains)
        if let path, label != nil || names.count == 1 {
            return (TableColumns(path: path, label: label ?? 1, split: split), true)
        }
        func isPicture(_ field: [UInt8]?) -> Bool { field.map { PictureFiles.accepts($0) } ?? false }
        if !isPicture(first.first), records.count > 1, isPicture(records[1].fields.first) {
            return (TableColumns(path: 0, label: 1, split: split), true)
        }
        return (plain, false)
    }
}

/// Throws where there is none of some files, as when paths count from another folder.
func checkThatFilesExist(_ files: [FilePath], of list: String) throws(DatasetError) {
    guard let first = files.first, files.allSatisfy({ $0.status() == nil }) else { return }
    throw DatasetError(
        .missing, path: list,
        "\(files.count == 1 ? "no picture" : "none of the first \(files.count) pictures") that it names is there, such as "
            + "\(first.text). Paths count from the folder of this file; move it, or write other paths.")
}
