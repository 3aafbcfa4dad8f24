internal import Checkpoints
internal import Platform

extension Checkpoint {
    /// Creates the tensors of a layout from the file's bytes, with one copy.
    ///
    /// A storage that several tensors share, or that one tensor views with strides, becomes one block of memory with
    /// views, as in PyTorch. A small file therefore cannot request much memory.
    init(_ layout: CheckpointLayout, in bytes: UnsafeRawBufferPointer) throws {
        var uses = [Int](repeating: 0, count: layout.storages.count)
        for entry in layout.entries {
            // An empty tensor shares no memory.
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
    /// Returns a new tensor with the elements `part` of the storage.
    fileprivate func tensor(
        _ part: Range<Int>, shape: [Int], of layout: CheckpointLayout, in file: UnsafeRawBufferPointer
    ) throws -> Tensor {
        let width = dtype.byteCount
        return try withUnsafeBytes(of: source, in: file) { bytes in
            let bytes = UnsafeRawBufferPointer(
                rebasing: bytes[part.lowerBound * width..<part.upperBound * width])
            if dtype == .bool, bytes.contains(where: { $0 > 1 }) {
                throw CheckpointFault.damaged("a Boolean value is neither 0 nor 1")
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

extension CheckpointError {
    /// Adds the file's name to an error from below.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as CheckpointError: self = error
        case let error as CheckpointFault: self.init(error, path: path)
        case let error as FileError: self.init(error)
        default:
            let isMemory = (error as? TorchError)?.code == .outOfMemory
            self.init(
                path: path, code: .tensor, problem: "LibTorch: \(error)",
                advice: isMemory ? "free some memory, or use a machine that has more" : "check the tensors")
        }
    }
}
