internal import CZlib
internal import Glibc
internal import Platform

/// The bytes of an IDX file, the format of MNIST's files, plain or gzip'd.
///
/// A header of big-endian numbers (two zero bytes, the type of the elements, how many dimensions there are, the size of
/// each), then the elements. Only unsigned bytes, the type 8, are read: MNIST and its kin hold nothing else.
struct IDXFile {
    /// The size of each dimension.
    package let shape: [Int]
    let elements: [UInt8]

    /// Reads the file and checks that it holds as many elements as its header declares, in as many dimensions as asked.
    init(path: FilePath, dimensions: Int) throws(DatasetError) {
        // `gzopen` reads plain files as well, and checks the CRC of those that are gzip'd.
        let (opened, code) = path.withCString { name in
            errno = 0
            let opened = gzopen(name, "rb")
            return (opened, errno)
        }
        // Without a number of the system the library itself had no memory.
        guard let file = opened else { throw path.failure(code == 0 ? ENOMEM : code) }
        defer { gzclose_r(file) }
        gzbuffer(file, 1 << 18)

        let header = try Self.read(4 + 4 * dimensions, of: file, path: path)
        guard header.count == 4 + 4 * dimensions, header[0] == 0, header[1] == 0, header[2] == 8,
            Int(header[3]) == dimensions
        else {
            let wanted = "0x00 0x00 0x08 0x0\(dimensions)"
            throw Self.damage(
                path, "is no IDX file of bytes in \(dimensions) dimensions (its first bytes are not \(wanted))")
        }
        let shape = (0..<dimensions).map { dimension in
            header[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
        }
        var total = 1
        for size in shape {
            let (product, overflows) = total.multipliedReportingOverflow(by: size)
            guard !overflows, product <= 1 << 30 else {
                throw Self.damage(path, "declares \(shape) elements, and a gigabyte of them is the most")
            }
            total = product
        }
        // One more than is due shows whether the file is longer than its header declares.
        let elements = try Self.read(total + 1, of: file, path: path)
        guard elements.count == total else {
            let found = elements.count < total ? "only \(elements.count)" : "more"
            throw Self.damage(path, "should hold \(total) bytes after its header (\(shape)) and holds \(found)")
        }
        self.shape = shape
        self.elements = elements
    }

    /// Reads up to `count` bytes; fewer where the file ends before.
    private static func read(_ count: Int, of file: gzFile, path: FilePath) throws(DatasetError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(count, 1 << 20))
        var error: Int32 = 0
        while bytes.count < count {
            let read = Int(gzread(file, &chunk, UInt32(min(chunk.count, count - bytes.count))))
            error = errno
            guard read > 0 else { break }
            bytes += chunk[..<read]
        }
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        if code == Z_ERRNO { throw path.failure(error) }
        guard code == Z_OK || code == Z_STREAM_END else {
            throw damage(path, "can't be unpacked (\(message))")
        }
        return bytes
    }

    private static func damage(_ path: FilePath, _ what: String) -> DatasetError {
        DatasetError(.damagedFile, path: path.text, "\(what). Fetch the file again.")
    }
}
