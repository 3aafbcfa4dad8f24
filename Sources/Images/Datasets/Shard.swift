internal import Archives
internal import Dispatch
internal import Platform

/// A shard in WebDataset's form: an archive in which members belong together whose names are equal up to the first dot
/// after the last slash.
///
/// Of a sample with several images, the one whose extension is only that of an image counts: `1.jpg` next to
/// `1.mask.png`. Hidden members and those in folders such as `__meta__` are ignored, as WebDataset does.
struct Shard: Sendable {
    let path: FilePath
    let archive: Archive
    /// The places of the images in the archive's index, in the order of the names.
    private(set) var images: [UInt32] = []
    /// The labels of the images, in the same order.
    private(set) var columns: ShardColumns
    /// The number of samples without an image, and the key of the first.
    private(set) var withoutImage: (count: Int, key: [UInt8]) = (0, [])

    /// A member of a sample.
    private struct Member {
        let place: Int
        /// The part of the name after the key, in lower case.
        let ending: String

        var isImage: Bool { ImageFiles.accepts(name: "." + ending) }
    }

    /// The maximum size of a member with labels in bytes.
    private static let largest = 1 << 20

    /// Reads the names in a shard, and its labels.
    ///
    /// - Parameter columns: The form of the labels; nil to read none.
    private init(_ path: FilePath, _ columns: ShardColumns?) throws(DatasetError) {
        self.path = path
        guard let member = try path.dataMember(), member.place == nil else {
            throw DatasetError(
                .archiveDamaged, path: path.text,
                "is not a tar archive. Copy or download it again, or move it elsewhere.")
        }
        archive = member.archive
        self.columns = columns ?? ShardColumns(nil, separator: nil)
        var failure: DatasetError?
        Self.visitSamples(of: archive) { key, members in
            do throws(DatasetError) {
                try add(key, members, readsLabels: columns != nil)
            } catch {
                failure = error
            }
            return failure == nil
        }
        if let failure { throw failure }
    }

    private mutating func add(_ key: [UInt8], _ members: [Member], readsLabels: Bool) throws(DatasetError) {
        let found = members.filter(\.isImage)
        let plain = found.filter { !$0.ending.utf8.contains(UInt8(ascii: ".")) }
        guard let image = plain.first ?? found.first else {
            withoutImage = withoutImage.count == 0 ? (1, key) : (withoutImage.count + 1, withoutImage.key)
            return
        }
        guard plain.count == 1 || plain.isEmpty && found.count == 1 else {
            throw DatasetError(
                .ambiguous, path: path.text,
                "the sample '\(String(fileName: key))' has several images: "
                    + "\(found.map { "." + $0.ending }.joined(separator: ", ")). Keep one of them.")
        }
        images.append(UInt32(image.place))
        guard readsLabels else { return }
        let others = members.filter { !$0.isImage }
        func name(_ place: Int) -> String { shownMember(archive.index.name(others[place].place)) }
        try columns.add(others.map(\.ending)) { place throws(DatasetError) in
            let member = others[place].place
            guard archive.index[member].size <= Self.largest else {
                throw DatasetError(
                    .archiveTooLarge, path: path.text,
                    "its member \(name(place)) has \(archive.index[member].size) bytes, too many for labels.")
            }
            do throws(ArchiveError) {
                return try archive.bytes(of: member)
            } catch {
                throw DatasetError(FileStore.Failure(archive: path, error: error))
            }
        } failed: { place, problem in
            DatasetError(
                .damagedFile, path: path.text,
                "its member \(name(place)) \(problem.text). Correct it, or use other labels.")
        }
    }

