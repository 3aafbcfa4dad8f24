/// A file for an archive, or a field of one that a test makes wrong.
public struct ArchivedFile: Sendable {
    /// The name in the archive.
    public var name: [UInt8]
    /// The content.
    public var content: [UInt8]
    /// The compression method of a ZIP archive: 0 stored, 8 deflated.
    public var method = 0
    /// The flags of a ZIP archive.
    public var flags = 0
    /// The kind of member of a tar archive.
    public var kind = UInt8(ascii: "0")
    /// The size in the headers; nil for the right one.
    public var size: Int?
    /// The checksum in the headers of a ZIP archive; nil for the right one.
    public var crc32: UInt32?
    /// The position in the directory of a ZIP archive; nil for the right one.
    public var position: Int?
    /// The Unix mode in the directory of a ZIP archive.
    public var mode = 0o100644

    /// Creates a file.
    public init(_ name: String, _ content: some Sequence<UInt8> = []) {
        (self.name, self.content) = (Array(name.utf8), Array(content))
    }

    /// The same file with changes.
    public func with(_ change: (inout ArchivedFile) -> Void) -> ArchivedFile {
        var file = self
        change(&file)
        return file
    }
}

/// Archives in memory, built field by field.
public enum ArchiveBytes {
    /// A ZIP archive. Deflated files are in blocks without compression.
    public static func zip(_ files: [ArchivedFile]) -> [UInt8] {
        var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
        for file in files {
            let packed = file.method == 8 ? deflated(file.content) : file.content
            let size = file.size ?? file.content.count
            let sum = Int(file.crc32 ?? checksum(file.content))
            // A stored file has one size.
            let packedSize = file.method == 8 ? packed.count : size
            let kind = le(file.flags, 2) + le(file.method, 2) + le(0, 4)
            let numbers = le(sum, 4) + le(packedSize, 4) + le(size, 4) + le(file.name.count, 2) + le(0, 2)
            directory += [0x50, 0x4B, 1, 2] + le(3 << 8 | 20, 2) + le(20, 2) + kind + numbers + le(0, 6)
            directory += le(file.mode << 16, 4) + le(file.position ?? bytes.count, 4) + file.name
            bytes += [0x50, 0x4B, 3, 4] + le(20, 2) + kind + numbers + file.name + packed
        }
        let end = le(0, 4) + le(files.count, 2) + le(files.count, 2) + le(directory.count, 4) + le(bytes.count, 4)
        return bytes + directory + [0x50, 0x4B, 5, 6] + end + le(0, 2)
    }

    /// A tar archive in the POSIX format.
    public static func tar(_ files: [ArchivedFile]) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files {
            let size = octal(file.size ?? file.content.count, 11)
            var header = file.name + zeros(100 - file.name.count)
            header += Array("0000644\0".utf8) + Array("0000000\0".utf8) + Array("0000000\0".utf8)
            header += size + [0] + octal(0, 11) + [0] + Array("        ".utf8) + [file.kind] + zeros(100)
            header += Array("ustar\u{0}00".utf8)
            header += zeros(512 - header.count)
            let sum = octal(header.reduce(0) { $0 + Int($1) }, 6)
            header.replaceSubrange(148..<156, with: sum + [0, 0x20])
            bytes += header + file.content + zeros((512 - file.content.count % 512) % 512)
        }
        return bytes + zeros(1024)
    }

    /// A gzip file, in blocks without compression.
    public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + deflated(bytes) + le(Int(checksum(bytes)), 4) + le(bytes.count, 4)
    }

    /// A Zstandard frame, in blocks without compression: RFC 8878.
    public static func zstandard(_ bytes: [UInt8]) -> [UInt8] {
        // A single segment with a size of 8 bytes, and no checksum.
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0] + le(bytes.count, 8)
        var start = 0
        repeat {
            let end = min(start + 100_000, bytes.count)
            frame += le((end - start) << 3 | (end == bytes.count ? 1 : 0), 3) + bytes[start..<end]
            start = end
        } while start < bytes.count
        return frame
    }

    /// Deflated data in blocks without compression: RFC 1951.
    public static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        repeat {
            let end = min(start + 0xFFFF, bytes.count)
            result += [end == bytes.count ? 1 : 0] + le(end - start, 2) + le(~(end - start), 2) + bytes[start..<end]
            start = end
        } while start < bytes.count
        return result
    }

    /// A little-endian number of this many bytes.
    public static func le(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// CRC-32.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { sum, byte in table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }

    private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: max(0, count)) }

    private static func octal(_ value: Int, _ width: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
    }
}
