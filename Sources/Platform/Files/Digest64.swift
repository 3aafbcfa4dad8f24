internal import CPlatform
internal import Dispatch

/// A 64-bit checksum at memory speed, for files of hundreds of megabytes at every start.
///
/// It has four lanes of 64 bits, each multiplied and shifted in turn. It detects damage, but it is not cryptographic.
package struct Digest64: Sendable {
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    private var count: UInt64 = 0

    /// Creates a checksum. Each seed gives a different one.
    package init(seed: UInt64 = 0) {
        lanes = (seed ^ 0x9e37_79b9_7f4a_7c15, seed ^ 0xc2b2_ae3d_27d4_eb4f, seed ^ 0x1656_67b1_9e37_79f9, ~seed)
    }

    /// Adds a block. Block boundaries matter: two blocks give another checksum than their bytes in one block.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var digest = cplatform_digest(lanes: lanes)
        cplatform_digest_add(&digest, bytes.baseAddress, bytes.count)
        lanes = digest.lanes
        count &+= 1
    }

    /// Adds a text.
    package mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// The checksum of all blocks.
    package var value: UInt64 {
        var sum = count
        for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
            sum = (sum ^ lane) &* 0x9fb2_1c65_1e98_df25
            sum ^= sum >> 32
        }
        return sum
    }
}

extension Digest64 {
    /// Large inputs are processed in blocks by several processors.
    private static let blockBytes = 4 << 20

    /// The checksums of separate inputs.
    package static func values(of pieces: [UnsafeRawBufferPointer]) -> [UInt64] {
        var blocks: [UnsafeRawBufferPointer] = []
        var ends: [Int] = []
        for piece in pieces {
            var start = 0
            repeat {
                let end = min(start + blockBytes, piece.count)
                blocks.append(UnsafeRawBufferPointer(rebasing: piece[start..<end]))
                start = end
            } while start < piece.count
            ends.append(blocks.count)
        }
        var sums = [UInt64](repeating: 0, count: blocks.count)
        let total = pieces.reduce(0) { $0 + $1.count }
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let (blocks, sums) = (blocks, sums)
            let workers = total < 4 * blockBytes ? 1 : 8
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                for place in stride(from: worker, to: blocks.count, by: workers) {
                    sums[place] = value(of: blocks[place])
                }
            }
        }
        return zip([0] + ends, ends).map { start, end in
            end - start == 1 ? sums[start] : sums[start..<end].withUnsafeBytes { value(of: $0) }
        }
    }

    /// The same checksum as `values(of:)`, for bytes that arrive in chunks of any size.
    package struct Stream {
        private var block: [UInt8] = []
        private var sums: [UInt64] = []

        /// Creates the checksum of no bytes.
        package init() {}

        /// Adds bytes.
        package mutating func add(_ bytes: UnsafeRawBufferPointer) {
            var rest = bytes[...]
            while !rest.isEmpty {
                if block.count == blockBytes { endBlock() }
                let part = rest.prefix(blockBytes - block.count)
                block += UnsafeRawBufferPointer(rebasing: part)
                rest = rest.dropFirst(part.count)
            }
        }

        private mutating func endBlock() {
            sums.append(block.withUnsafeBytes { Digest64.value(of: $0) })
            block.removeAll(keepingCapacity: true)
        }

        /// The checksum.
        package mutating func finish() -> UInt64 {
            endBlock()
            return sums.count == 1 ? sums[0] : sums.withUnsafeBytes { Digest64.value(of: $0) }
        }
    }

    private static func value(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        var digest = Digest64()
        digest.add(bytes)
        return digest.value
    }

    /// The checksum of a file's bytes.
    ///
    /// - Throws: `FileError` if it cannot be read.
    package static func value(ofFile path: String) throws(FileError) -> UInt64 {
        try MappedFile(path: path).withUnsafeBytes { values(of: [$0])[0] }
    }
}

extension UInt64 {
    /// 16 hexadecimal digits.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
