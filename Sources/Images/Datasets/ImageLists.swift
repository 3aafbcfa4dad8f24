package import Platform

/// A text file with one image path per line. Paths are relative to the root of the options, or to the folder of the
/// file.
///
/// The label is the name of the image's folder in the path, or the text that the label pattern captures.
struct ImageListFile {
    private(set) var entries: [LabeledFiles.Entry] = []
    /// What was left out, one sentence each.
    private(set) var leftOut: [String] = []
    /// Differences between names and files, one sentence each.
    let notes: [String]

    /// Reads a list without reading images. It is an error if none of the first images exists.
    init(path: String, options: DatasetOptions = .init(), pattern: LabelPattern?) throws(DatasetError) {
        var files = try NamedFiles(options, of: path)
        var videos = VideoCounts()
        var names: [[UInt8]] = []
        var unmatched = UnmatchedFiles()
        for (number, line) in try TextFile(FilePath(path)).lines {
            let name = String(fileName: FilePath(bytes: Array(line)).source.bytes)
            let file = try files.file(Array(line))
            let label: String
            if let pattern {
                guard let capture = pattern.capture(in: name) else {
                    unmatched.add(name)
                    continue
                }
                label = capture
            } else {
                // In Windows paths, the file shows where folders end.
                let isAsWritten = file.bytes.suffix(line.count).elementsEqual(line)
                let written = FilePath(bytes: isAsWritten ? Array(line) : file.bytes(within: files.root))
                let parts = written.source.bytes.split(
                    separator: UInt8(ascii: "/"))
                guard let parent = parts.dropLast().last, parent != [UInt8(ascii: ".")] else {
                    throw DatasetError(
                        .ambiguous, path: path,
                        "line \(number): '\(line.excerpt)' is in no folder whose name could be the label. Write paths "
                            + "like cat/1.jpg, use a label pattern, or convert it to a CSV file with lines path,label.")
                }
                label = String(fileName: parent)
            }
            try checkIsText(label, of: FilePath(name))
            entries += try videos.images(of: file, every: options.frameInterval).map {
                LabeledFiles.Entry(file: $0, labels: [label])
            }
            if names.count < 50 { names.append(Array(line)) }
        }
        notes = files.notes + videos.notes
        if let pattern, unmatched.count > 0 { leftOut.append(unmatched.description(pattern: pattern.text)) }
        guard !entries.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                (leftOut + videos.notes).first.map { "\($0)." } ?? "contains no images. Write one path per line.")
        }
        try files.check(entries.prefix(50).map(\.file), named: names, options)
    }
}

/// All images of a folder and its subfolders, labeled by a pattern.
struct PatternLabeledFolder {
    private(set) var entries: [LabeledFiles.Entry] = []
    private(set) var notes: [String] = []

    /// Lists the images of a folder. The pattern is applied to paths relative to `root`.
    init(
        path: String, root: FilePath, pattern: LabelPattern, frameInterval: Duration? = nil
    ) throws(DatasetError) {
        let tree = try ImageTree(of: FilePath(path), frameInterval: frameInterval)
        var unmatched = UnmatchedFiles()
        for file in tree.files {
            let name = String(fileName: file.source.bytes(within: root))
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
                notes.first.map { "\($0)." } ?? "contains no images (\(ImageFiles.formats)).")
        }
    }
}

/// Throws if the label in a file's name is not UTF-8, because class names are text in every file and program.
func checkIsText(_ label: String, of file: FilePath) throws(DatasetError) {
    guard !label.isText else { return }
    throw DatasetError(
        .unreadable, path: file.text, "the label in the name of this file is not UTF-8. Rename the file or its folder.")
}

extension FilePath {
    /// A path relative to this folder, unless it is absolute.
    func resolving(_ path: [UInt8]) -> FilePath {
        bytes.isEmpty || path.first == UInt8(ascii: "/") ? FilePath(bytes: path) : appending(path)
    }

    /// The path relative to a folder, or unchanged if it is not inside.
    package func bytes(within folder: FilePath) -> [UInt8] {
        guard !folder.bytes.isEmpty else { return bytes }
        let prefix = folder.appending([]).bytes
        return bytes.starts(with: prefix) ? Array(bytes[prefix.count...]) : bytes
    }
}
