extension CheckpointLayout {
    /// Returns the type, shape and bytes of a tensor; nil if its elements are not stored in row-major order and
    /// little-endian.
    package func tensorBytes(of entry: Entry) -> (dtype: DType, shape: [Int], source: Source)? {
        let storage = storages[entry.storage]
        guard !isBigEndian, entry.view.isContiguous else { return nil }
        // The offset of an empty tensor may be anything.
        let width = entry.view.count == 0 ? 0 : storage.dtype.byteCount
        let source = storage.source.part(entry.view.offset * width, entry.view.count * width)
        return (storage.dtype, entry.view.shape, source)
    }
}

extension CheckpointLayout.Source {
    /// The bytes from an offset on.
    fileprivate func part(_ offset: Int, _ count: Int) -> Self {
        switch self {
        case .file(let range): .file(range.dropFirst(offset).prefix(count))
        case .memory(let bytes): .memory(Array(bytes.dropFirst(offset).prefix(count)))
        }
    }
}
