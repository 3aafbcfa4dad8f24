internal import CArchive

/// Decompresses Zstandard data (RFC 8878) with libzstd, which is opened at run time.
final class ZstandardStream: DecompressionStream {
    private let stream: UnsafeMutableRawPointer

    /// Starts. Throws if the library is absent.
    init() throws(ArchiveError) {
        let (isOpen, reason) = Self.withMessage { carchive_zstd_open($0) }
        guard isOpen else {
            throw ArchiveError(
                .unsupported, "it is compressed with Zstandard, which needs the library libzstd (\(reason))",
                advice: "Install it (in Debian: libzstd1), or pack the folder as .tar.gz.")
        }
        guard let stream = carchive_zstd_create() else {
            throw ArchiveError(.system, "there is no memory to decompress it", advice: "Free some memory.")
        }
        self.stream = stream
    }

    deinit {
        carchive_zstd_free(stream)
    }

    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> DecompressionStep {
        var step = carchive_step()
        let (status, reason) = Self.withMessage {
            carchive_zstd_step(stream, input.baseAddress, input.count, output.baseAddress, output.count, &step, $0)
        }
        guard status != CARCHIVE_DAMAGED else { throw .damaged("its compressed bytes are damaged (\(reason))") }
        return DecompressionStep(taken: step.taken, given: step.given, isAtEnd: status == CARCHIVE_ENDS)
    }

    /// A further frame needs no preparation.
    func restart() {}

    private static func withMessage<Result>(_ body: (UnsafeMutablePointer<CChar>) -> Result) -> (Result, String) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CARCHIVE_MESSAGE_CAPACITY)) { message in
            message.initialize(repeating: 0)
            guard let start = message.baseAddress else { preconditionFailure("the capacity is not 0") }
            let result = body(start)
            return (result, String(cString: start))
        }
    }
}
