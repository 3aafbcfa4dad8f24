internal import CZlib
internal import Platform

/// The records of a ZIP archive written by `torch.save`: PKWARE's APPNOTE 6.3.10, with the fields of ZIP64.
///
/// An attacker may have chosen any number, so each is checked against the file's end before use. The directory is
/// authoritative; a record's own header must agree with it.
struct ZipArchive {
    private struct Entry {
        var header: Header
        /// The position of the record's own header.
        var place: Int
    }

    private let bytes: UnsafeRawBufferPointer
    /// The records by name without the archive's root folder.
    private var entries: [ExactString: Entry] = [:]

    /// Opens the archive in `bytes`, which must outlive it. Compressed records may have up to `limit` bytes each.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CheckpointFault) {
        self.bytes = bytes
        var (cursor, count) = try Self.directory(of: bytes)
        var folder: [UInt8]?
        for _ in 0..<count {
            let (name, entry) = try Self.entry(&cursor)
            // The first record determines the root folder of all records.
            guard let start = folder ?? name.firstIndex(of: UInt8(ascii: "/")).map({ Array(name[...$0]) }) else {
                throw Self.fault("its first record is in no folder")
            }
            folder = start
            // A name that is not UTF-8 cannot be requested.
            guard name.starts(with: start), let key = String(validating: name.dropFirst(start.count), as: UTF8.self)
            else { continue }
            let header = entry.header
            guard header.size <= (header.method == .stored ? bytes.count : limit) else {
                throw .tooLarge(key, bytes: header.size)
            }
            guard entry.place <= bytes.count, header.packed <= bytes.count - entry.place,
                header.method != .stored || header.isEncrypted || header.packed == header.size
            else { throw Self.fault("the record '\(key.shown)' is out of its bounds") }
            guard entries.updateValue(entry, forKey: ExactString(key)) == nil else {
                throw Self.fault("it has the record '\(key.shown)' twice")
            }
        }
        try checkVersion(limit: limit)
    }

    /// Whether there is a record with this name.
    func has(_ name: String) -> Bool { entries[ExactString(name)] != nil }

    /// The location of the record `name`. A compressed record is decompressed, up to `limit` bytes.
    func record(_ name: String, limit: Int) throws(CheckpointFault) -> ArchiveRecord {
        guard let entry = entries[ExactString(name)] else { throw .damaged("it lacks the record '\(name.shown)'") }
        let header = entry.header
        guard header.size <= limit else { throw .tooLarge(name, bytes: header.size) }
        func fault(_ reason: String) -> CheckpointFault {
            .damaged("record '\(name.shown)' cannot be read (\(reason))")
        }
        guard !header.isEncrypted else { throw fault("it is encrypted") }
        guard let range = try? content(of: entry) else { throw fault("its header is damaged") }
        let source: CheckpointLayout.Source
        switch header.method {
        case .stored: source = .file(range)
        case .deflated:
            guard let content = inflated(UnsafeRawBufferPointer(rebasing: bytes[range]), count: header.size) else {
                throw fault("its compressed bytes are damaged")
            }
            source = .memory(content)
        default: throw fault("its compression method is unknown")
        }
        // `torch.serialization.set_crc32_options(False)` writes 0.
        return ArchiveRecord(name: name, source: source, crc32: header.crc32 == 0 ? nil : UInt32(header.crc32))
    }

    /// The location of a record's bytes.
    private func content(of entry: Entry) throws(CheckpointFault) -> Range<Int> {
        var cursor = ByteCursor(bytes, at: entry.place)
        let signature = try cursor.number(4)
        _ = try cursor.slice(2)
        let header = try Header(&cursor)
        guard signature == 0x0403_4B50, header.agrees(with: entry.header) else { throw Self.fault("a header differs") }
        _ = try cursor.slice(header.nameLength + header.extraLength)
        let start = cursor.position
        return start..<start + (try cursor.slice(entry.header.packed).count)
    }

    /// The first version is 1. PyTorch rejects versions after 10.
    private func checkVersion(limit: Int) throws(CheckpointFault) {
        guard let name = [".data/version", "version"].first(where: has) else { throw Self.fault("it has no version") }
        let source = try record(name, limit: limit).source
        let text = withUnsafeBytes(of: source, in: bytes) { String(decoding: $0.prefix(16), as: UTF8.self) }
        guard let version = text.split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) }),
            (1...10).contains(version)
        else { throw Self.fault("its version is '\(text.shown)'") }
    }

    private static func fault(_ reason: String) -> CheckpointFault {
        .damaged("it is not a complete PyTorch ZIP archive (\(reason))")
    }
}

// MARK: The directory at the archive's end

