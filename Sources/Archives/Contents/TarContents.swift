internal import Platform

/// Reads the headers of a tar archive: POSIX ustar and pax, GNU tar's format, and the oldest one.
enum TarContents {
    /// The maximum size of a member with the name or the properties of another.
    private static let longestExtension = 1 << 20

    /// Whether a file with these first bytes is a tar archive.
    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= TarHeader.blockSize else { return false }
        let block = UnsafeRawBufferPointer(rebasing: bytes[..<TarHeader.blockSize])
        // The oldest format has no signature, but a checksum.
        return block[0] != 0 && (try? TarHeader(block, at: 0)) != nil
    }

    /// The files and folders, the number of links, devices and pipes, which are left out, and whether the archive has a
    /// mark at its end.
    ///
    /// Throws for anything that a careful unpacker refuses: see `ArchiveError.Code`.
    static func index(
        of file: ArchiveFile, limits: ArchiveLimits
    ) throws(ArchiveError) -> (index: ArchiveIndex, leftOut: Int, hasEnd: Bool) {
        var builder = ArchiveIndex.Builder(limits)
        var (position, leftOut, hasEnd) = (0, 0, false)
        // What the members before this one say about it.
        var (longName, longSize): ([UInt8]?, Int?)
        while position < file.size {
            let start = position
            let header = try file.bytes(at: start, count: TarHeader.blockSize).withTypedBytes {
                block throws(ArchiveError) -> TarHeader? in
                guard block.contains(where: { $0 != 0 }) else { return nil }
                return try TarHeader(block, at: start)
            }
            guard let header else {
                hasEnd = true
                break
            }
            position += TarHeader.blockSize
            func content(_ size: Int) throws(ArchiveError) -> [UInt8] {
                guard size <= longestExtension else {
                    throw ArchiveError(.tooLarge, "the name of a member has \(size) bytes, at byte \(start)")
                }
                return try file.bytes(at: position, count: size)
            }
            func skip(_ size: Int, of name: [UInt8]) throws(ArchiveError) {
                guard size <= file.size - position else {
                    throw ArchiveError(.truncated, "it ends unexpectedly in \(shownMember(name))")
                }
                position += padded(size)
            }
            switch header.kind {
            case UInt8(ascii: "x"):
                let properties = try properties(try content(header.size), at: start)
                longName = properties.path ?? longName
                longSize = properties.size ?? longSize
                position += padded(header.size)
                continue
            case UInt8(ascii: "g"):
                let properties = try properties(try content(header.size), at: start)
                guard properties.path == nil, properties.size == nil else {
                    throw ArchiveError(.unsupported, "it gives all members one name or size, at byte \(start)")
                }
                position += padded(header.size)
                continue
            case UInt8(ascii: "L"):
                longName = Array(try content(header.size).prefix { $0 != 0 })
                position += padded(header.size)
                continue
            // The target of a link.
            case UInt8(ascii: "K"):
                _ = try content(header.size)
                position += padded(header.size)
                continue
            default: break
            }
            let name = longName ?? (header.prefix.isEmpty ? header.name : header.prefix + [slash] + header.name)
            let size = longSize ?? header.size
            (longName, longSize) = (nil, nil)
            switch header.kind {
            case _ where header.isFile && name.last == slash, UInt8(ascii: "5"):
                try builder.add(folder: name)
                if header.isFile { try skip(size, of: name) }
            case _ where header.isFile:
                guard size <= file.size - position else {
                    throw ArchiveError(
                        .truncated,
                        "it ends unexpectedly: its file \(shownMember(name)) has \(size) bytes, but only "
                            + "\(file.size - position) follow")
                }
                try builder.add(file: name, .plain, position: position, packed: size, size: size)
                position += padded(size)
            case UInt8(ascii: "S"):
                throw ArchiveError(.unsupported, "its file \(shownMember(name)) is stored as a sparse file")
            case UInt8(ascii: "M"):
                throw ArchiveError(.unsupported, "it is one of several volumes")
            // Links, devices and pipes have no content, whatever their size is.
            case UInt8(ascii: "1")...UInt8(ascii: "6"): leftOut += 1
            // The archive's name.
            case UInt8(ascii: "V"): break
            default:
                leftOut += 1
                try skip(size, of: name)
            }
        }
        return (try builder.finish(), leftOut, hasEnd)
    }

    private static let slash = UInt8(ascii: "/")

    private static func padded(_ size: Int) -> Int {
        // A size near the largest number must not overflow; the file ends before it.
        let (sum, overflow) = size.addingReportingOverflow(TarHeader.padding(after: size))
        return overflow ? size : sum
    }

    /// The properties of the next member in a pax header: lines `LENGTH KEY=VALUE`.
    private static func properties(
        _ bytes: [UInt8], at position: Int
    ) throws(ArchiveError) -> (path: [UInt8]?, size: Int?) {
        let damage = ArchiveError.damaged("the properties of a member are damaged, at byte \(position)")
        var (path, size): ([UInt8]?, Int?)
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            else { throw damage }
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            guard record.last == UInt8(ascii: "\n"), let sign = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw damage
            }
            let value = record[(sign + 1)...].dropLast()
            let key = String(decoding: record[..<sign], as: UTF8.self)
            if key == "path" {
                path = Array(value)
            } else if key == "size" {
                guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else { throw damage }
                size = number
            } else if key.hasPrefix("GNU.sparse") {
                throw ArchiveError(.unsupported, "it contains a sparse file, at byte \(position)")
            }
            rest = rest[(rest.startIndex + length)...]
        }
        return (path, size)
    }
}
