internal import Platform
internal import Web

/// The files of a table or a list, even if the names differ from those in the file system: without the extension, with
/// a Windows separator, with surrounding spaces.
///
/// A name that exists as written always refers to that file.
struct NamedFiles {
    /// The differences between names and files.
    struct Changes: OptionSet {
        let rawValue: Int
        static let fileExtension = Changes(rawValue: 1)
        static let separators = Changes(rawValue: 2)
        static let blanks = Changes(rawValue: 4)
    }

    /// The file of a name.
    struct Found {
        let file: FilePath
        let changes: Changes
        /// Whether the file exists; nil if it was not checked.
        let isThere: Bool?
    }

    /// The folder to which names are relative; empty for the working folder.
    let root: FilePath
    /// The table or list, for errors.
    let source: String
    /// The file names in each visited folder, by their names without extensions.
    private var listings: [FilePath: [[UInt8]: [[UInt8]]]] = [:]
    private var counts: [Int: (count: Int, example: (name: [UInt8], file: FilePath))] = [:]

    init(root: FilePath, of source: String) {
        self.root = root
        self.source = source
    }

    /// The file of a name. Differences are counted for `notes`.
    ///
    /// Throws if the name lacks its extension and several files match.
    mutating func file(_ name: [UInt8]) throws(DatasetError) -> FilePath {
        let found = try find(name)
        for change in [Changes.fileExtension, .separators, .blanks] where found.changes.contains(change) {
            counts[change.rawValue, default: (0, (name, found.file))].count += 1
        }
        return found.file
    }

    /// Whether the file of a name exists.
    mutating func has(_ name: [UInt8]) -> Bool {
        guard !name.isEmpty, let found = try? find(name) else { return false }
        return found.isThere ?? (found.file.foundStatus()?.kind == .file)
    }

    /// The file of a name. Ordinary names are not looked up.
    private mutating func find(_ name: [UInt8]) throws(DatasetError) -> Found {
        let trimmed = name.trimmedBlanks
        let address = FilePath(bytes: trimmed)
        if address.webURL != nil { return Found(file: address, changes: [], isThere: true) }
        let hasBlanks = trimmed.count != name.count
        let hasSeparators = name.contains(UInt8(ascii: "\\"))
        let plain = Found(file: root.resolving(name), changes: [], isThere: nil)
        if !hasBlanks, !hasSeparators, ImageFiles.accepts(name) { return plain }
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
            if file.foundStatus()?.kind == .file { return Found(file: file, changes: way.changes, isThere: true) }
        }
        for way in ways where !ImageFiles.accepts(way.name) {
            let file = root.resolving(way.name)
            let names = extensions(of: file)
            guard names.count < 2 else {
                throw DatasetError(
                    .unclearColumns, path: source,
                    "'\(String(fileName: name))' has no extension, and there are several such files: "
                        + names.map { String(fileName: $0) }.joined(separator: ", ")
                        + ". Add the extension.")
            }
            if let found = names.first {
                let file = FilePath(bytes: Array(file.bytes.dropLast(file.lastComponent.count)) + found)
                return Found(file: file, changes: way.changes.union(.fileExtension), isThere: true)
            }
        }
        return Found(file: plain.file, changes: [], isThere: false)
    }

    /// The images with this name and any extension.
    private mutating func extensions(of file: FilePath) -> [[UInt8]] {
        let folder = file.parent
        if listings[folder] == nil {
            var names: [[UInt8]: [[UInt8]]] = [:]
            let here = folder.bytes.isEmpty ? FilePath(".") : folder
            for entry in (try? here.folderEntries()) ?? [] where entry.kind == .file {
                guard let dot = entry.name.lastIndex(of: UInt8(ascii: ".")), (try? here.holdsImage(entry)) ?? false
                else { continue }
                names[Array(entry.name[..<dot]), default: []].append(entry.name)
            }
            listings[folder] = names
        }
        return listings[folder]?[file.lastComponent] ?? []
    }

    /// The differences between names and files, one sentence each.
    var notes: [String] {
        [
            (Changes.fileExtension, "without the file's extension"), (.separators, "with backslashes between folders"),
            (.blanks, "with spaces at an end, which the file's name does not have"),
        ].compactMap { change, words in
            counts[change.rawValue].map { found in
                "\(found.count == 1 ? "1 name is" : "\(found.count) names are") written \(words), such as "
                    + "'\(String(fileName: found.example.name))' for \(found.example.file.text)"
            }
        }
    }

    /// Throws if none of some files exists, for example if paths are relative to another folder. `names`: as written.
    func check(_ files: [FilePath], named names: [[UInt8]], _ options: DatasetOptions) throws(DatasetError) {
        guard let first = files.first else { return }
        var failure: DatasetError?
        for file in files {
            if file.webURL != nil { return }
            do throws(DatasetError) {
                if try file.existingStatus() != nil { return }
            } catch {
                failure = failure ?? error
                if error.code == .system { break }
            }
        }
        if let failure { throw failure }
        let advice =
            options.frameInterval == nil && first.video != nil
            ? "It is a frame of a video: set the time between frames (`frameInterval`)."
            : folder(of: names).map { "The folder \($0) has them: use it as the root, \(setting("root", $0))." }
                ?? "Paths are relative to \(root.bytes.isEmpty ? "the working folder" : root.text); move the file, change "
                + "the paths, or set the folder to which they are relative as the root (`root`)."
        throw DatasetError(
            .missing, path: source,
            files.count == 1
                ? "the image \(first.text) does not exist. \(advice)"
                : "none of the first \(files.count) images exists, such as \(first.text). \(advice)")
    }

    /// The only folder near the root, down to its grandchildren, that contains all names; nil if there are several.
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
    /// The name without spaces and tabs at both ends.
    var trimmedBlanks: [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return []
        }
        return first == startIndex && last == endIndex - 1 ? self : Array(self[first...last])
    }
}