extension ZipArchive {
    /// A cursor before the first entry with its end at the directory's end, and the number of entries.
    private static func directory(
        of bytes: UnsafeRawBufferPointer
    ) throws(CheckpointFault) -> (cursor: ByteCursor, count: Int) {
        // A comment of up to 65,535 bytes may follow the end record.
        let last = bytes.count - 22
        guard last >= 0,
            let end = (max(0, last - 0xFFFF)...last).last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
        else { throw fault("its directory is missing") }
        var (cursor, widths) = (ByteCursor(bytes, at: end + 4), [2, 2, 2, 2, 4, 4])
        // ZIP64 has longer numbers in a separate record, whose position is stored before the end record.
        if end >= 20, bytes[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
            cursor = ByteCursor(bytes, at: end - 12)
            cursor = ByteCursor(bytes, at: try cursor.length())
            guard try cursor.slice(16).starts(with: [0x50, 0x4B, 6, 6]) else { throw fault("its directory is missing") }
            widths = [4, 4, 8, 8, 8, 8]
        }
        let numbers = try widths.map { width throws(CheckpointFault) in try cursor.number(width) }
        let (count, size, start) = (numbers[3], numbers[4], numbers[5])
        // The archive must have a single part that contains all entries.
        guard numbers[..<3] == [0, 0, count], count > 0, start <= end, size <= end - start else {
            throw fault("its directory is out of its bounds")
        }
        return (ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[..<(start + size)]), at: start), count)
    }

    private static func entry(
        _ cursor: inout ByteCursor
    ) throws(CheckpointFault) -> (name: UnsafeRawBufferPointer, entry: Entry) {
        let signature = try cursor.number(4)
        guard signature == 0x0201_4B50 else { throw fault("its directory is damaged") }
        _ = try cursor.slice(4)
        let header = try Header(&cursor)
        let commentLength = try cursor.number(2)
        _ = try cursor.slice(8)
        var entry = Entry(header: header, place: try cursor.number(4))
        let name = try cursor.slice(header.nameLength)
        var extra = ByteCursor(try cursor.slice(header.extraLength))
        _ = try cursor.slice(commentLength)
        guard [header.size, header.packed, entry.place].contains(Header.long) else { return (name, entry) }
        while extra.remaining > 0 {
            let (kind, length) = (try extra.number(2), try extra.number(2))
            var field = ByteCursor(try extra.slice(length))
            guard kind == 1 else { continue }
            for number in [\Entry.header.size, \.header.packed, \.place] where entry[keyPath: number] == Header.long {
                entry[keyPath: number] = try field.length()
            }
            break
        }
        return (name, entry)
    }
}

/// The values in both the directory and the record's own header.
private struct Header {
    enum Method { case stored, deflated, other }

    /// The value in a field that refers to ZIP64.
    static let long = Int(UInt32.max)

    let method: Method
    let crc32: Int
    /// The compressed size in bytes.
    var packed: Int
    /// The uncompressed size in bytes.
    var size: Int
    let nameLength: Int
    let extraLength: Int
    private let flags: Int

    init(_ cursor: inout ByteCursor) throws(CheckpointFault) {
        flags = try cursor.number(2)
        method =
            switch try cursor.number(2) {
            case 0: .stored
            case 8: .deflated
            default: .other
            }
        // The modification time.
        _ = try cursor.slice(4)
        crc32 = try cursor.number(4)
        packed = try cursor.number(4)
        size = try cursor.number(4)
        nameLength = try cursor.number(2)
        extraLength = try cursor.number(2)
    }

    /// Encryption, strong encryption, or an encrypted directory.
    var isEncrypted: Bool { flags & 0x2041 != 0 }

    /// Whether a record's own header matches an entry of the directory.
    func agrees(with entry: Header) -> Bool {
        // The sizes may follow the record.
        method == entry.method && isEncrypted == entry.isEncrypted
            && (flags & 8 != 0
                || [(packed, entry.packed), (size, entry.size)].allSatisfy { $0 == $1 || $0 == Self.long })
    }
}

extension ByteCursor {
    /// A number of up to 8 bytes.
    fileprivate mutating func number(_ width: Int) throws(CheckpointFault) -> Int {
        guard width < 8 else { return try length() }
        return try slice(width).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The `count` bytes of raw deflated data; nil if they have another length.
private func inflated(_ bytes: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
    var stream = z_stream()
    guard count > 0,
        inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return count > 0 ? nil : [] }
    defer { inflateEnd(&stream) }
    var isWhole = false
    let content = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.next_out = buffer.baseAddress
        var (given, status) = (0, Z_OK)
        // zlib takes up to 4 GB at once.
        while status == Z_OK {
            let (input, output) = (UInt32(clamping: bytes.count - given), UInt32(clamping: count - written))
            (stream.avail_in, stream.avail_out) = (input, output)
            status = inflate(&stream, Z_NO_FLUSH)
            given += Int(input - stream.avail_in)
            written += Int(output - stream.avail_out)
        }
        isWhole = status == Z_STREAM_END && written == count
    }
    return isWhole ? content : nil
}

extension CheckpointFault {
    /// An error for an archive record that claims far more memory than the file.
    fileprivate static func tooLarge(_ record: String, bytes: Int) -> CheckpointFault {
        CheckpointFault(
            .damaged, "record '\(record.shown)' would need \(bytes) bytes in memory, far more than the file",
            advice: "the file is damaged or designed to exhaust memory: use another copy of it")
    }
}
