// Checkpoints of one kind, recognized by their first bytes: safetensors, and torch.save's ZIP, pickle and tar files.

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheckpoint(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: size)
    do throws(CheckpointFault) {
        let layout = try CheckpointLayout(of: bytes, stateKey: nil)
        for entry in layout.entries {
            let storage = layout.storages[entry.storage]
            // Every element of a view must lie in its storage, and a storage in the file.
            precondition(entry.view.count == 0 || entry.view.offset >= 0)
            if case .file(let range) = storage.source {
                precondition(range.lowerBound >= 0 && range.upperBound <= size)
            }
            precondition(storage.source.count >= storage.count * storage.dtype.byteCount)
            if entry.view.count > 0 {
                let last = zip(entry.view.shape, entry.view.strides).reduce(entry.view.offset) {
                    $0 + ($1.0 - 1) * $1.1
                }
                precondition(last < storage.count)
            }
        }
        try layout.verify(in: bytes)
    } catch {
        precondition(!error.problem.isEmpty)
    }
    return 0
}
