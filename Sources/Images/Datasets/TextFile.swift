internal import Platform

extension Collection<UInt8> {
    /// The text for an error, without most of a long one.
    var excerpt: String { String(fileName: prefix(100)) + (count > 100 ? "…" : "") }
}

/// A file of text, read whole.
struct TextFile {
    /// The largest file that is read, in bytes: some 20 million lines.
    static let largestSize = 1 << 30

    let path: FilePath
    let bytes: [UInt8]

    /// Reads a file; a mark of UTF-8 at its beginning is dropped.
    ///
    /// Throws where it can't be read, where it is larger than `largestSize`, and where it is no text of one byte a letter,
    /// as UTF-8 is.
    init(_ path: FilePath) throws(DatasetError) {
        self.path = path
        let size = try path.existingStatus()?.size ?? 0
        guard size <= Self.largestSize else {
            throw DatasetError(
                .damagedFile, path: path.text,
                "has \(size) bytes, and a table or a list has \(Self.largestSize) at most. Check that it is the file that "
                    + "is meant, or divide it.")
        }
        var bytes = try SystemFailure.retrying { () throws(DatasetError) -> [UInt8] in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(size)
            do throws(SystemError) {
                try readFile(path.text) { bytes += $0 }
            } catch {
                throw path.failure(error.code)
            }
            return bytes
        } while: {
            $0.code == .system
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]), !bytes.contains(0) else {
            throw DatasetError(
                .damagedFile, path: path.text, "is no text in UTF-8 (it may be UTF-16, or no text). Save it as UTF-8.")
        }
        self.bytes = bytes
    }

    /// The lines that are not blank, with their numbers from 1. They end in LF, CR LF or CR.
    var lines: [(number: Int, bytes: ArraySlice<UInt8>)] {
        var lines: [(Int, ArraySlice<UInt8>)] = []
        var number = 1
        var start = 0
        func add(upTo end: Int) {
            let line = bytes[start..<end]
            if line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) {
                lines.append((number, line))
            }
        }
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                add(upTo: place)
                if byte == UInt8(ascii: "\r"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\n") {
                    place += 1
                }
                number += 1
                start = place + 1
            }
            place += 1
        }
        add(upTo: bytes.count)
        return lines
    }
}
