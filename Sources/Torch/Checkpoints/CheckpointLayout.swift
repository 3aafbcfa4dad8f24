/// What a checkpoint file holds and where: everything but the numbers.
struct CheckpointLayout {
    /// One named tensor.
    struct Entry {
        let name: String
        /// The place in `storages`.
        let storage: Int
        let view: StridedView
    }

    /// The memory of one or several tensors.
    struct Storage {
        let dtype: DType
        /// Elements.
        let count: Int
        let source: Source
    }

    enum Source {
        /// These bytes of the file.
        case file(Range<Int>)
        /// Bytes that had to be decompressed.
        case memory([UInt8])
    }

    /// Of each storage, in their order.
    enum Checksums {
        /// As safetensors files of ours have them.
        case digests([UInt64])
        /// The records of a ZIP archive.
        case records([ArchiveRecord])
    }

    var entries: [Entry] = []
    var storages: [Storage] = []
    /// Whether numbers have their highest byte first.
    var isBigEndian = false
    var metadata: [String: String] = [:]
    var moduleVersions: [(module: String, version: Int)] = []
    /// Where the tensors were found in a file that holds more than them.
    var stateKey: String?
    /// How the names begin that were asked for, without the last point; empty for all.
    var prefix = ""
    /// The checksums of the storages' bytes; nil where the file has none.
    var checksums: Checksums?

    init() {}
}
