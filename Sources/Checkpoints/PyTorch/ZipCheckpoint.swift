internal import Platform

/// The `.pth` format since PyTorch 1.6: a ZIP archive of a pickle, `data.pkl`, and one record for each storage.
enum ZipCheckpoint {
    /// The maximum size of compressed records in memory. PyTorch itself does not compress.
    private static func maximumExpansion(of count: Int) -> Int { 16 << 20 + 8 * count }

    static func layout(
        of bytes: UnsafeRawBufferPointer, stateKey: String?
    ) throws(CheckpointFault) -> CheckpointLayout {
        var expandable = maximumExpansion(of: bytes.count)
        let archive = try ZipArchive(bytes, limit: expandable)
        guard !archive.has("constants.pkl") else {
            throw CheckpointFault(
                .unsupported, "it is a TorchScript program, not a checkpoint",
                advice: "save only the weights in Python, with"
                    + " torch.save(torch.jit.load(file).state_dict(), other_file)")
        }
        guard archive.has("data.pkl") else {
            throw CheckpointFault(
                .unsupported, "it is a ZIP archive, but not one that torch.save wrote: it has no data.pkl",
                advice: "use a .pth or .safetensors file; an archive of several files must be unpacked first")
        }
        var stored = bytes.count
        func read(_ name: String) throws(CheckpointFault) -> ArchiveRecord {
            let record = try archive.record(name, limit: expandable)
            switch record.source {
            case .memory(let content): expandable -= content.count
            case .file(let range): stored -= range.count
            }
            guard stored >= 0 else { throw .damaged("its records overlap") }
            return record
        }
        /// Checks the records that are needed to find the tensors.
        func readChecked(_ name: String) throws(CheckpointFault) -> CheckpointLayout.Source {
            let record = try read(name)
            guard record.isSound(in: bytes) else { throw .damaged("its entry '\(name)' \(ArchiveRecord.damage)") }
            return record.source
        }

        let pickle = try readChecked("data.pkl")
        let (heap, state) = try withUnsafeBytes(of: pickle, in: bytes) { pickle throws(CheckpointFault) in
            var reader = PickleReader(pickle)
            let root = try reader.read()
            return (reader.heap, try StateDictionary(root, in: reader.heap, stateKey: stateKey))
        }
        // Only the storages of the chosen tensors are checked.
        var records: [ArchiveRecord] = []
        var layout = try CheckpointLayout(state, in: heap) { _, storage throws(CheckpointFault) in
            let record = try read("data/" + storage.key)
            let needed = storage.count * storage.dtype.byteCount
            guard record.source.count >= needed else {
                throw .damaged(
                    "storage '\(storage.key.shown)' has \(record.source.count) bytes instead of \(needed)"
                )
            }
            records.append(record)
            return record.source.prefix(needed)
        }
        layout.checksums = .records(records)
        if archive.has("byteorder") {
            layout.isBigEndian = try isBigEndian(try readChecked("byteorder"), in: bytes)
        }
        return layout
    }

    private static func isBigEndian(
        _ record: CheckpointLayout.Source, in bytes: UnsafeRawBufferPointer
    ) throws(CheckpointFault) -> Bool {
        let text = withUnsafeBytes(of: record, in: bytes) { String(decoding: $0.prefix(16), as: UTF8.self) }
        switch text {
        case "little": return false
        case "big": return true
        default: throw .damaged("its byte order is '\(text.shown)', neither little nor big")
        }
    }
}
