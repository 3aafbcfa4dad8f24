internal import Platform

/// An archive whose files are read in place: `.zip`, `.tar`, `.tar.gz` or `.tar.zst`.
///
/// Its bytes determine what it is, not its name. Several threads may read at the same time. Nothing is written to the
/// disk, except for compressed tar archives, which cannot be read in any order: they are decompressed once into a
/// temporary file that has no name. See `ArchiveError.Code` for what is refused.
package final class Archive: Sendable {
    /// The file, as the caller named it.
    package let path: String
    /// The names and locations.
    package let index: ArchiveIndex
    /// The number of links, devices and pipes, which are left out.
    package let leftOut: Int
    /// The size of the temporary file in bytes; nil if there is none.
    package let expandedSize: Int?
    /// Whether the archive has a mark at its end. A tar archive without one may have been cut between two files.
    package let hasEnd: Bool

    private let stamp: ArchiveFile.Stamp?
    /// Nil after `closeFile`.
    private let opened: Monitor<ArchiveFile?>

    /// Opens the archive at a path; nil if the file is not an archive.
    ///
    /// - Throws: `ArchiveError` if it cannot be read, or is refused.
    package init?(path: String, limits: ArchiveLimits = .init()) throws(ArchiveError) {
        let opened = try ArchiveFile(path: path)
        guard let format = try ArchiveFormat(of: opened) else { return nil }
        self.path = path
        let file: ArchiveFile
        switch format {
        case .zip:
            file = opened
            (index, leftOut) = try ZipContents.index(of: file, limits: limits)
            (expandedSize, hasEnd) = (nil, true)
        case .tar:
            file = opened
            (index, leftOut, hasEnd) = try TarContents.index(of: file, limits: limits)
            expandedSize = nil
        case .compressedTar(let compression):
            file = try compression.expanded(opened, limits: limits)
            (index, leftOut, hasEnd) = try TarContents.index(of: file, limits: limits)
            expandedSize = file.size
        }
        stamp = file.stamp
        self.opened = Monitor(file)
    }

    /// An archive of parts of a temporary file.
    ///
    /// - Parameters:
    ///   - path: The file from which they come.
    ///   - parts: The name of each part and its place in the file.
    package init(
        path: String, parts: [(name: String, range: Range<Int>)], of file: ArchiveFile
    ) throws(ArchiveError) {
        (self.path, leftOut, expandedSize, hasEnd) = (path, 0, nil, true)
        (stamp, opened) = (file.stamp, Monitor(file))
        var builder = ArchiveIndex.Builder(ArchiveLimits())
        for (name, range) in parts {
            try builder.add(
                file: name.utf8, .plain, position: range.lowerBound, packed: range.count, size: range.count)
        }
        index = try builder.finish()
    }

    /// Whether a file is an archive that `init(path:limits:)` may open. False if it cannot be read.
    package static func isArchive(_ path: String) -> Bool {
        guard let file = try? ArchiveFile(path: path) else { return false }
        do throws(ArchiveError) {
            return try ArchiveFormat(of: file) != nil
        } catch {
            // Opening it gives the reason.
            return error.code == .unsupported
        }
    }

    /// Closes the file, which each later use opens again. A temporary file stays open.
    package func closeFile() {
        if stamp != nil { opened.update { $0 = nil } }
    }

    /// The open file. Throws if it can't be opened again, or was changed.
    private var file: ArchiveFile {
        get throws(ArchiveError) {
            if let file = opened.withLock({ $0 }) { return file }
            let file = try ArchiveFile(path: path)
            guard file.stamp == stamp else { throw .changed }
            return file
        }
    }

    /// The first bytes of a file, at most `count`.
    package func prefix(_ count: Int, of place: Int) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(place, atMost: count) { bytes += $0 }
        return bytes
    }

    /// All bytes of a file.
    package func bytes(of place: Int) throws(ArchiveError) -> [UInt8] { try prefix(index[place].size, of: place) }

    /// Reads a file into memory of its size, and checks its checksum.
    package func read(_ place: Int, into memory: UnsafeMutableRawBufferPointer) throws(ArchiveError) {
        let node = index[place]
        precondition(memory.count == node.size, "the memory must have the size of the file")
        let file = try file
        if let start = try start(of: node, in: file) {
            try file.read(memory, at: start)
            let sum = node.storage == .plain ? nil : InflateStream.crc32(0, UnsafeRawBufferPointer(memory))
            try check(sum, of: place, in: file)
            return
        }
        var written = 0
        try read(place, atMost: memory.count) { bytes in
            UnsafeMutableRawBufferPointer(rebasing: memory[written...]).copyMemory(from: bytes)
            written += bytes.count
        }
    }

    /// Copies a file into a temporary file without a name, for libraries that read descriptors.
    ///
    /// - Returns: Its descriptor, which the caller closes.
    package func temporaryCopy(of place: Int) throws(ArchiveError) -> Int32 {
        let copy = try TemporaryFile()
        var failure: ArchiveError?
        try read(place, atMost: index[place].size) { bytes in
            guard failure == nil else { return }
            do throws(ArchiveError) {
                try copy.write(bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return copy.takeDescriptor()
    }

    /// Reads parts of a file. The checksum is checked only if the file is compressed.
    package func parts(_ ranges: [Range<Int>], of place: Int) throws(ArchiveError) -> [[UInt8]] {
        let node = index[place]
        guard node.size > 0 else { return ranges.map { _ in [] } }
        let file = try file
        if let start = try start(of: node, in: file) {
            try file.checkIsUnchanged()
            return try ranges.map { range throws(ArchiveError) in
                try file.bytes(at: start + range.lowerBound, count: range.count)
            }
        }
        var parts = ranges.map { _ in [UInt8]() }
        var position = 0
        try read(place, atMost: node.size) { bytes in
            for (part, range) in ranges.enumerated() {
                let common = range.clamped(to: position..<position + bytes.count)
                parts[part] += bytes[(common.lowerBound - position)..<(common.upperBound - position)]
            }
            position += bytes.count
        }
        return parts
    }

    /// Passes the bytes of a file in pieces, up to a number of bytes.
    ///
    /// Throws if the bytes differ from the checksum, unless there is none or not all bytes are read.
    private func read(
        _ place: Int, atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(ArchiveError) {
        let node = index[place]
        let count = min(limit, node.size)
        let file = try file
        // An empty file may be one whose size was damaged.
        guard node.size > 0 else { return try check(node.storage == .plain ? nil : 0, of: place, in: file) }
        guard count > 0 else { return }
        var sum: UInt32 = 0
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { chunk.deallocate() }
        func pass(_ bytes: UnsafeRawBufferPointer) {
            if node.storage != .plain { sum = InflateStream.crc32(sum, bytes) }
            body(bytes)
        }
        func damage(_ reason: String) -> ArchiveError { self.damage(reason, of: place) }
        if let start = try start(of: node, in: file) {
            var done = 0
            while done < count {
                let part = UnsafeMutableRawBufferPointer(rebasing: chunk.prefix(count - done))
                try file.read(part, at: start + done)
                pass(UnsafeRawBufferPointer(part))
                done += part.count
            }
        } else {
            let start = try content(of: node, in: file)
            let stream = try InflateStream(isGzip: false)
            let half = chunk.count / 2
            let (input, room) = (chunk[..<half], UnsafeMutableRawBufferPointer(rebasing: chunk[half...]))
            var rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk)[..<0])
            var (taken, given, isAtEnd) = (0, 0, false)
            while given < count || (limit >= node.size && !isAtEnd) {
                if rest.isEmpty {
                    let part = UnsafeMutableRawBufferPointer(rebasing: input.prefix(node.packed - taken))
                    try file.read(part, at: start + taken)
                    taken += part.count
                    rest = UnsafeRawBufferPointer(part)
                }
                let step: DecompressionStep
                do throws(ArchiveError) {
                    step = try stream.step(rest, into: room)
                } catch {
                    throw damage(error.problem)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[step.taken...])
                isAtEnd = step.isAtEnd
                guard step.given <= node.size - given, isAtEnd || step.given > 0 || step.taken > 0,
                    !isAtEnd || given + step.given == node.size
                else { throw damage("its compressed bytes are damaged") }
                pass(UnsafeRawBufferPointer(rebasing: room.prefix(min(step.given, count - given))))
                given += min(step.given, count - given)
            }
        }
        try check(node.storage == .plain || count < node.size ? nil : sum, of: place, in: file)
    }

    /// Throws if the archive was changed, or if the checksum of a file, unless it is nil, differs from that in the
    /// archive.
    private func check(_ sum: UInt32?, of place: Int, in file: ArchiveFile) throws(ArchiveError) {
        try file.checkIsUnchanged()
        guard sum ?? index[place].crc32 == index[place].crc32 else {
            throw damage("its CRC-32 does not match", of: place)
        }
    }

    private func damage(_ reason: String, of place: Int) -> ArchiveError {
        .damaged("its file \(shownMember(index.name(place))) is damaged (\(reason))")
    }

    /// The position of a file's bytes; nil if they are compressed.
    private func start(of node: ArchiveIndex.Node, in file: ArchiveFile) throws(ArchiveError) -> Int? {
        switch node.storage {
        case .plain: node.position
        case .zipStored: try content(of: node, in: file)
        case .zipDeflated, nil: nil
        }
    }

    /// The position of the bytes of a ZIP record.
    private func content(of node: ArchiveIndex.Node, in file: ArchiveFile) throws(ArchiveError) -> Int {
        let bytes = try file.bytes(at: node.position, count: ZipHeader.ownLength)
        return try bytes.withTypedBytes { bytes throws(ArchiveError) in
            var cursor = ArchiveCursor(bytes)
            guard let header = try ZipHeader(own: &cursor), !header.isEncrypted,
                header.method == (node.storage == .zipStored ? .stored : .deflated)
            else { throw .damaged("the header of a file is damaged, at byte \(node.position)") }
            let start = node.position + ZipHeader.ownLength + header.nameLength + header.extraLength
            guard start <= file.size, node.packed <= file.size - start else {
                throw ArchiveError(.truncated, "a file is out of its bounds, at byte \(node.position)")
            }
            return start
        }
    }
}
