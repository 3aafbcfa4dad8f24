internal import CTorch
internal import Platform

/// Writes the records of a ZIP archive with LibTorch's own writer, as `torch.save` does.
final class TorchArchiveWriter {
    /// The callback of LibTorch's writer. It keeps the disk's error because C++ cannot carry it.
    private final class Sink {
        let write: (UnsafeRawBufferPointer) throws(FileError) -> Void
        var error: FileError?

        init(_ write: @escaping (UnsafeRawBufferPointer) throws(FileError) -> Void) {
            self.write = write
        }
    }

    private let sink: Sink
    private var handle: ctorch_archive_writer?

    /// Passes the archive's bytes to `write`, in order.
    init(_ write: @escaping (UnsafeRawBufferPointer) throws(FileError) -> Void) throws {
        sink = Sink(write)
        let context = Unmanaged.passUnretained(sink).toOpaque()
        let status = ctorch_archive_writer_open(
            { context, bytes, count in
                guard let context else { return false }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                guard sink.error == nil else { return false }
                do throws(FileError) {
                    try sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
                    return true
                } catch {
                    sink.error = error
                    return false
                }
            }, context, &handle)
        try check(status)
    }

    deinit {
        ctorch_archive_writer_close(handle)
    }

    /// Adds a record.
    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        // An empty buffer may have no address, and LibTorch's writer requires one.
        let address = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
        try check(ctorch_archive_writer_add(handle, name, address, bytes.count))
    }

    /// Adds a record.
    func add(_ name: String, _ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try add(name, $0) }
    }

    /// Finishes the archive.
    func finish() throws {
        try check(ctorch_archive_writer_finish(handle))
    }

    /// The disk's error is more specific than LibTorch's.
    private func check(_ status: ctorch_status) throws {
        if let error = sink.error { throw error }
        try Torch.check(status, in: "PyTorchStreamWriter")
    }
}
