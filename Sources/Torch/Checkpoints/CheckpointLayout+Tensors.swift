extension CheckpointLayout {
    /// Reads what the file in `bytes` holds, whatever its format.
    init(of bytes: UnsafeRawBufferPointer, stateKey: String?) throws(CheckpointFault) {
        switch try CheckpointFormat(bytes) {
        case .zip: self = try ZipCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .legacy: self = try LegacyCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .tar: self = try TarCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .safetensors:
            self = try SafetensorsReader.layout(of: bytes)
            prefix = stateKey ?? ""
        }
        if !prefix.isEmpty { try select(prefix) }
        try checkProportion(to: bytes.count)
    }

    /// Keeps the tensors whose names begin with a prefix, and removes it. A safetensors file has no other parts.
    private mutating func select(_ prefix: String) throws(CheckpointFault) {
        let start = prefix + "."
        let chosen = entries.filter { $0.name.hasPrefix(start) }
        guard !chosen.isEmpty else {
            let parts = entries.map { String($0.name.prefix { $0 != "." }) }
            var seen: Set<ExactString> = []
            let shown = parts.filter { seen.insert(ExactString($0)).inserted }.prefix(12)
            throw CheckpointFault(
                .notFound, "it has no tensors whose names begin with '\(PickleGlobal.readable(start))'",
                advice: "its names begin with \(shown.map { "'\(PickleGlobal.readable($0))'" }.joined(separator: ", "))"
            )
        }
        entries = chosen.map {
            Entry(name: String($0.name.dropFirst(start.count)), storage: $0.storage, view: $0.view)
        }
        moduleVersions = moduleVersions.compactMap { module, version in
            if module == prefix { return ("", version) }
            return module.hasPrefix(start) ? (String(module.dropFirst(start.count)), version) : nil
        }
    }

    /// Refuses what would take far more memory than the file: strides of 0 and names without number cost a file nothing.
    private func checkProportion(to fileSize: Int) throws(CheckpointFault) {
        guard entries.count <= 4096 + fileSize / 32 else {
            throw .damaged("it has \(entries.count) names, far more than so small a file needs")
        }
        // Several names may share the numbers, as those of layers do that are one; a tensor by itself has few twice.
        let (limit, largest) = (16 << 20 + 32 * fileSize, 16 << 20 + 4 * fileSize)
        var total = 0
        for entry in entries {
            let size = entry.view.count * storages[entry.storage].dtype.byteCount
            guard size <= min(limit - total, largest) else {
                throw CheckpointFault(
                    .damaged,
                    "tensor '\(PickleGlobal.readable(entry.name))' of shape \(entry.view.shape) would take"
                        + " \(size) bytes in memory, far more than the file",
                    advice: "the file is damaged or made to exhaust memory: take another copy, or save it in Python"
                        + " with each tensor's contiguous().clone()")
            }
            total += size
        }
    }
}

extension Checkpoint {
    /// Makes the tensors of a layout from the file's bytes, with one copy.
    ///
    /// A storage that several tensors share, or that one tensor sees with strides, becomes one memory with views of
    /// it, as in PyTorch: so a small file cannot ask for much memory.
    init(_ layout: CheckpointLayout, in bytes: UnsafeRawBufferPointer) throws {
        var uses = [Int](repeating: 0, count: layout.storages.count)
        for entry in layout.entries {
            // What has no elements shares nothing.
            if entry.view.count > 0 { uses[entry.storage] += 1 }
        }
        var shared: [Int: Tensor] = [:]
        entries = try layout.entries.map { entry in
            let storage = layout.storages[entry.storage]
            let view = entry.view
            if view.count == 0 {
                return (entry.name, try storage.tensor(0..<0, shape: view.shape, of: layout, in: bytes))
            }
            if uses[entry.storage] == 1, view.isContiguous {
                let part = view.offset..<view.offset + view.count
                return (entry.name, try storage.tensor(part, shape: view.shape, of: layout, in: bytes))
            }
            let whole: Tensor
            if let known = shared[entry.storage] {
                whole = known
            } else {
                whole = try storage.tensor(0..<storage.count, shape: [storage.count], of: layout, in: bytes)
                shared[entry.storage] = whole
            }
            return (
                entry.name, try whole.asStrided(shape: view.shape, strides: view.strides, offset: view.offset)
            )
        }
        metadata = layout.metadata
        moduleVersions = layout.moduleVersions
        stateKey = layout.stateKey
    }
}

extension CheckpointLayout.Storage {
    /// A tensor of its own with the elements `part` of the storage.
    fileprivate func tensor(
        _ part: Range<Int>, shape: [Int], of layout: CheckpointLayout, in file: UnsafeRawBufferPointer
    ) throws -> Tensor {
        let width = dtype.byteCount
        return try withUnsafeBytes(of: source, in: file) { bytes in
            let bytes = UnsafeRawBufferPointer(
                rebasing: bytes[part.lowerBound * width..<part.upperBound * width])
            if dtype == .bool, bytes.contains(where: { $0 > 1 }) {
                throw CheckpointFault.damaged("a truth value is neither 0 nor 1")
            }
            let tensor = try Tensor(bytes: bytes, shape: shape, dtype: dtype)
            if layout.isBigEndian, width > 1 {
                try tensor.withUnsafeMutableBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: width) {
                        bytes[start..<start + width].reverse()
                    }
                }
            }
            return tensor
        }
    }
}
