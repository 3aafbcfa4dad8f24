internal import Torch

/// A text file with the path of a picture on each line; paths count from the folder of the file.
///
/// The label is the name of the folder that the path puts the picture in, or what the label pattern captures.
struct PictureListFile {
    private(set) var entries: [LabelledFiles.Entry] = []
    private(set) var notes: [String] = []

    /// Reads a list. No picture is read, but it is an error if none of the first pictures is there.
    init(path: String, pattern: LabelPattern?) throws(DatasetError) {
        let folder = FilePath(path).parent
        var unmatched = UnmatchedFiles()
        for (number, line) in try TextFile(FilePath(path)).lines {
            let name = String(fileName: line)
            let label: String
            if let pattern {
                guard let capture = pattern.capture(in: name) else {
                    unmatched.add(name)
                    continue
                }
                label = capture
            } else {
                guard let parent = line.split(separator: UInt8(ascii: "/")).dropLast().last,
                    parent != [UInt8(ascii: ".")]
                else {
                    throw DatasetError(
                        .ambiguous, path: path,
                        "line \(number): '\(name)' lies in no folder whose name would be the label. Write paths like "
                            + "cat/1.jpg, give a label pattern, or make it a CSV file of lines path,label.")
                }
                label = String(fileName: parent)
            }
            try checkIsText(label, of: FilePath(name))
            entries.append(.init(file: folder.resolving(Array(line)), labels: [label]))
        }
        if let pattern, unmatched.count > 0 { notes.append(unmatched.description(pattern: pattern.text)) }
        guard !entries.isEmpty else {
            throw DatasetError(
                .empty, path: path,
                notes.first.map { "\($0)." } ?? "names no picture. Write the path of one on each line.")
        }
        try checkThatFilesExist(entries.prefix(50).map(\.file), of: path)
    }
}

/// All pictures of a folder and of the folders within it, labelled by a pattern.
struct PatternLabelledFolder {
    private(set) var entries: [LabelledFiles.Entry] = []
    private(set) var notes: [String] = []

    /// Lists the pictures of a folder; the pattern sees their paths from `root` on.
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
                notes.first.map { "\($0)." } ?? "holds no picture (\(PictureFiles.endings.joined(separator: ", "))).")
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
    func bytes(within folder: FilePath) -> [UInt8] {
        guard !folder.bytes.isEmpty else { return bytes }
        let prefix = folder.appending([]).bytes
        return bytes.starts(with: prefix) ? Array(bytes[prefix.count...]) : bytes
    }
}
