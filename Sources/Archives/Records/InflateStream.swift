internal import CZlib

/// One step of decompression.
package struct DecompressionStep {
    /// The number of bytes that were read and written.
    package let taken: Int, given: Int
    /// Whether the compressed data end here.
    package let isAtEnd: Bool
}

/// Decompresses data that arrive in pieces.
package protocol DecompressionStream: AnyObject {
    /// Decompresses as much as the input and the output allow.
    ///
    /// - Throws: `ArchiveError` if the data are damaged.
    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> DecompressionStep

    /// Prepares for data that follow the end of others.
    func restart() throws(ArchiveError)
}

/// Decompresses deflated data, raw as in ZIP archives or with the header and checksum of gzip.
package final class InflateStream: DecompressionStream {
    // zlib's state points back to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// Starts. Throws if there is no memory.
    package init(isGzip: Bool) throws(ArchiveError) {
        stream.initialize(to: z_stream())
        let bits = isGzip ? 16 + MAX_WBITS : -MAX_WBITS
        guard inflateInit2_(stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw ArchiveError(.system, "there is no memory to decompress it", advice: "Free some memory.")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    package func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> DecompressionStep {
        // zlib takes up to 4 GB at once.
        let (offered, room) = (UInt32(clamping: input.count), UInt32(clamping: output.count))
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = offered
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = room
        let status = inflate(stream, Z_NO_FLUSH)
        // Without progress it needs more input or output.
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status) else {
            throw .damaged("its compressed bytes are damaged")
        }
        return DecompressionStep(
            taken: Int(offered - stream.pointee.avail_in), given: Int(room - stream.pointee.avail_out),
            isAtEnd: status == Z_STREAM_END)
    }

    package func restart() throws(ArchiveError) {
        guard inflateReset(stream) == Z_OK else { throw .damaged("its compressed bytes are damaged") }
    }

    /// The `count` bytes of raw deflated data; nil if they have another length or are damaged.
    package static func inflated(_ bytes: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
        guard count >= 0, let stream = try? InflateStream(isGzip: false) else { return nil }
        guard count > 0 else { return [] }
        var isWhole = false
        let content = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            let output = UnsafeMutableRawBufferPointer(buffer)
            var (given, isAtEnd) = (0, false)
            while !isAtEnd {
                let (input, room) = (bytes[given...], output[written...])
                guard
                    let step = try? stream.step(
                        UnsafeRawBufferPointer(rebasing: input), into: UnsafeMutableRawBufferPointer(rebasing: room)),
                    step.isAtEnd || step.taken > 0 || step.given > 0
                else { break }
                given += step.taken
                written += step.given
                isAtEnd = step.isAtEnd
            }
            isWhole = isAtEnd && written == count
        }
        return isWhole ? content : nil
    }

    /// Continues a CRC-32, which starts with 0.
    package static func crc32(_ sum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_z(UInt(sum), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}
