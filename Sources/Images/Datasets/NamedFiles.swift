internal import Platform

/// The files that a table or a list names, also where it writes their names in another way than the file system has them:
/// without the ending, with a Windows separator, with blanks at the ends.
///
/// A name that is there as it is written always stands for that file.
struct NamedFiles {
    /// In which ways names differ from the files.
    struct Changes: OptionSet {
        let rawValue: Int
        static let ending = Changes(rawValue: 1)
        static let separators = Changes(rawValue: 2)
        static let blanks = Changes(rawValue: 4)
    }

    /// What a name stands for.
    struct Found {
        let file: FilePath
        let changes: Changes
        /// Whether the file is there; nil where nobody looked.
        let isThere: Bool?
    }

    /// The folder that names count from; empty for the working folder.
    let root: FilePath
    /// The table or list, for errors.
    let source: String
    /// The names of the files in each folder that was looked at, by what they are without their endings.
    private var listings: [FilePath: [[UInt8]: [[UInt8]]]] = [:]
    private var counts: [Int: (count: Int, example: (name: [UInt8], file: FilePath))] = [:]

    init(root: FilePath, of source: String) {
        self.root = root
        self.source = source
    }

    /// The file that a name stands for, which is counted for `notes`.
    ///
    /// Throws where the name lacks its ending and several files have it.
    mutating func file(_ name: [UInt8]) throws(DatasetError) -> FilePath {
        let found = try find(name)
        for change in [Changes.ending, .separators, .blanks] where found.changes.contains(change) {
            counts[change.rawValue, default: (0, (name, found.file))].count += 1
        }
        return found.file
    }

    /// Whether a name stands for a file that is there.
    mutating func has(_ name: [UInt8]) -> Bool {
        guard !name.isEmpty, let found = try? find(name) else { return false }
        return found.isThere ?? (found.file.status()?.kind == .file)
    }

    /// The file that a name stands for. Names that are as usual are not looked up.
    private mutating func find(_ name: [UInt8]) throws(DatasetError) -> Found {
        let trimmed = name.trimmedBlanks
        let hasBlanks = trimmed.count != name.count
        let hasSeparators = name.contains(UInt8(ascii: "\\"))
        let plain = Found(file: root.resolving(name), changes: [], isThere: nil)
        if !hasBlanks, !hasSeparators, PictureFiles.accepts(name) { return plain }
        var ways: [(name: [UInt8], changes: Changes)] = [(name, [])]
        if hasBlanks { ways.append((trimmed, .blanks)) }
        if hasSeparators {
            ways += ways.map { way in
                (way.name.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, way.changes.union(.separators))
            }
        }
        ways.removeAll { $0.name.isEmpty }
        for way in ways {
            let file = root.resolving(way.name)
            if file.status()?.kind == .file { return Found(file: file, changes: way.changes, isThere: true) }
        }
        for way in ways where !PictureFiles.accepts(way.name) {
            let file = root.resolving(way.name)
            let names = endings(of: file)
            guard names.count < 2 else {
                throw DatasetError(
                    .unclearColumns, path: source,
                    "'\(String(fileName: name))' has no ending, and there are several such files: "
                        + names.map { String(fileName: $0) }.joined(separator: ", ")
                        + ". Write the ending too.")
            }
            if let found = names.first {
                let file = FilePath(bytes: Array(file.bytes.dropLast(file.lastComponent.count)) + found)
                return Found(file: file, changes: way.changes.union(.ending), isThere: true)
            }
        }
        return Found(file: plain.file, changes: [], isThere: false)
    }

    /// The images that are called so, whatever their ending.
    private mutating func endings(of file: FilePath) -> [[UInt8]] {
        let folder = file.parent
        if listings[folder] == nil {
            var names: [[UInt8]: [[UInt8]]] = [:]
            let here = folder.bytes.isEmpty ? FilePath(".") : folder
            for entry in (try? here.folderEntries()) ?? [] where entry.kind == .file {
                guard PictureFiles.accepts(entry.name), let dot = entry.name.lastIndex(of: UInt8(ascii: ".")) else {
                    continue
                }
                names[Array(entry.name[..<dot]), default: []].append(entry.name)
            }
            listings[folder] = names
        }
        return listings[folder]?[file.lastComponent] ?? []
    }

    /// How the names differ from the files, one sentence each.
    var notes: [String] {
        [
            (Changes.ending, "without the ending of the file"), (.separators, "with backslashes between folders"),
            (.blanks, "with blanks at an end, which the file has not"),
        ].compactMap { change, words in
            counts[change.rawValue].map { found in
                "\(found.count == 1 ? "1 name is" : "\(found.count) names are") written \(words), such as "
                    + "'\(String(fileName: found.example.name))' for \(found.example.file.text)"
            }
        }
    }

    /// Throws where there is none of some files, as when paths count from another folder. `names`: as they are written.
    func check(_ files: [FilePath], named names: [[UInt8]]) throws(DatasetError) {
        guard let first = files.first else { return }
        var failure: DatasetError?
        for file in files {
            do throws(DatasetError) {
                if try file.existingStatus() != nil { return }
            } catch {
                failure = failure ?? error
                if error.code == .system { break }
            }
        }
        if let failure { throw failure }
        let advice =
            folder(of: names).map { "The folder \($0) has them: give it as the root, \(setting("root", $0))." }
            ?? "Paths count from \(root.bytes.isEmpty ? "the working folder" : root.text); move the file, write other "
            + "paths, or give the folder that they count from as the root (`root`)."
        throw DatasetError(
            .missing, path: source,
            "\(files.count == 1 ? "no image" : "none of the first \(files.count) images") that it names is there, "
                + "such as \(first.text). \(advice)")
    }

    /// The only folder near the root, down to its grandchildren, from which all names count; nil where there are several.
    private func folder(of names: [[UInt8]]) -> String? {
        var found: [String] = []
        var waiting = [(folder: root, depth: 0)]
        var seen = 0
        while let (folder, depth) = waiting.popLast() {
            let here = folder.bytes.isEmpty ? FilePath(".") : folder
            for entry in (try? here.folderEntries()) ?? [] where entry.kind == .folder {
                seen += 1
                guard seen < 1000 else { return nil }
                let inner = folder.bytes.isEmpty ? FilePath(bytes: entry.name) : folder.appending(entry.name)
                var files = NamedFiles(root: inner, of: source)
                if names.prefix(5).allSatisfy({ files.has($0) }) { found.append(inner.text) }
                if depth == 0 { waiting.append((inner, 1)) }
            }
        }
        return found.count == 1 ? found[0] : nil
    }
}

extension [UInt8] {
    /// Without the blanks and tabs at both ends.
    var trimmedBlanks: [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return []
        }
        return first == startIndex && last == endIndex - 1 ? self : Array(self[first...last])
    }
}
