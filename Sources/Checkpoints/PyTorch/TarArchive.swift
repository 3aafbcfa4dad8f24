internal import Archives

/// The members of a tar archive: the location of each member's bytes in the file.
///
/// Nothing is unpacked, and names are never used as paths.
struct TarArchive {
    private(set) var members: [ExactString: Range<Int>] = [:]

    /// Whether the file starts with a POSIX or GNU tar header.
    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool { TarHeader.matches(bytes) }

    /// Reads the headers up to the empty block that ends the archive, or to the end of the file.
    init(_ bytes: UnsafeRawBufferPointer) throws(CheckpointFault) {
        do throws(ArchiveError) {
            var cursor = ArchiveCursor(bytes)
            while cursor.remaining >= TarHeader.blockSize {
                let position = cursor.position
                let block = try cursor.slice(TarHeader.blockSize)
                guard block.contains(where: { $0 != 0 }) else { return }
                let header = try TarHeader(block, at: position)
                let start = cursor.position
                let content = try cursor.slice(header.size)
                // The padding of the last member may be missing.
                _ = try cursor.slice(min(TarHeader.padding(after: header.size), cursor.remaining))
                // Only regular files; other kinds are folders, links and extended headers.
                guard header.isFile else { continue }
                // For duplicate names the last member counts, as in tar.
                members[ExactString(String(decoding: header.name, as: UTF8.self))] = start..<start + content.count
            }
        } catch {
            throw .damaged(error.problem)
        }
    }
}
