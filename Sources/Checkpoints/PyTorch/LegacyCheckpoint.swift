internal import Platform

/// The `.pth` format before PyTorch 1.6: a sequence of pickles, then the bytes of each storage.
///
/// A magic number, the format's version, system information, the state, and the storages' keys are one pickle each.
/// Each storage is its number of elements in 8 bytes, followed by the elements. All numbers are little-endian.
enum LegacyCheckpoint {
    /// The magic number as the pickle's `LONG1` stores it; PyTorch's `MAGIC_NUMBER` is 0x1950a86a20f9469cfc6c.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Whether the file starts with the magic number, after the pickle's protocol and an optional frame.
    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        [2, 11].contains { bytes.dropFirst($0).starts(with: magic) }
    }

    static func layout(
        of bytes: UnsafeRawBufferPointer, stateKey: String?
    ) throws(CheckpointFault) -> CheckpointLayout {
        var reader = PickleReader(bytes)
        _ = try reader.read()
        guard case .integer(let version) = try reader.read(), version == 1001 else {
            throw CheckpointFault(
                .unsupported, "it has an unknown version of PyTorch's older format",
                advice: "save it again with a current PyTorch: torch.save(torch.load(file), file)")
        }
        _ = try reader.read()
        let root = try reader.read()
        let state = try StateDictionary(root, in: reader.heap, stateKey: stateKey)
        guard case .list(let list) = try reader.read() else { throw .damaged("its list of storages is missing") }
        let ranges = try storageRanges(reader.heap.sequences[list], in: reader)
        return try CheckpointLayout(state, in: reader.heap) { _, storage throws(CheckpointFault) in
            guard let range = ranges[ExactString(storage.key)] else {
                throw .damaged("storage '\(storage.key.shown)' is missing")
            }
            return .file(range)
        }
    }

    /// The location of the elements of each storage, by the preceding list of keys.
    private static func storageRanges(
        _ keys: [PickleValue], in reader: PickleReader
    ) throws(CheckpointFault) -> [ExactString: Range<Int>] {
        var known: [ExactString: PickledStorage] = [:]
        for storage in reader.heap.storages {
            known[ExactString(storage.key)] = storage
        }
        var cursor = reader.cursor
        var ranges: [ExactString: Range<Int>] = [:]
        for key in keys {
            guard case .string(let key) = key, let storage = known[ExactString(key)] else {
                throw .damaged("it lists a storage that no tensor uses")
            }
            let count = try cursor.length()
            guard count == storage.count else {
                throw .damaged(
                    "storage '\(key.shown)' has \(count) elements instead of \(storage.count)")
            }
            let start = cursor.position
            let slice = try cursor.slice(count * storage.dtype.byteCount)
            ranges[ExactString(key)] = start..<start + slice.count
        }
        return ranges
    }
}
