internal import LibC
package import Platform

/// The features of a project's photos that a network computed, in one file.
///
/// Any thread may use it. The file grows block by block; when more than half of its rows were replaced by later ones, it
/// is written anew. What is torn or damaged counts as missing and is computed again: a torn end, as after a crash, is cut
/// off when the file is opened, and each row has a checksum.
package final class FeatureStore: Sendable {
    /// The number of features of a photo.
    package let dimension: Int

    private struct Row {
        let version: UInt64
        /// The place of the values in the file.
        let place: Int
        let checksum: UInt64
    }

    private struct State {
        var file: FeatureFile
        var rows: [Int: Row] = [:]
        /// The number of rows in the file, with those that later ones replaced.
        var written = 0
        /// The end of the last complete block.
        var end: Int

        mutating func add(_ block: FeatureBlock) {
            for row in block.rows {
                rows[row.id] = Row(version: row.version, place: row.place, checksum: row.checksum)
            }
            written += block.rows.count
            end = block.end
        }
    }

    /// The number of rows that are copied at a time when the file is written anew.
    private static let part = 1024

    private let path: String
    private let header: [UInt8]
    private let state: Monitor<State>

    /// Opens the file, and makes it if there is none. One of another network or of another format begins anew.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - network: The name of the network, with everything that its features depend on.
    ///   - dimension: The number of features of a photo.
    ///   - isReadOnly: Whether the file is left as it is, because another process may write it.
    /// - Throws: `FileError` if the file can't be read or written.
    package init(path: String, network: String, dimension: Int, isReadOnly: Bool = false) throws(FileError) {
        precondition(dimension > 0, "a photo has at least one feature")
        (self.path, self.dimension) = (path, dimension)
        header = FeatureBlock.header(network: network, dimension: dimension)
        let file = try FeatureFile(path, isReadOnly: isReadOnly)
        var state = State(file: file, end: header.count)
        if try file.read(header.count, at: 0) == header {
            while let block = try FeatureBlock(file, at: state.end, dimension: dimension) { state.add(block) }
            if !isReadOnly { try file.cut(at: state.end) }
        } else if !isReadOnly {
            try file.cut(at: 0)
            try file.write(header, at: 0)
        }
        self.state = Monitor(state)
        if !isReadOnly { self.state.withLock { compact(&$0) } }
    }

    /// The number of photos with features.
    package var count: Int { state.withLock { $0.rows.count } }

    /// Whether there are features of this version of a photo.
    package func has(_ id: Int, version: String) -> Bool {
        state.withLock { $0.rows[id]?.version } == Self.number(of: version)
    }

    /// Adds the features of photos. Later ones of a photo replace earlier ones.
    ///
    /// - Parameters:
    ///   - rows: The photos and the versions of their files.
    ///   - values: Their features, `[rows, dimension]`.
    /// - Throws: `FileError` if they can't be written. Nothing is added then.
    package func append(_ rows: [(id: Int, version: String)], values: [Float]) throws(FileError) {
        precondition(values.count == rows.count * dimension, "each photo needs \(dimension) features")
        guard !rows.isEmpty else { return }
        try state.withLock { state throws(FileError) in
            let block = FeatureBlock(
                rows.map { ($0.id, Self.number(of: $0.version)) }, values: values, at: state.end)
            do throws(FileError) {
                try state.file.write(block.bytes(values), at: state.end)
            } catch {
                try? state.file.cut(at: state.end)
                throw error
            }
            state.add(block)
            compact(&state)
        }
    }

    /// Reads the features of those photos that have some.
    ///
    /// - Returns: These photos, in the order of `ids`, and their features, `[photos, dimension]`.
    /// - Throws: `FileError` if the file can't be read.
    package func rows(_ ids: [Int]) throws(FileError) -> (ids: [Int], values: [Float]) {
        // A file that is written anew meanwhile stays readable as it was.
        let (file, wanted) = state.withLock { state in (state.file, ids.map { state.rows[$0] }) }
        let known = zip(ids, wanted).compactMap { id, row in row.map { (id: id, row: $0) } }
        let (found, values) = try read(known, from: file)
        if found.count < known.count {
            // They are computed again when somebody asks whether they are there.
            let found = Set(found)
            state.withLock { state in
                for (id, row) in known where !found.contains(id) && state.rows[id]?.checksum == row.checksum {
                    state.rows[id] = nil
                }
            }
        }
        return (found, values)
    }

    /// Reads rows, and leaves out those that are damaged.
    private func read(
        _ rows: [(id: Int, row: Row)], from file: FeatureFile
    ) throws(FileError) -> (ids: [Int], values: [Float]) {
        var found: [Int] = []
        var values = [Float](repeating: 0, count: rows.count * dimension)
        let size = dimension * MemoryLayout<Float>.size
        var failure: FileError?
        values.withUnsafeMutableBytes { bytes in
            for (id, row) in rows {
                let target = UnsafeMutableRawBufferPointer(rebasing: bytes[(found.count * size)...].prefix(size))
                do throws(FileError) {
                    if try file.read(into: target, at: row.place) == size,
                        FeatureBlock.checksum(UnsafeRawBufferPointer(target)) == row.checksum
                    {
                        found.append(id)
                    }
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        values.removeLast(values.count - found.count * dimension)
        return (found, values)
    }

    /// Writes the file anew if more than half of its rows were replaced by later ones. If that fails, it stays as it is.
    private func compact(_ state: inout State) {
        guard state.written > 2 * state.rows.count else { return }
        var new = State(file: state.file, end: header.count)
        let rows = state.rows.map { (id: $0.key, row: $0.value) }.sorted { $0.row.place < $1.row.place }
        do {
            try writeAtomically(to: path) { output in
                // Before it has its name, because rows must not be written to a file that was replaced.
                new.file = try FeatureFile(output.temporary, isReadOnly: false, name: path)
                try output.write(header)
                for start in stride(from: 0, to: rows.count, by: Self.part) {
                    let (ids, values) = try read(
                        Array(rows[start..<min(start + Self.part, rows.count)]), from: state.file)
                    guard !ids.isEmpty else { continue }
                    let block = FeatureBlock(
                        ids.map { ($0, state.rows[$0]?.version ?? 0) }, values: values, at: new.end)
                    try output.write(block.bytes(values))
                    new.add(block)
                }
            }
            state = new
        } catch {
            // The rows that were replaced only cost space. It is tried again when there are as many new ones.
            state.written = state.rows.count
        }
    }

    private static func number(of version: String) -> UInt64 {
        var digest = Digest64()
        digest.add(version)
        return digest.value
    }
}
