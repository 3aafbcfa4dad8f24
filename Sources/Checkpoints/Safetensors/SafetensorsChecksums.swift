internal import LibC
internal import Platform

/// The checksums in the metadata of this project's safetensors files: `1:HEADER:TENSORS`, in hexadecimal digits.
///
/// HEADER is the checksum of the header's bytes with zeros in its own place; TENSORS are the checksums of each tensor's
/// bytes in the header's order. Files of other programs have no checksums and are read without them.
package enum SafetensorsChecksums {
    package static let key = "apus-checksums"
    private static let version = "1:"
    private static let mark = Array("\"\(key)\":\"\(version)".utf8)
    private static let digits = 16
    private static let blank = [UInt8](repeating: UInt8(ascii: "0"), count: digits)

    /// The text without the header's checksum.
    package static func text(of tensors: [UInt64]) -> String {
        version + String(decoding: blank, as: UTF8.self) + ":" + tensors.map(\.hexadecimal).joined()
    }

    /// Writes the header's checksum into its place.
    package static func seal(_ header: inout [UInt8]) {
        guard let (place, sum) = header.withUnsafeBytes({ Self.sum(of: $0) }) else { return }
        header.replaceSubrange(place, with: sum.hexadecimal.utf8)
    }

    /// Checks the header against its checksum, if it has one.
    static func check(_ header: UnsafeRawBufferPointer) throws(CheckpointFault) {
        guard let (place, sum) = sum(of: header), !header[place].elementsEqual(sum.hexadecimal.utf8) else { return }
        throw CheckpointFault(
            .damaged, "its header is damaged (its checksum does not match)",
            advice: "the file is damaged: use another copy of it. If another program changed it on purpose, remove "
                + "the metadata '\(key)'")
    }

    /// Extracts the checksums of `count` tensors from a file's metadata; nil if there are none.
    ///
    /// - Throws: An error, also if only the key or the version of the checksums is damaged, for example by a flipped
    ///   bit.
    static func takeTensors(
        from metadata: inout [String: String], count: Int
    ) throws(CheckpointFault) -> [UInt64]? {
        guard let text = metadata.removeValue(forKey: key) else {
            if metadata.values.contains(where: isText) { throw .damaged("the name of its checksums is damaged") }
            return nil
        }
        guard text.hasPrefix(version) else {
            throw CheckpointFault(
                .damaged, "its checksums have an unknown form",
                advice: "the file is damaged, or a newer Apus wrote it: use another copy of it, or update Apus")
        }
        let all = Array(text.utf8.dropFirst(version.utf8.count + digits + 1))
        let sums = stride(from: 0, to: all.count, by: digits).compactMap { start in
            UInt64(String(decoding: all[start..<min(start + digits, all.count)], as: UTF8.self), radix: 16)
        }
        guard sums.count == count, all.count == count * digits else {
            throw .damaged("its checksums do not match its \(count) tensors")
        }
        return sums
    }

    /// Whether a text has the form of checksums, whatever its version.
    private static func isText(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0].count == 1 && parts[1].count == digits
            && parts[2].count.isMultiple(of: digits) && text.dropFirst(2).allSatisfy { $0.isHexDigit || $0 == ":" }
    }

    /// The position of the header's checksum and its expected value.
    private static func sum(of header: UnsafeRawBufferPointer) -> (place: Range<Int>, sum: UInt64)? {
        guard let start = end(ofMarkIn: header), start + digits <= header.count else { return nil }
        var digest = Digest64()
        digest.add(UnsafeRawBufferPointer(rebasing: header[..<start]))
        blank.withUnsafeBytes { digest.add($0) }
        digest.add(UnsafeRawBufferPointer(rebasing: header[(start + digits)...]))
        return (start..<start + digits, digest.value)
    }

    private static func end(ofMarkIn header: UnsafeRawBufferPointer) -> Int? {
        guard let base = header.baseAddress else { return nil }
        var start = 0
        while start + mark.count <= header.count,
            let found = memchr(base + start, Int32(mark[0]), header.count - mark.count + 1 - start)
        {
            let place = UnsafeRawPointer(found) - base
            if memcmp(found, mark, mark.count) == 0 { return place + mark.count }
            start = place + 1
        }
        return nil
    }
}
