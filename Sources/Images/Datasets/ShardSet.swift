internal import LibC
internal import Platform

/// Shards: archives in WebDataset's form, in a fixed order.
///
/// They are the tar archives of a folder, a single archive, those that a name with braces or wildcards stands for
/// (`train-{000000..000099}.tar`, `*.tar`), or those in a list of such names.
struct ShardSet {
    /// The shards in order.
    let files: [FilePath]

    /// Finds the shards at a path. Throws if one does not exist or occurs twice, or if there are none.
    init(_ location: DatasetLocation, _ options: DatasetOptions) throws(DatasetError) {
        let path = FilePath(location.path)
        var files: [FilePath] = []
        switch path.status()?.kind {
        case .folder: files = try path.shards()
        case .file where DatasetLocation.isFileOfNames(location.path):
            let root = try NamedFiles(options, of: location.path).root
            for (number, line) in try TextFile(path).lines {
                guard Self.isName(line) else {
                    throw DatasetError(
                        .damagedFile, path: location.path,
                        "line \(number): '\(line.excerpt)' is not a tar archive, but other lines are. List only "
                            + "shards, or only images.")
                }
                files += try Self.expanded(root.resolving(Array(line).trimmedBlanks))
            }
        case .file: files = [path]
        case .special, nil: files = try Self.expanded(path)
        }
        var seen: Set<FilePath> = []
        for file in files where !seen.insert(file).inserted {
            throw DatasetError(.ambiguous, path: location.path, "names the shard \(file.text) twice. Name it once.")
        }
        self.files = files
    }

    /// Whether a name is that of a tar archive.
    static func isName(_ name: some Collection<UInt8>) -> Bool {
        let text = String(decoding: Array(name).trimmedBlanks, as: UTF8.self).lowercased()
        return [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"].contains(where: text.hasSuffix)
    }

    /// Whether the name at a path has braces or wildcards, and is that of tar archives.
    static func isPattern(_ path: FilePath) -> Bool {
        isName(path.bytes) && path.bytes.contains { "{*?[".utf8.contains($0) }
    }

    // MARK: Names with braces and wildcards

    /// The maximum number of shards that a name can stand for.
    private static let most = 1_000_000

    /// The files that a name stands for; one with exactly this name takes precedence.
    ///
    /// Throws if a file does not exist.
    static func expanded(_ path: FilePath) throws(DatasetError) -> [FilePath] {
        guard isPattern(path), path.status() == nil else { return [path] }
        var names: [[UInt8]] = []
        try expand(path.bytes[...], after: [], into: &names, of: path)
        var files: [FilePath] = []
        for name in names {
            guard name.contains(where: { "*?[".utf8.contains($0) }) else {
                guard try FilePath(bytes: name).existingStatus() != nil else {
                    throw DatasetError(
                        .missing, path: path.text,
                        "the shard \(String(fileName: name)) does not exist. Copy it, or change the range.")
                }
                files.append(FilePath(bytes: name))
                continue
            }
            let found = matches(name)
            guard !found.isEmpty else {
                throw DatasetError(
                    .missing, path: path.text, "no file matches \(String(fileName: name)). Check the path.")
            }
            files += found
        }
        return files
    }

    /// Expands braces as WebDataset and shells do: `{000..010}`, `{0..10..2}`, `{train,val}`.
    private static func expand(
        _ rest: ArraySlice<UInt8>, after start: [UInt8], into names: inout [[UInt8]], of path: FilePath
    ) throws(DatasetError) {
        guard let open = rest.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
        else {
            guard names.count < most else {
                throw DatasetError(.ambiguous, path: path.text, "stands for more than \(most) shards. Use a list.")
            }
            names.append(start + rest)
            return
        }
        let (before, content) = (start + rest[..<open], rest[(open + 1)..<close])
        let words = content.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Array($0) }
        guard let choices = try range(content, of: path) ?? (words.count > 1 ? words : nil) else {
            return try expand(rest[(close + 1)...], after: start + rest[...close], into: &names, of: path)
        }
        for choice in choices { try expand(rest[(close + 1)...], after: before + choice, into: &names, of: path) }
    }

