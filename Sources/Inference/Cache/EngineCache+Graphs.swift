internal import LibC
internal import Platform

// A network whose file has no graph is recorded once. Its graph without weights is kept among the compiled networks.
// The file has 8 letters, the length of the key, a checksum of the key and the graph (two integers of 8 bytes), the key
// and the graph.

extension EngineCache {
    private static let mark = Array("apus-gra".utf8)
    private static let headCount = 24

    /// Stores the graph of a network. If the folder cannot be written, nothing is stored.
    package func storeGraph(_ graph: [UInt8], for key: String) {
        let path = graphPath(for: key)
        let content = Array(key.utf8) + graph
        let numbers = [UInt64(key.utf8.count), Self.checksum(of: content)]
        let head = Self.mark + numbers.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
        prepare()
        do {
            // The checksum detects an incomplete file after a power failure.
            try writeAtomically(to: path, flushes: false) { try $0.write(head + content) }
        } catch {
            return
        }
        trim(keeping: path)
    }

    /// Returns the graph of a network; nil if there is none, or if its file is damaged.
    package func graph(for key: String) -> [UInt8]? {
        let path = graphPath(for: key)
        guard let file = try? MappedFile(path: path) else { return nil }
        let graph: [UInt8]? = file.withUnsafeBytes { bytes in
            guard bytes.count >= Self.headCount, bytes.prefix(Self.mark.count).elementsEqual(Self.mark) else {
                return nil
            }
            let numbers = [8, 16].map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
            let content = Array(bytes[Self.headCount...])
            guard numbers[0] <= content.count, Self.checksum(of: content) == numbers[1],
                content.prefix(Int(numbers[0])).elementsEqual(key.utf8)
            else { return nil }
            return Array(content.dropFirst(Int(numbers[0])))
        }
        if graph != nil { touch(path) }
        return graph
    }

    private static func checksum(of bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { bytes in
            var digest = Digest64()
            digest.add(bytes)
            return digest.value
        }
    }
}