    /// Passes the key and the members of each sample, in the order of the names, until the body returns false.
    private static func visitSamples(of archive: Archive, _ body: ([UInt8], [Member]) -> Bool) {
        let dot = UInt8(ascii: ".")
        // The names are in order, so those with one key follow each other, except that `1.d/2.png` may come between
        // `1.cls` and `1.png`.
        var samples: [(key: [UInt8], members: [Member])] = []
        for place in 0..<archive.index.count where archive.index[place].kind == .file {
            let name = archive.index.name(place)
            guard let end = keyLength(of: name) else { continue }
            while let (key, members) = samples.last,
                name.count <= key.count || name[key.count] != dot || !name.starts(with: key)
            {
                samples.removeLast()
                guard body(key, members) else { return }
            }
            if samples.last?.key.count != end { samples.append((Array(name[..<end]), [])) }
            let ending = String(decoding: name[(end + 1)...], as: UTF8.self).lowercased()
            samples[samples.count - 1].members.append(Member(place: place, ending: ending))
        }
        while let (key, members) = samples.popLast() {
            guard body(key, members) else { return }
        }
    }

    /// The length of a name's key; nil for a member of no sample.
    static func keyLength(of name: [UInt8]) -> Int? {
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        let start = name.lastIndex(of: slash).map { $0 + 1 } ?? 0
        guard let end = name[start...].firstIndex(of: dot), end > start, !name.starts(with: "__".utf8) else {
            return nil
        }
        let isHidden = name[..<start].split(separator: slash).contains { $0.first == dot }
        return isHidden ? nil : end
    }

    /// Whether an archive has the form of a shard: an image with a class (`.cls`) next to it, or, in a tar archive,
    /// images that are in no folder, each with a `.json` or `.txt` next to it.
    static func isShard(_ archive: Archive) -> Bool {
        var (hasClass, hasImage, hasTexts) = (false, false, true)
        visitSamples(of: archive) { key, members in
            // `a.mask.png` belongs to the image `a.png`.
            guard let image = members.first(where: { $0.isImage && !$0.ending.utf8.contains(UInt8(ascii: ".")) }) else {
                return true
            }
            let endings = Set(members.map(\.ending))
            hasClass = endings.contains("cls")
            hasImage = true
            hasTexts =
                hasTexts && archive.index[image.place].storage == .plain && !key.contains(UInt8(ascii: "/"))
                && !endings.isDisjoint(with: ["json", "txt"])
            return !hasClass
        }
        return hasClass || hasImage && hasTexts
    }

    /// Reads shards in parallel, in their order.
    ///
    /// - Parameter columns: The form of the labels; nil to read none.
    /// - Throws: The error of the first shard that can't be read.
    static func read(_ files: [FilePath], _ columns: ShardColumns?) throws(DatasetError) -> [Shard] {
        try makeRoom(for: files)
        let results = Monitor([Int: Result<Shard, DatasetError>]())
        let workers = min(files.count, 16)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in stride(from: worker, to: files.count, by: workers) {
                let result = Result { () throws(DatasetError) in try Shard(files[index], columns) }
                results.withLock { $0[index] = result }
            }
        }
        let found = results.withLock { $0 }
        return try files.indices.map { index throws(DatasetError) -> Shard in
            guard let result = found[index] else { preconditionFailure("Every shard is read.") }
            return try result.get()
        }
    }

    /// Raises the limit of open files: each compressed archive has a temporary file.
    private static func makeRoom(for files: [FilePath]) throws(DatasetError) {
        let packed = files.filter { $0.fileExtension != "tar" }
        guard let first = packed.first else { return }
        // Evaluation images may be opened separately.
        ResourceLimit.openFiles.raise(to: 2 * packed.count + 256)
        guard let most = ResourceLimit.openFiles.value, most < packed.count + 128 else { return }
        throw DatasetError(
            .archiveTooLarge, path: first.text,
            "is one of \(packed.count) compressed shards, each of which needs an open file, but the system allows "
                + "\(most). Decompress them to .tar, or use fewer.")
    }

    /// The path of an image.
    func file(at index: Int) -> FilePath { path.appending(archive.index.name(Int(images[index]))) }

    /// Keeps only these images, whose labels were not read.
    mutating func keep(_ indices: [Int]) { images = indices.map { images[$0] } }

    /// Forgets the labels.
    mutating func removeLabels() { columns = ShardColumns(nil, separator: nil) }
}
