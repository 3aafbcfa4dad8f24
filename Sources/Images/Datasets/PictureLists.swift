package import Platform

/// A text file with the path of an image on each line; paths count from the root that the options give, or from the folder
/// of the file.
///
/// The label is the name of the folder that the path puts the image in, or what the label pattern captures.
struct PictureListFile {
    private(set) var entries: [LabelledFiles.Entry] = []
    /// What was left out, one sentence each.
    private(set) var leftOut: [String] = []
    /// How names differ from files, one sentence each.
    let notes: [String]

    /// Reads a list. No image is read, but it is an error if none of the first images is there.
    init(path: String, options: DatasetOptions = .init(), pattern: LabelPattern?) throws(DatasetError) {
        var files = try NamedFiles(options, of: path)
        var names: [[UInt8]] = []
        var unmatched = UnmatchedFiles()
        for (number, line) in try TextFile(FilePath(path)).lines {
            let name = String(fileName: line)
            let file = try files.file(Array(line))
            let label: String
            if let pattern {
                guard let capture = pattern.capture(in: name) else {
                    unmatched.add(name)
                    continue
                }
                label = capture
            } else {
                // In Windows paths the file shows where folders end.
                let isAsWritten = file.bytes.suffix(line.count).elementsEqual(line)
                let parts = (isAsWritten ? Array(line) : file.bytes(within: files.root)).split(
                    separator: UInt8(ascii: "/"))
                guard let parent = parts.dropLast().last, parent != [UInt8(ascii: ".")] else {
                    throw DatasetError(
                        .ambiguous, path: path,
                        "line \(number): '\(line.excerpt)' lies in no folder whose name would be the label. Write paths like "
                            + "cat/1.jpg, give a label pattern, or make it a CSV file of lines path,label.")
                }
                label = String(fileName: parent)
            }
            try checkIsText(label, of: FilePath(name))
            entries.append(.init(file: file, labels: [label]))
            if names.count < 50 { names.append(Array(line)) }
        }
        notes = files.notes
        if let pattern, unmatched.count > 0 { leftOut.append(unmatched.description(pattern: pattern.text)) }
        guard !entries.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                leftOut.first.map { "\($0)." } ?? "names no image. Write the path of one on each line.")
        }
        try files.check(entries.prefix(50).map(\.file), named: names)
    }
}

/// All images of a folder and of the folders within it, labeled by a pattern.
struct PatternLabelledFolder {
    private(set) var entries: [LabelledFiles.Entry] = []
    private(set) var notes: [String] = []

    /// Lists the images of a folder; the pattern sees their paths from `root` on.
    init(path: String, root: FilePath, pattern: LabelPattern) throws(DatasetError) {
        let tree = try PictureTree(of: FilePath(path))
        var unmatched = UnmatchedFiles()
        for file in tree.files {
            let name = String(fileName: file.bytes(within: root))
            if let label = pattern.capture(in: name) {
                try checkIsText(label, of: file)
                entries.append(.init(file: file, labels: [label]))
            } else {
                unmatched.add(name)
            }
        }
        if unmatched.count > 0 { notes.append(unmatched.description(pattern: pattern.text)) }
        notes += tree.ignored.notes
        guard !entries.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                notes.first.map { "\($0)." } ?? "holds no image (\(PictureFiles.endings.joined(separator: ", "))).")
        }
    }
}

/// Throws where the label in a file's name is not UTF-8: class names are text in every file and program.
func checkIsText(_ label: String, of file: FilePath) throws(DatasetError) {
    guard !label.isText else { return }
    throw DatasetError(
        .unreadable, path: file.text, "the label in the name of this file is not UTF-8. Rename the file or its folder.")
}

extension FilePath {
    /// The folder that the path lies in; empty where it names none, which stands for the working folder.
    var parent: FilePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(bytes: []) }
        return FilePath(bytes: Array(bytes[..<Swift.max(slash, 1)]))
    }

    /// A path that counts from this folder, unless it begins at the root.
    func resolving(_ path: [UInt8]) -> FilePath {
        bytes.isEmpty || path.first == UInt8(ascii: "/") ? FilePath(bytes: path) : appending(path)
    }

    /// The path from a folder on, or all of it where it does not lie in there.
    package func bytes(within folder: FilePath) -> [UInt8] {
        guard !folder.bytes.isEmpty else { return bytes }
        let prefix = folder.appending([]).bytes
        return bytes.starts(with: prefix) ? Array(bytes[prefix.count...]) : bytes
    }
}
