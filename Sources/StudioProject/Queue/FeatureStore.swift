internal import LibC
package import Platform

/// The features of a project's photos that a network computed, in one file.
///
/// Any thread may use it. The file only grows, block by block. What is torn or damaged counts as missing and is computed
/// again: a torn end, as after a crash, is cut off when the file is opened, and each row has a checksum.
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
        var rows: [Int: Row] = [:]
        /// The end of the last complete block.
        var end: Int
    }

    private let path: String
    private let file: FeatureFile
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
        file = try FeatureFile(path, isReadOnly: isReadOnly)
        let header = FeatureBlock.header(network: network, dimension: dimension)
        var state = State(end: header.count)
        if try file.read(header.count, at: 0) == header {
            while let block = try FeatureBlock(file, at: state.end, dimension: dimension) {
                for row in block.rows {
                    state.rows[row.id] = Row(version: row.version, place: row.place, checksum: row.checksum)
                }
                state.end = block.end
            }
            if !isReadOnly { try file.cut(at: state.end) }
        } else if !isReadOnly {
            try file.cut(at: 0)
            try file.write(header, at: 0)
        }
        self.state = Monitor(state)
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
                try file.write(block.bytes(values), at: state.end)
            } catch {
                try? file.cut(at: state.end)
                throw error
            }
            for row in block.rows {
                state.rows[row.id] = Row(version: row.version, place: row.place, checksum: row.checksum)
            }
            state.end = block.end
        }
    }

    /// Reads the features of those photos that have some.
    ///
    /// - Returns: These photos, in the order of `ids`, and their features, `[photos, dimension]`.
    /// - Throws: `FileError` if the file can't be read.
    package func rows(_ ids: [Int]) throws(FileError) -> (ids: [Int], values: [Float]) {
        let wanted = state.withLock { state in ids.map { state.rows[$0] } }
        var found: [Int] = []
        var values = [Float](repeating: 0, count: wanted.count { $0 != nil } * dimension)
        let size = dimension * MemoryLayout<Float>.size
        var failure: FileError?
        values.withUnsafeMutableBytes { bytes in
            for case (let id, let row?) in zip(ids, wanted) {
                let target = UnsafeMutableRawBufferPointer(rebasing: bytes[(found.count * size)...].prefix(size))
                do throws(FileError) {
                    if try file.read(into: target, at: row.place) == size,
                        FeatureBlock.checksum(UnsafeRawBufferPointer(target)) == row.checksum
                    {
                        found.append(id)
                    } else {
                        // It is computed again when somebody asks whether it is there.
                        state.withLock { state in
                            if state.rows[id]?.place == row.place { state.rows[id] = nil }
                        }
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

    private static func number(of version: String) -> UInt64 {
        var digest = Digest64()
        digest.add(version)
        return digest.value
    }
}
