internal import CZlib

/// A record of a ZIP archive: its name without the archive's own folder, its bytes, and its checksum.
struct ArchiveRecord {
    let name: String
    let source: CheckpointLayout.Source
    /// CRC-32 of the bytes; nil where the archive has none.
    let crc32: UInt32?

    /// What an error says of a record that is not sound.
    static let damage = "is not as written (its CRC-32 differs)"

    /// Whether the bytes are those that were written, as far as the archive tells.
    ///
    /// - Parameter file: the archive.
    func isSound(in file: UnsafeRawBufferPointer) -> Bool {
        guard let crc32 else { return true }
        return withUnsafeBytes(of: source, in: file) { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, z_size_t(bytes.count)))
                == crc32
        }
    }
}

/// The directory at the end of a ZIP archive, as far as checksums and sizes go: PKWARE's APPNOTE 6.3.10, 4.3.12 to 4.3.16.
enum ArchiveDirectory {
    /// CRC-32 of the entries, by their names without the archive's own folder. Entries without one are left out:
    /// `torch.serialization.set_crc32_options(False)` writes 0.
    ///
    /// - Parameters:
    ///   - bytes: the archive.
    ///   - limit: how many bytes a compressed entry may have. LibTorch makes room for what an entry claims.
    /// - Throws: where an entry claims more.
    static func checksums(
        in bytes: UnsafeRawBufferPointer, limit: Int
    ) throws(CheckpointFault) -> [ExactString: UInt32] {
        var checksums: [ExactString: UInt32] = [:]
        guard let start = Self.start(in: bytes) else { return [:] }
        var cursor = ByteCursor(bytes, at: start)
        while let header = try? cursor.slice(46), header.starts(with: [0x50, 0x4B, 1, 2]),
            let name = try? cursor.slice(Int(number(header, 28, UInt16.self))),
            (try? cursor.slice(Int(number(header, 30, UInt16.self)) + Int(number(header, 32, UInt16.self)))) != nil
        {
            let folderEnd = name.firstIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            let record = String(decoding: name[folderEnd...], as: UTF8.self)
            let (isStored, size) = (number(header, 10, UInt16.self) == 0, Int(number(header, 24, UInt32.self)))
            guard size <= (isStored ? bytes.count : limit) else { throw .tooLarge(record, bytes: "\(size)") }
            let sum = number(header, 16, UInt32.self)
            if sum != 0 { checksums[ExactString(record)] = sum }
        }
        return checksums
    }

    /// Where the directory begins.
    private static func start(in bytes: UnsafeRawBufferPointer) -> Int? {
        // A comment of up to 65,535 bytes may follow its end.
        let last = bytes.count - 22
        guard last >= 0,
            let end = (max(0, last - 0xFFFF)...last).last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
        else { return nil }
        let place = number(bytes, end + 16, UInt32.self)
        guard place == .max else { return Int(place) }
        // ZIP64 has the place in a record of its own, whose place stands before the end.
        guard end >= 20, bytes[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]),
            let long = Int(exactly: number(bytes, end - 12, UInt64.self)), long <= bytes.count - 56,
            bytes[long...].starts(with: [0x50, 0x4B, 6, 6])
        else { return nil }
        return Int(exactly: number(bytes, long + 48, UInt64.self))
    }

    private static func number<Value: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ type: Value.Type
    ) -> Value {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

extension CheckpointFault {
    /// A record of an archive claims far more memory than the file takes.
    static func tooLarge(_ record: String, bytes: String) -> CheckpointFault {
        CheckpointFault(
            .damaged, "record '\(record.shown)' would take \(bytes) bytes in memory, far more than the file",
            advice: "the file is damaged or made to exhaust memory: take another copy of it")
    }
}
