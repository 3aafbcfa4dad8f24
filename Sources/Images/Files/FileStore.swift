internal import Archives
internal import Platform

/// The archives that stand for folders: `photos.zip/ants/1.jpg` is a file in one. Other files may
/// get an archive that stands for them, such as a video that of its frames.
///
/// A path is looked for here only after the system reported that one of its parts is not a folder, so ordinary files
/// cost nothing. An archive is opened when it is first used; later its index is in memory.
final class FileStore: Sendable {
    /// The instance of the process.
    static let shared = FileStore()

    /// The maximum number of archives whose files stay open. Those of others are opened for each use, or decompressed
    /// again unless a dataset has them.
    private static let openFiles = 64

    /// The maximum number of members of all archives that are kept in memory, beyond those that are open. An archive
    /// that was dropped is read again when it is needed.
    private static let capacity = 16_000_000

    /// An archive that is refused or cannot be read.
    struct Failure: Error {
        let archive: FilePath
        let error: ArchiveError
    }

    /// An opened file: an archive, or the reason why it is none.
    private struct Opened {
        let stamp: ArchiveFile.Stamp?
        /// Nil for a file that is not an archive.
        let result: Result<Archive?, ArchiveError>

        var archive: Archive? { try? result.get() }

        /// The memory that it needs, in members. A temporary file is open as long as its archive is kept.
        var cost: Int {
            let isExpanded = archive?.expandedSize != nil
            return 1000 + (archive?.index.count ?? 0) + (isExpanded ? FileStore.capacity / FileStore.openFiles : 0)
        }
    }

    /// An archive that was dropped here, as long as a dataset has it.
    private struct Dropped {
        let stamp: ArchiveFile.Stamp?
        private(set) weak var archive: Archive?

        init?(_ opened: Opened?) {
            guard let opened, let archive = opened.archive else { return nil }
            (stamp, self.archive) = (opened.stamp, archive)
        }
    }

    private struct State {
        var opened: [FilePath: Opened] = [:]
        /// The keys of `opened`, oldest first.
        var order: [FilePath] = []
        /// The sum of the costs of `opened`.
        var cost = 0
        var dropped: [FilePath: Dropped] = [:]
        /// The number of dropped archives from which on those that are gone are removed.
        var mostDropped = 1000
        /// The files that a thread is opening.
        var opening: Set<FilePath> = []
        /// The archives that stand for files.
        var mounted: [ArchiveFile.Stamp: [Archive]] = [:]

        mutating func dropOldest() {
            let path = order.removeFirst()
            let opened = self.opened.removeValue(forKey: path)
            cost -= opened?.cost ?? 0
            dropped[path] = Dropped(opened)
            guard dropped.count > mostDropped else { return }
            dropped = dropped.filter { $0.value.archive != nil }
            mostDropped = max(1000, 2 * dropped.count)
        }
    }

    private let state = Monitor(State())

    /// The file or folder at a path in an archive, or an archive itself; nil if there is none.
    ///
    /// Throws if the archive is refused or cannot be read.
    func member(at path: FilePath) throws(Failure) -> ArchiveMember? {
        guard let (root, name) = split(path) else { return nil }
        if let member = mountedMember(name, of: root) { return member }
        guard let archive = try archive(at: root) else { return nil }
        guard !name.isEmpty else { return ArchiveMember(archive: archive, place: nil) }
        return archive.index.place(of: name).map { ArchiveMember(archive: archive, place: $0) }
    }

    /// Lets an archive stand for a file, until the file changes. A file may have several, with equal contents for equal
    /// names.
    func mount(_ archive: Archive, on stamp: ArchiveFile.Stamp) {
        state.update { $0.mounted[stamp, default: []].append(archive) }
    }

    /// A member of the archives that stand for a file, or the last one as a folder if the name is empty; nil for none.
    private func mountedMember(_ name: [UInt8], of path: FilePath) -> ArchiveMember? {
        guard state.withLock({ !$0.mounted.isEmpty }), let stamp = ArchiveFile.Stamp(of: path.text) else { return nil }
        let archives = state.withLock { $0.mounted[stamp] } ?? []
        if name.isEmpty { return archives.last.map { ArchiveMember(archive: $0, place: nil) } }
        return archives.lazy.compactMap { archive in
            archive.index.place(of: name).map { ArchiveMember(archive: archive, place: $0) }
        }.first
    }

    /// The archive that a path leads into; nil if there is none.
    func archive(of path: FilePath) throws(Failure) -> Archive? {
        guard let (root, _) = split(path) else { return nil }
        return try archive(at: root)
    }

    /// The archive at a path; nil if the file there is not an archive, or if there is none.
    ///
    /// Throws if the archive is refused or cannot be read.
    private func archive(at path: FilePath) throws(Failure) -> Archive? {
        let stamp = ArchiveFile.Stamp(of: path.text)
        let known = state.wait { state -> Opened?? in
            if let opened = state.opened[path], opened.stamp == stamp { return .some(opened) }
            if let dropped = state.dropped[path], dropped.stamp == stamp, let archive = dropped.archive {
                return .some(Opened(stamp: stamp, result: .success(archive)))
            }
            guard state.opening.insert(path).inserted else { return nil }
            return .some(nil)
        }
        let opened =
            known ?? Opened(stamp: stamp, result: Result { () throws(ArchiveError) in try Archive(path: path.text) })
        if known == nil {
            state.update { state in
                state.opening.remove(path)
                if let old = state.opened.removeValue(forKey: path) {
                    state.cost -= old.cost
                    state.order.removeAll { $0 == path }
                }
                // A failure of the machine may not occur again.
                if case .failure(let error) = opened.result, [.system, .canceled].contains(error.code) { return }
                state.opened[path] = opened
                state.cost += opened.cost
                state.order.append(path)
                guard state.order.count > Self.openFiles else { return }
                let oldest = state.order[state.order.count - 1 - Self.openFiles]
                state.opened[oldest]?.archive?.closeFile()
                while state.cost > Self.capacity, state.order.count > Self.openFiles { state.dropOldest() }
            }
        }
        do throws(ArchiveError) {
            return try opened.result.get()
        } catch {
            throw Failure(archive: path, error: error)
        }
    }

