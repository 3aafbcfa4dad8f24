internal import Checkpoints
internal import Platform

/// Writes safetensors files with checksums in their metadata.
struct SafetensorsWriter {
    private let checkpoint: Checkpoint

    init(_ checkpoint: Checkpoint) throws(CheckpointFault) {
        try checkpoint.checkNames()
        guard !checkpoint.entries.contains(where: { $0.name == SafetensorsFormat.metadataKey }) else {
            throw CheckpointFault(
                .invalid, "a tensor has the name '\(SafetensorsFormat.metadataKey)', which safetensors reserves",
                advice: "give it another name")
        }
        self.checkpoint = checkpoint
    }

    /// Passes the file's bytes to `sink` in chunks.
    func write(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        // Wider elements come first, so that each tensor starts at a multiple of its element's width without gaps.
        let order = checkpoint.entries.indices.sorted { left, right in
            let widths = (width(left), width(right))
            return widths.0 == widths.1 ? left < right : widths.0 > widths.1
        }
        var offsets = [Range<Int>](repeating: 0..<0, count: checkpoint.entries.count)
        var position = 0
        for index in order {
            let count = checkpoint.entries[index].tensor.count * width(index)
            offsets[index] = position..<position + count
            position += count
        }
        let sums = try checkpoint.entries.map { _, tensor in
            try tensor.withUnsafeBytes { Digest64.values(of: [$0])[0] }
        }
        var header = header(offsets, checksums: SafetensorsChecksums.text(of: sums))
        SafetensorsChecksums.seal(&header)
        guard header.count <= SafetensorsFormat.maximumHeaderBytes else {
            throw CheckpointFault(
                .invalid, "names and metadata take \(header.count) bytes, more than safetensors allows",
                advice: "shorten the metadata")
        }
        try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try sink($0) }
        try header.withUnsafeBytes { try sink($0) }
        for index in order {
            try checkpoint.entries[index].tensor.withUnsafeBytes { try sink($0) }
        }
    }

    private func width(_ index: Int) -> Int { checkpoint.entries[index].tensor.dtype.byteCount }

    /// The header's JSON, padded with spaces to a multiple of 8 bytes.
    private func header(_ offsets: [Range<Int>], checksums: String) -> [UInt8] {
        let texts = checkpoint.metadata.merging([SafetensorsChecksums.key: checksums]) { $1 }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
        var items = ["\(Self.quoted(SafetensorsFormat.metadataKey)):{\(texts.joined(separator: ","))}"]
        for ((name, tensor), range) in zip(checkpoint.entries, offsets) {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let dtype = SafetensorsFormat.name(of: tensor.dtype)
            items.append(
                "\(Self.quoted(name)):{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}")
        }
        var bytes = Array("{\(items.joined(separator: ","))}".utf8)
        while !bytes.count.isMultiple(of: 8) {
            bytes.append(UInt8(ascii: " "))
        }
        return bytes
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{00}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
