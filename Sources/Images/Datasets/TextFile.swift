internal import Archives
internal import LibC
internal import Platform

extension Collection<UInt8> {
    /// The text for an error, truncated if it is long.
    var excerpt: String { String(fileName: prefix(100)) + (count > 100 ? "…" : "") }
}

/// A text file, read as a whole.
struct TextFile {
    /// The maximum file size in bytes, about 20 million lines.
    static let largestSize = 1 << 30

    let path: FilePath
    let bytes: [UInt8]

    /// Reads a file. A UTF-8 byte order mark at its start is removed.
    ///
    /// Throws if it cannot be read, is larger than `largestSize`, or is not text in an encoding with single-byte ASCII
    /// such as UTF-8.
    init(_ path: FilePath) throws(DatasetError) {
        self.path = path
        let size = try path.existingStatus()?.size ?? 0
        guard size <= Self.largestSize else {
            throw DatasetError(
                .damagedFile, path: path.text,
                "has \(size) bytes, but a table or a list can have at most \(Self.largestSize). Check that it is the "
                    + "intended file, or split it.")
        }
        var bytes = try SystemFailure.retrying { () throws(DatasetError) -> [UInt8] in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(size)
            do throws(SystemError) {
                try readFile(path.text) { bytes += $0 }
            } catch {
                guard error.code == ENOTDIR, let member = try path.dataMember(), member.kind == .file else {
                    throw path.failure(error.code)
                }
                bytes = try path.bytes(of: member)
            }
            return bytes
        } while: {
            $0.code == .system
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]), !bytes.contains(0) else {
            throw DatasetError(
                .damagedFile, path: path.text, "is not UTF-8 text (it may be UTF-16, or not text). Save it as UTF-8.")
        }
        self.bytes = bytes
    }

    /// The nonblank lines with their numbers from 1. They end in LF, CR LF or CR.
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

extension FilePath {
    /// The bytes of the file at this path in an archive.
    fileprivate func bytes(of member: ArchiveMember) throws(DatasetError) -> [UInt8] {
        do throws(ArchiveError) {
            return try member.prefix(member.size)
        } catch {
            throw DatasetError(FileStore.Failure(archive: FilePath(member.archive.path), error: error))
        }
    }
}

/// A list in Python or JSON notation, `['Adventure', "Drama"]`, `[1, 2]`, or in NumPy notation, `['Adventure'
/// 'Drama']`.
enum ListLiteral {
    /// Whether a field looks like a list.
    static func isList(_ field: [UInt8]) -> Bool {
        field.count > 1 && field.first == UInt8(ascii: "[") && field.last == UInt8(ascii: "]")
    }

    /// The items in order, without quotes; nil if the field is not a list.
    static func items(_ field: [UInt8]) -> [[UInt8]]? {
        guard isList(field) else { return nil }
        let text = field.dropFirst().dropLast()
        var items: [[UInt8]] = []
        var place = text.startIndex
        func isSeparator(_ byte: UInt8) -> Bool {
            [UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
                .contains(byte)
        }
        while place < text.endIndex {
            let byte = text[place]
            if isSeparator(byte) {
                place += 1
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                var item: [UInt8] = []
                place += 1
                while place < text.endIndex, text[place] != byte {
                    if text[place] == UInt8(ascii: "\\"), place + 1 < text.endIndex {
                        item += escaped(in: text, at: &place)
                    } else {
                        item.append(text[place])
                        place += 1
                    }
                }
                // A quote that does not close, or text after it.
                guard place < text.endIndex, place + 1 == text.endIndex || isSeparator(text[place + 1]) else {
                    return nil
                }
                items.append(item)
                place += 1
            } else {
                let end = text[place...].firstIndex(of: UInt8(ascii: ",")) ?? text.endIndex
                let item = Array(text[place..<end]).trimmedBlanks
                guard !item.contains(where: { [UInt8(ascii: "["), UInt8(ascii: "]")].contains($0) }) else { return nil }
                items.append(item)
                place = end
            }
        }
        return items.filter { !$0.isEmpty }
    }

    /// The character after the backslash at a position, which advances: `\u00e9`, `\xe9`, or any other character as it
    /// is.
    private static func escaped(in text: ArraySlice<UInt8>, at place: inout Int) -> [UInt8] {
        let sign = text[place + 1]
        place += 2
        let digits = sign == UInt8(ascii: "u") ? 4 : sign == UInt8(ascii: "x") ? 2 : 0
        guard digits > 0, place + digits <= text.endIndex,
            let code = UInt32(String(decoding: text[place..<place + digits], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
        else { return [sign] }
        place += digits
        return Array(String(Character(scalar)).utf8)
    }
}