    /// Splits a path at the regular file among its parts; nil if there is none. The name is empty for the file itself.
    private func split(_ path: FilePath) -> (root: FilePath, name: [UInt8])? {
        let slash = UInt8(ascii: "/")
        let bytes = path.bytes
        guard !bytes.contains(0) else { return nil }
        let ends = [bytes.count] + bytes.indices.reversed().filter { bytes[$0] == slash && $0 > 0 }
        let roots = ends.map { (path: FilePath(bytes: Array(bytes[..<$0])), end: $0) }
        let isKnown = state.withLock { state in roots.map { state.opened[$0.path] != nil } }
        guard
            let root = zip(roots, isKnown).first(where: \.1)?.0
                ?? roots.first(where: { $0.path.status()?.kind == .file })
        else { return nil }
        let parts = bytes[root.end...].split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
        return (root.path, Array(parts.joined(separator: [slash])))
    }
}

/// A file or a folder in an archive, or the archive itself as a folder.
struct ArchiveMember: Sendable {
    let archive: Archive
    /// The place in the archive's index; nil for the archive itself.
    let place: Int?

    var kind: FileKind { place.map { archive.index[$0].kind } ?? .folder }

    /// The size of a file in bytes.
    var size: Int { place.map { archive.index[$0].size } ?? 0 }

    /// The identity, which no file outside has.
    var identity: FileIdentity {
        let number = UInt(bitPattern: ObjectIdentifier(archive).hashValue)
        return FileIdentity(device: number | 1 << 63, number: UInt((place ?? -1) + 1))
    }

    var status: FileStatus { FileStatus(kind: kind, identity: identity, size: size) }

    /// Passes the names of a folder's entries to `body` in their order until it returns false.
    func visitEntries(_ body: (_ name: [UInt8], _ member: ArchiveMember) -> Bool) {
        archive.index.visit(place.map { archive.index.name($0) } ?? []) { name, place in
            body(name, ArchiveMember(archive: archive, place: place))
        }
    }

    /// The first bytes of a file, at most `count`; empty for a folder.
    func prefix(_ count: Int) throws(ArchiveError) -> [UInt8] {
        guard let place else { return [] }
        return try archive.prefix(count, of: place)
    }

    /// Parts of a file; empty for a folder.
    func parts(_ ranges: [Range<Int>]) throws(ArchiveError) -> [[UInt8]] {
        guard let place else { return [] }
        return try archive.parts(ranges, of: place)
    }

    /// Reads a file into memory of its size.
    func read(into memory: UnsafeMutableRawBufferPointer) throws(ArchiveError) {
        guard let place else { return }
        try archive.read(place, into: memory)
    }

    /// The descriptor of a temporary copy of a file, which the caller closes.
    func temporaryCopy() throws(ArchiveError) -> Int32 {
        guard let place else { throw .damaged("it is a folder") }
        return try archive.temporaryCopy(of: place)
    }
}

extension Archive {
    /// Warnings for the user, one sentence each.
    var notes: [String] {
        var notes: [String] = []
        if let expandedSize {
            let size =
                expandedSize < 1_000_000_000
                ? "\((Double(expandedSize) / 1e6).fixed(1)) MB" : "\((Double(expandedSize) / 1e9).fixed(1)) GB"
            notes.append("\(path) is decompressed to \(size) of temporary space")
        }
        if !hasEnd {
            notes.append(
                "\(path) has no mark at its end: if it was cut, files are missing; copy or download it again")
        }
        if leftOut > 0 {
            notes.append(
                leftOut == 1
                    ? "1 link or device in \(path) is left out" : "\(leftOut) links or devices in \(path) are left out")
        }
        return notes
    }
}

extension FilePath {
    /// The file or folder at this path in an archive; nil if there is none. Call it only if the system reports that a
    /// part of the path is not a folder (`ENOTDIR`).
    func archiveMember() throws(FileStore.Failure) -> ArchiveMember? { try FileStore.shared.member(at: self) }

    /// The file or folder at the path, which may be in an archive, or nil if there is none or it is not accessible.
    func foundStatus() -> FileStatus? { status() ?? (try? archiveMember())?.status }

    /// Whether the file at this path is an archive that can stand for a folder.
    var isArchive: Bool { Archive.isArchive(text) }

    /// The last component without the extension of an archive.
    var archiveName: [UInt8] {
        let name = lastComponent
        let text = String(decoding: name, as: UTF8.self).lowercased()
        guard let found = ArchiveFormat.extensions.first(where: text.hasSuffix) else { return name }
        return name.dropLast(found.utf8.count)
    }

    /// Warnings about the archive that this path leads into, one sentence each.
    var archiveNotes: [String] {
        guard status()?.kind != .folder else { return [] }
        return (try? FileStore.shared.archive(of: self))?.notes ?? []
    }
}
