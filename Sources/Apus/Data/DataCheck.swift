internal import Foundation
public import Images
package import TorchVision

/// Looks at every picture of a dataset and tells what should be known before training on it.
public struct DataCheck: Sendable {
    /// What happens while it runs.
    public enum Event: Sendable {
        /// The data is open: this many images, and what was understood of them.
        case opened(pictures: Int, DataDescription)
        /// So many pictures have been decoded; told from several threads.
        case examined(Int)
        /// All have been decoded, and are compared with each other.
        case comparing
    }

    /// Where the data lies, in any layout that `openDataset` knows.
    public let path: String

    /// How it is to be read.
    public let options: DatasetOptions

    /// How many threads decode.
    public let workers: Int

    /// A check that is yet to run.
    public init(path: String, options: DatasetOptions = .init(), workers: Int = DataLoader.processorCount) {
        self.path = path
        self.options = options
        self.workers = workers
    }

    /// Decodes every picture to its end and compares them all. It returns when that is done, so call it where waiting
    /// does no harm.
    ///
    /// Throws `DatasetError` where the data can't be opened at all, and `ImageError` where the machine fails.
    public func run(onEvent: @escaping @Sendable (Event) -> Void = { _ in }) throws -> CheckedData {
        let opened = try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
        let parts = [("train", opened.training), ("val", opened.validation), ("test", opened.test)]
            .compactMap { name, pictures in pictures.map { (name: name, pictures: $0) } }
            .filter { $0.pictures.count > 0 }
        let total = parts.reduce(0) { $0 + $1.pictures.count }
        onEvent(.opened(pictures: total, DataDescription(opened)))
        var examined: [PictureExamination] = []
        for part in parts {
            let before = examined.count
            examined += try part.pictures.examined(workers: workers) { onEvent(.examined(before + $0)) }
        }
        onEvent(.comparing)
        return CheckedData(opened, parts: parts, examined: examined, finder: DuplicateFinder(examined))
    }
}

/// A dataset that has been checked.
public struct CheckedData: Sendable {
    /// What was found.
    public let report: DataReport

    /// The parts of the data; one without a name where it is not split.
    let parts: [(name: String, pictures: any ImageDataset)]
    let isSplit: Bool
    let pictures: [DataReport.Picture]
    let isReadable: [Bool]
    let duplicates: DuplicateFinder

    init(
        _ opened: OpenedDataset, parts: [(name: String, pictures: any ImageDataset)], examined: [PictureExamination],
        finder: DuplicateFinder
    ) {
        isSplit = parts.count > 1 || [.splitFolders, .idxFiles].contains(opened.location.layout)
        let isSplit = isSplit
        self.parts = parts
        duplicates = finder
        pictures = parts.flatMap { part in
            (0..<part.pictures.count).map { index in
                DataReport.Picture(
                    path: part.pictures.name(at: index), split: isSplit ? part.name : "all",
                    labels: part.pictures.labels(at: index).map { part.pictures.classNames[$0] })
            }
        }
        isReadable = examined.map(\.isReadable)
        report =
            DataReportBuilder(
                opened: opened, parts: parts.map { (isSplit ? $0.name : "all", $0.pictures) }, pictures: pictures,
                examined: examined, duplicates: finder
            ).report
    }
}

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
