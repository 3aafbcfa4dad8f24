internal import Archives
internal import Platform

/// The records of a ZIP archive written by `torch.save`.
///
/// An attacker may have chosen any number, so each is checked against the file's end before use. The directory is
/// authoritative; a record's own header must agree with it.
struct ZipArchive {
    private let bytes: UnsafeRawBufferPointer
    /// The records by name without the archive's root folder.
    private var entries: [ExactString: ZipEntry] = [:]

    /// Opens the archive in `bytes`, which must outlive it. Compressed records may have up to `limit` bytes each.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CheckpointFault) {
        self.bytes = bytes
        let end = try Self.reading { () throws(ArchiveError) in
            try ZipEnd(tail: bytes, at: 0) { position, count throws(ArchiveError) in
                var cursor = ArchiveCursor(bytes, at: position)
                return Array(try cursor.slice(count))
            }
        }
        guard end.count > 0 else { throw Self.fault("its directory is out of its bounds") }
        var cursor = ArchiveCursor(
            UnsafeRawBufferPointer(rebasing: bytes[..<end.directory.upperBound]), at: end.directory.lowerBound)
        var folder: [UInt8]?
        for _ in 0..<end.count {
            let entry = try Self.reading { () throws(ArchiveError) in try ZipEntry(&cursor) }
            let name = entry.name
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
            let packed = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard let content = InflateStream.inflated(packed, count: header.size) else {
                throw fault("its compressed bytes are damaged")
            }
            source = .memory(content)
        case .other: throw fault("its compression method is unknown")
        }
        // `torch.serialization.set_crc32_options(False)` writes 0.
        return ArchiveRecord(name: name, source: source, crc32: header.crc32 == 0 ? nil : UInt32(header.crc32))
    }

    /// The location of a record's bytes.
    private func content(of entry: ZipEntry) throws(CheckpointFault) -> Range<Int> {
        try Self.reading { () throws(ArchiveError) in
            var cursor = ArchiveCursor(bytes, at: entry.place)
            guard let header = try ZipHeader(own: &cursor), header.agrees(with: entry.header) else {
                throw .damaged("a header differs")
            }
            _ = try cursor.slice(header.nameLength + header.extraLength)
            let start = cursor.position
            return start..<start + (try cursor.slice(entry.header.packed).count)
        }
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

    /// Calls `body` with its error as that of a checkpoint.
    private static func reading<Result>(
        _ body: () throws(ArchiveError) -> Result
    ) throws(CheckpointFault) -> Result {
        do throws(ArchiveError) {
            return try body()
        } catch {
            throw error.code == .truncated ? .damaged(error.problem) : fault(error.problem)
        }
    }
}

extension CheckpointFault {
    /// An error for an archive record that claims far more memory than the file.
    fileprivate static func tooLarge(_ record: String, bytes: Int) -> CheckpointFault {
        CheckpointFault(
            .damaged, "record '\(record.shown)' would need \(bytes) bytes in memory, far more than the file",
            advice: "the file is damaged or designed to exhaust memory: use another copy of it")
    }
}
