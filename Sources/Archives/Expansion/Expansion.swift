internal import Platform

/// Compression around a whole tar archive.
package enum Compression: Sendable {
    case gzip
    case zstandard

    /// Starts to decompress. Throws if the library is absent.
    func stream() throws(ArchiveError) -> any DecompressionStream {
        switch self {
        case .gzip: try InflateStream(isGzip: true)
        case .zstandard: try ZstandardStream()
        }
    }

    /// The first decompressed bytes, at most `count`; fewer if the data end or are damaged.
    func prefix(_ count: Int, of file: ArchiveFile) throws(ArchiveError) -> [UInt8] {
        let stream = try stream()
        let input = try file.bytes(at: 0, count: min(file.size, 1 << 18))
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            let memory = UnsafeMutableRawBufferPointer(buffer)
            input.withUnsafeBytes { input in
                var taken = 0
                while written < count, taken < input.count {
                    guard
                        let step = try? stream.step(
                            UnsafeRawBufferPointer(rebasing: input[taken...]),
                            into: UnsafeMutableRawBufferPointer(rebasing: memory[written..<count])),
                        step.taken > 0 || step.given > 0
                    else { return }
                    taken += step.taken
                    written += step.given
                    if step.isAtEnd, (try? stream.restart()) == nil { return }
                }
            }
        }
    }

    /// Decompresses a file into a temporary file without a name, which disappears with the process.
    ///
    /// - Throws: `ArchiveError` if the data are damaged, grow beyond the limits, or do not fit on the disk; also if the
    ///   task is canceled.
    func expanded(_ file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) -> ArchiveFile {
        let output = try TemporaryFile()
        let stream = try stream()
        let (growth, overflow) = file.size.multipliedReportingOverflow(by: limits.expansion)
        let limit = min(overflow ? .max : growth, limits.expandedBytes - limits.allowance) + limits.allowance
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { memory.deallocate() }
        let (input, room) = (memory[..<(1 << 18)], UnsafeMutableRawBufferPointer(rebasing: memory[(1 << 18)...]))
        var (position, isAtEnd) = (0, false)
        while position < file.size {
            guard !Task.isCancelled else {
                throw ArchiveError(.canceled, "the work was canceled while it was decompressed", advice: "Try again.")
            }
            let chunk = UnsafeMutableRawBufferPointer(rebasing: input.prefix(file.size - position))
            try file.read(chunk, at: position)
            position += chunk.count
            var rest = UnsafeRawBufferPointer(chunk)
            var hasMore = true
            while hasMore {
                if isAtEnd {
                    // Padding may follow the data.
                    rest = UnsafeRawBufferPointer(rebasing: rest[(rest.firstIndex { $0 != 0 } ?? rest.count)...])
                    if rest.isEmpty { break }
                    try stream.restart()
                }
                let step = try stream.step(rest, into: room)
                rest = UnsafeRawBufferPointer(rebasing: rest[step.taken...])
                isAtEnd = step.isAtEnd
                try output.write(UnsafeRawBufferPointer(rebasing: room[..<step.given]))
                guard output.count <= limit else {
                    throw ArchiveError(
                        .tooLarge,
                        "its \(file.size) bytes decompress to more than \(limit) bytes, far more than photos would")
                }
                // A full output may hide further bytes even without input.
                hasMore = !rest.isEmpty || step.given == room.count
                guard step.taken > 0 || step.given > 0 || !hasMore else {
                    throw .damaged("its compressed bytes are damaged")
                }
            }
        }
        try file.checkIsUnchanged()
        guard isAtEnd else { throw ArchiveError(.truncated, "its compressed bytes end unexpectedly") }
        return output.finish()
    }
}
