internal import Checkpoints
internal import Platform

/// Writes a state dict as `torch.save` does: a pickle that names storages, and a record for each storage.
struct PyTorchWriter {
    /// A tensor of the state dict and the record that contains it.
    private struct Item {
        let name: String
        let record: Int
        let dtype: DType
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    /// The elements of one record.
    private struct Record {
        let tensor: Tensor
        let count: Int
    }

    private struct Memory: Hashable {
        let storage: TensorStorage
        let dtype: DType
    }

    private let checkpoint: Checkpoint

    init(_ checkpoint: Checkpoint) throws(CheckpointFault) {
        try checkpoint.checkNames()
        self.checkpoint = checkpoint
    }

    /// Passes the file's bytes to `sink` in chunks.
    func write(_ sink: @escaping (UnsafeRawBufferPointer) throws(FileError) -> Void) throws {
        let (items, records) = try layout()
        let archive = try TorchArchiveWriter(sink)
        try archive.add("data.pkl", pickle(items, counts: records.map(\.count)))
        // The order and the values of `torch.save` in PyTorch 2.13.
        try archive.add(".format_version", Array("1".utf8))
        try archive.add(".storage_alignment", Array("64".utf8))
        try archive.add("byteorder", Array("little".utf8))
        for (key, record) in records.enumerated() {
            try record.tensor.withUnsafeBytes { try archive.add("data/\(key)", $0) }
        }
        try archive.finish()
    }

    /// Tensors that share memory are views of one record. All others have their own record without gaps.
    private func layout() throws -> (items: [Item], records: [Record]) {
        var uses: [Memory: Int] = [:]
        for (_, tensor) in checkpoint.entries where tensor.count > 0 {
            uses[Memory(storage: tensor.storage, dtype: tensor.dtype), default: 0] += 1
        }
        var places: [Memory: Int] = [:]
        var items: [Item] = []
        var records: [Record] = []
        for (name, tensor) in checkpoint.entries {
            let memory = Memory(storage: tensor.storage, dtype: tensor.dtype)
            guard tensor.count > 0, uses[memory, default: 0] > 1 else {
                items.append(
                    Item(
                        name: name, record: records.count, dtype: tensor.dtype, offset: 0, shape: tensor.shape,
                        strides: StridedView.contiguousStrides(of: tensor.shape)))
                records.append(Record(tensor: tensor, count: tensor.count))
                continue
            }
            let place = places[memory] ?? records.count
            if place == records.count {
                places[memory] = place
                let count = memory.storage.byteCount / tensor.dtype.byteCount
                records.append(
                    Record(tensor: try tensor.detach().asStrided(shape: [count], strides: [1], offset: 0), count: count)
                )
            }
            items.append(
                Item(
                    name: name, record: place, dtype: tensor.dtype, offset: tensor.storageOffset, shape: tensor.shape,
                    strides: tensor.strides))
        }
        return (items, records)
    }

    /// `OrderedDict` of names and `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, False, hooks)`.
    private func pickle(_ items: [Item], counts: [Int]) -> [UInt8] {
        var pickle = PickleWriter()
        pickle.orderedDictionary()
        var keys: [Int: Int] = [:]
        pickle.items(items) { pickle, item in
            pickle.text(item.name)
            pickle.global("torch._utils", "_rebuild_tensor_v2")
            pickle.tuple(6) { pickle in
                pickle.tuple(5) { pickle in
                    pickle.constant("storage")
                    pickle.global("torch", Self.storageName(of: item.dtype))
                    if let key = keys[item.record] {
                        pickle.recall(key)
                    } else {
                        keys[item.record] = pickle.text(String(item.record))
                    }
                    pickle.constant("cpu")
                    pickle.integer(counts[item.record])
                }
                pickle.op(.binPersistentID)
                pickle.integer(item.offset)
                pickle.integers(item.shape)
                pickle.integers(item.strides)
                pickle.bool(false)
                pickle.orderedDictionary()
            }
            pickle.op(.reduce)
            pickle.memoize()
        }
        if !checkpoint.moduleVersions.isEmpty {
            writeVersions(to: &pickle)
        }
        pickle.op(.stop)
        return pickle.bytes
    }

    /// The attribute `_metadata` of a state dict: `OrderedDict` of modules and `{"version": number}`.
    private func writeVersions(to pickle: inout PickleWriter) {
        pickle.emptyDictionary()
        pickle.items([()]) { pickle, _ in
            pickle.text("_metadata")
            pickle.orderedDictionary()
            pickle.items(checkpoint.moduleVersions) { pickle, module in
                pickle.text(module.module)
                pickle.emptyDictionary()
                pickle.items([module.version]) { pickle, version in
                    pickle.constant("version")
                    pickle.integer(version)
                }
            }
        }
        pickle.op(.build)
    }

    private static func storageName(of dtype: DType) -> String {
        switch dtype {
        case .uint8: "ByteStorage"
        case .int8: "CharStorage"
        case .int16: "ShortStorage"
        case .int32: "IntStorage"
        case .int64: "LongStorage"
        case .float16: "HalfStorage"
        case .float32: "FloatStorage"
        case .float64: "DoubleStorage"
        case .bool: "BoolStorage"
        case .bfloat16: "BFloat16Storage"
        }
    }
}