    /// The numbers of `000..010` or `0..10..2`, with leading zeros if an end has them; nil for anything else.
    private static func range(_ content: ArraySlice<UInt8>, of path: FilePath) throws(DatasetError) -> [[UInt8]]? {
        let words = String(decoding: content, as: UTF8.self).split(separator: "..", omittingEmptySubsequences: false)
        guard (2...3).contains(words.count), let first = Int(words[0]), let last = Int(words[1]), first >= 0, last >= 0,
            let step = words.count < 3 ? 1 : Int(words[2]), step > 0
        else { return nil }
        guard abs(last - first) / step < most else {
            throw DatasetError(.ambiguous, path: path.text, "stands for more than \(most) shards. Use a list.")
        }
        let isPadded = words[..<2].contains { $0.count > 1 && $0.hasPrefix("0") }
        let width = isPadded ? max(words[0].count, words[1].count) : 0
        return stride(from: first, through: last, by: first <= last ? step : -step).map { number in
            let digits = String(number)
            return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
        }
    }

    /// The files that match a name with wildcards, in the order of their bytes.
    private static func matches(_ name: [UInt8]) -> [FilePath] {
        var found = glob_t()
        defer { globfree(&found) }
        guard FilePath(bytes: name).withCString({ glob($0, 0, nil, &found) }) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { FilePath(String(fileName: $0)) } }
            .sorted()
    }

    // MARK: Parts

    /// The shards of each part of the data, by their names or, if these show no part, those of their folders. All are
    /// for training if all are for the same purpose. `unlabeled`: shards for prediction.
    ///
    /// Throws if only some shards show a part, or if none is for training.
    func parts(at path: String) throws(DatasetError) -> (shards: [SplitFolder: [FilePath]], unlabeled: [FilePath]) {
        let roles = files.map { (SplitName($0.archiveName) ?? SplitName($0.parent.lastComponent))?.role }
        guard Set(roles).count > 1 else { return ([.training: files], []) }
        var shards: [SplitFolder: [FilePath]] = [:]
        var unlabeled: [FilePath] = []
        for (file, role) in zip(files, roles) {
            switch role {
            case .training: shards[.training, default: []].append(file)
            case .validation: shards[.validation, default: []].append(file)
            case .test: shards[.test, default: []].append(file)
            case .evaluation:
                shards[roles.contains(.validation) ? .test : .validation, default: []].append(file)
            case .unlabeled: unlabeled.append(file)
            case nil:
                throw DatasetError(
                    .ambiguous, path: path,
                    "contains shards for training and evaluation and others, such as \(file.text). Name all of them "
                        + "train-…, val-… or test-…, or move these elsewhere.")
            }
        }
        guard shards[.training] != nil else {
            throw DatasetError(
                .ambiguous, path: path,
                "contains shards for several purposes, but none for training. Add shards with names train-…, or use "
                    + "only those of one purpose.")
        }
        return (shards, unlabeled)
    }

    /// `shards train-000000.tar … train-000009.tar`
    static func description(of files: [FilePath]) -> String {
        let names = files.map { String(fileName: $0.lastComponent) }
        return switch names.count {
        case 0, 1: "shard \(names.first ?? "")"
        case 2: "shards \(names[0]), \(names[1])"
        default: "\(names.count.grouped) shards, \(names[0]) … \(names[names.count - 1])"
        }
    }
}

extension FilePath {
    /// The tar archives in this folder, in order.
    func shards() throws(DatasetError) -> [FilePath] {
        try folderEntries().filter { $0.kind == .file && ShardSet.isName($0.name) }.map { appending($0.name) }
    }
}
