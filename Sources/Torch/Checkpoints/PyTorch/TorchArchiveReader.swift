internal import CTorch

/// The records of a ZIP archive that `torch.save` wrote.
final class TorchArchiveReader {
    private let bytes: UnsafeRawBufferPointer
    private var handle: ctorch_archive_reader?
    /// What LibTorch does not look at.
    private let checksums: [ExactString: UInt32]

    /// Opens the archive in `bytes`, which must outlive the reader, and whose compressed records take up to `limit` bytes.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CheckpointFault) {
        self.bytes = bytes
        checksums = try ArchiveDirectory.checksums(in: bytes, limit: limit)
        guard ctorch_archive_open(bytes.baseAddress, bytes.count, &handle) == CTORCH_OK else {
            throw Self.fault("it is not a whole ZIP archive of PyTorch's")
        }
    }

    deinit {
        ctorch_archive_close(handle)
    }

    /// Whether there is a record of that name.
    func has(_ name: String) throws(CheckpointFault) -> Bool {
        var answer = false
        guard ctorch_archive_has(handle, name, &answer) == CTORCH_OK else {
            throw Self.fault("its directory cannot be read")
        }
        return answer
    }

    /// Where the record `name` lies; one that is compressed is read, up to `limit` bytes.
    func record(_ name: String, limit: Int) throws(CheckpointFault) -> ArchiveRecord {
        var record = ctorch_archive_record()
        guard ctorch_archive_find(handle, name, &record) == CTORCH_OK else {
            throw Self.fault("it lacks the record '\(PickleGlobal.readable(name))'")
        }
        guard let size = Int(exactly: record.size), size <= limit else {
            throw .tooLarge(name, bytes: "\(record.size)")
        }
        if record.is_stored, let offset = Int(exactly: record.offset) {
            return ArchiveRecord(name: name, source: .file(offset..<offset + size), crc32: checksums[ExactString(name)])
        }
        var status = CTORCH_OK
        let content = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            buffer.initialize(repeating: 0)
            status = ctorch_archive_read(handle, name, buffer.baseAddress, size)
            count = size
        }
        guard status == CTORCH_OK else {
            throw Self.fault("record '\(PickleGlobal.readable(name))' cannot be read")
        }
        return ArchiveRecord(name: name, source: .memory(content), crc32: checksums[ExactString(name)])
    }

    /// LibTorch's own words end the problem, without those that guess at causes.
    private static func fault(_ problem: String) -> CheckpointFault {
        let text = ctorch_error_message().map { String(cString: $0) } ?? ""
        let sentence = text.prefix { !$0.isNewline }.split(separator: ". ").first ?? ""
        return .damaged(sentence.isEmpty ? problem : "\(problem) (\(PickleGlobal.readable(String(sentence))))")
    }
}
