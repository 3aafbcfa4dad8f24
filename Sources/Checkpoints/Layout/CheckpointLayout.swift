/// What a checkpoint file holds and where: everything but the numbers.
package struct CheckpointLayout {
    /// One named tensor.
    package struct Entry {
        package let name: String
        /// The place in `storages`.
        package let storage: Int
        package let view: StridedView
    }

    /// The memory of one or several tensors.
    package struct Storage {
        package let dtype: DType
        /// Elements.
        package let count: Int
        package let source: Source
    }

    package enum Source {
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

    package var entries: [Entry] = []
    package var storages: [Storage] = []
    /// Whether numbers have their highest byte first.
    package var isBigEndian = false
    package var metadata: [String: String] = [:]
    package var moduleVersions: [(module: String, version: Int)] = []
    /// Where the tensors were found in a file that holds more than them.
    package var stateKey: String?
    /// How the names begin that were asked for, without the last point; empty for all.
    var prefix = ""
    /// The checksums of the storages' bytes; nil where the file has none.
    var checksums: Checksums?

    init() {}
}

extension CheckpointLayout.Source {
    /// Bytes.
    var count: Int {
        switch self {
        case .file(let range): range.count
        case .memory(let bytes): bytes.count
        }
    }

    func prefix(_ count: Int) -> Self {
        switch self {
        case .file(let range): .file(range.prefix(count))
        case .memory(let bytes): .memory(Array(bytes.prefix(count)))
        }
    }
}

/// Calls `body` with the bytes of `source` in the file `file`.
package func withUnsafeBytes<Result, Failure>(
    of source: CheckpointLayout.Source, in file: UnsafeRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
    switch source {
    case .file(let range): return try body(UnsafeRawBufferPointer(rebasing: file[range]))
    case .memory(let bytes):
        let result = bytes.withUnsafeBytes { bytes -> Swift.Result<Result, Failure> in
            Swift.Result { () throws(Failure) in try body(bytes) }
        }
        return try result.get()
    }
}
