public import TorchVision

/// A table of the pictures of a dataset that can be used as they are.
public struct CleanTable: Sendable {
    /// Why a picture was left out.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// It can't be read.
        case unreadable
        /// The same file is there under different labels, and nobody knows which is right.
        case conflict
        /// The same file is there before it.
        case duplicate
        /// It looks the same as a picture of another part that is kept.
        case leak
    }

    /// The CSV: `path,label`, and `split` where the data is split.
    public let text: String
    /// How many pictures it names.
    public let kept: Int
    /// How many were left out, for each reason.
    public let dropped: [Reason: Int]
}

extension CheckedData {
    /// The pictures without those that can't be read or are there more than once, as CSV that `openDataset` reads.
    ///
    /// Of the same file under the same label the first is kept; a file to train with comes before one to measure with. Of
    /// the same file under different labels none is kept. Pictures that look the same stay, unless they lie in different
    /// parts: then those to measure with are left out. `folder` is where the table will lie; see `DatasetTable`.
    /// Throws where a picture has no file of its own.
    public func cleanTable(in folder: String) throws(DatasetError) -> CleanTable {
        let dropped = dropped
        var start = 0
        var kept: [(split: String?, pictures: any ImageDataset)] = []
        for part in parts {
            let indices = (0..<part.pictures.count).filter { dropped[start + $0] == nil }
            start += part.pictures.count
            kept.append((isSplit ? part.name : nil, Subset(of: part.pictures, indices: indices)))
        }
        return CleanTable(
            text: try DatasetTable.text(of: kept, in: folder), kept: kept.reduce(0) { $0 + $1.pictures.count },
            dropped: Dictionary(grouping: dropped.values, by: \.self).mapValues(\.count))
    }

    private var dropped: [Int: CleanTable.Reason] {
        var dropped: [Int: CleanTable.Reason] = [:]
        for place in isReadable.indices where !isReadable[place] { dropped[place] = .unreadable }
        // Pictures stand in the order of the parts, those to train with first, so that the first of a group is kept.
        let reported = report.duplicates.filter { $0.kind == .exact }
        for (group, found) in zip(duplicates.exact, reported) {
            for place in found.hasConflict ? group[...] : group.dropFirst() {
                dropped[place] = found.hasConflict ? .conflict : .duplicate
            }
        }
        for group in duplicates.near {
            let left = group.filter { dropped[$0] == nil }
            guard let first = left.first else { continue }
            for place in left where pictures[place].split != pictures[first].split { dropped[place] = .leak }
        }
        return dropped
    }
}
