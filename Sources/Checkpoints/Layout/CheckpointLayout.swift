/// The content of a checkpoint file and its locations: everything except the values.
package struct CheckpointLayout {
    /// One named tensor.
    package struct Entry {
        package let name: String
        /// The index in `storages`.
        package let storage: Int
        package let view: StridedView
    }

    /// The memory of one or more tensors.
    package struct Storage {
        package let dtype: DType
        /// The number of elements.
        package let count: Int
        package let source: Source
    }

    package enum Source {
        /// A range of the file.
        case file(Range<Int>)
        /// Decompressed bytes.
        case memory([UInt8])
    }

    /// The checksum of each storage, in order.
    enum Checksums {
        /// The checksums of this project's safetensors files.
        case digests([UInt64])
        /// The records of a ZIP archive.
        case records([ArchiveRecord])
    }

    package var entries: [Entry] = []
    package var storages: [Storage] = []
    /// Whether numbers are big-endian.
    package var isBigEndian = false
    package var metadata: [String: String] = [:]
    package var moduleVersions: [(module: String, version: Int)] = []
    /// The location of the tensors in a file that contains more than them.
    package var stateKey: String?
    /// The requested prefix of the names, without the last point; empty for all.
    var prefix = ""
    /// The checksums of the storages' bytes; nil if the file has none.
    var checksums: Checksums?

    init() {}
}

extension CheckpointLayout.Source {
    /// The number of bytes.
    package var count: Int {
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
