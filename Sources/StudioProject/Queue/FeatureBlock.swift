internal import LibC
internal import Platform

/// A block of a file of features: the number of its rows, what each row is, a checksum of both, and the values. So a
/// file of hundreds of megabytes is opened by reading its blocks' beginnings.
struct FeatureBlock {
    struct Row {
        let id: Int
        let version: UInt64
        /// The place of the values in the file.
        let place: Int
        let checksum: UInt64
    }

    private static let rowSize = 24

    let rows: [Row]
    /// The place after the block.
    let end: Int

    /// Lays out a new block.
    init(_ rows: [(id: Int, version: UInt64)], values: [Float], at place: Int) {
        let size = values.count / rows.count * MemoryLayout<Float>.size
        let start = place + 16 + rows.count * Self.rowSize
        self.rows = values.withUnsafeBytes { bytes in
            rows.enumerated().map { number, row in
                let part = UnsafeRawBufferPointer(rebasing: bytes[(number * size)..<((number + 1) * size)])
                return Row(
                    id: row.id, version: row.version, place: start + number * size, checksum: Self.checksum(part))
            }
        }
        end = start + rows.count * size
    }

    /// Reads the beginning of a block; nil if there is no complete one.
    init?(_ file: FeatureFile, at place: Int, dimension: Int) throws(FileError) {
        let size = dimension * MemoryLayout<Float>.size
        let left = file.count - place
        let first = try file.read(8, at: place)
        guard first.count == 8, let count = Int(exactly: Self.number(first, 0)), count > 0,
            count <= left / (Self.rowSize + size), left >= 16 + count * (Self.rowSize + size)
        else { return nil }
        let head = try file.read(16 + count * Self.rowSize, at: place)
        let length = 8 + count * Self.rowSize
        guard head.count == length + 8,
            head.withUnsafeBytes({ Self.checksum(UnsafeRawBufferPointer(rebasing: $0[..<length])) })
                == Self.number(head, length)
        else { return nil }
        let start = place + head.count
        rows = (0..<count).map { number in
            let row = 8 + number * Self.rowSize
            return Row(
                id: Int(truncatingIfNeeded: Self.number(head, row)), version: Self.number(head, row + 8),
                place: start + number * size, checksum: Self.number(head, row + 16))
        }
        end = start + count * size
    }

    /// The bytes of a new block.
    func bytes(_ values: [Float]) -> [UInt8] {
        var head = [UInt64(rows.count)]
        for row in rows { head += [UInt64(bitPattern: Int64(row.id)), row.version, row.checksum] }
        let bytes = head.withUnsafeBytes { Array($0) }
        let checksum = bytes.withUnsafeBytes { Self.checksum($0) }
        return bytes + withUnsafeBytes(of: checksum) { Array($0) } + values.withUnsafeBytes { Array($0) }
    }

    /// The beginning of a file: its format, the dimension and the network.
    static func header(network: String, dimension: Int) -> [UInt8] {
        var digest = Digest64()
        digest.add(network)
        let numbers = [UInt64(dimension), digest.value]
        return Array("apusfea1".utf8) + numbers.withUnsafeBytes { Array($0) }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var digest = Digest64()
        digest.add(bytes)
        return digest.value
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
    }
}

/// An open file that is read and written at any place.
final class FeatureFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// - Parameter name: The path for errors; nil for `path`.
    init(_ path: String, isReadOnly: Bool, name: String? = nil) throws(FileError) {
        self.path = name ?? path
        let flags = (isReadOnly ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC | O_NOFOLLOW
        descriptor = path.withFileName { open($0, flags, 0o666) }
        guard descriptor >= 0 else {
            throw FileError(path: self.path, operation: isReadOnly ? "read" : "write", code: errno)
        }
    }

    deinit { close(descriptor) }

    /// The size of the file.
    var count: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Reads bytes; fewer at the end of the file.
    func read(_ count: Int, at place: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer -> Result<Int, FileError> in
            Result { () throws(FileError) in try read(into: buffer, at: place) }
        }
        bytes.removeLast(count - (try result.get()))
        return bytes
    }

    /// Fills a buffer, and returns the number of bytes, which is less at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(place + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    func write(_ bytes: [UInt8], at place: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(place + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
            done += count
        }
    }

    /// Removes everything from a place on.
    func cut(at place: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(place)) == 0 else {
            throw FileError(path: path, operation: "write", code: errno)
        }
    }
}
