internal import Foundation
public import Images
public import Platform
internal import TorchVision

/// Checks every image of a dataset and reports problems before training.
public struct DataCheck: Sendable {
    /// The progress of a check.
    public enum Event: Sendable {
        /// The data is open: the number of images, and how the data was interpreted.
        case opened(images: Int, DataDescription)
        /// The number of decoded images so far.
        case examined(Int)
        /// All images are decoded and are now compared.
        case comparing

        /// Whether the event reports progress. A slow reader may miss such events, but no others.
        public var isProgress: Bool { if case .examined = self { true } else { false } }
    }

    /// The path of the data, in any layout that `openDataset` supports.
    public let path: String

    /// The options for reading the data.
    public let options: DatasetOptions

    /// The number of threads that decode images.
    public let workers: Int

    /// Creates a check.
    public init(path: String, options: DatasetOptions = .init(), workers: Int = DataLoader.processorCount) {
        self.path = path
        self.options = options
        self.workers = workers
    }

    /// Decodes every image completely and compares all of them.
    ///
    /// - Parameter reader: reads the events during the check. An error that it throws ends the check.
    /// - Throws: `DatasetError` if the data can't be opened, `ImageError` if the system fails, `CancellationError` if
    ///   the task is canceled, and the errors of `reader`.
    public func run(
        readBy reader: @escaping @Sendable (EventSequence<Event>) async throws -> Void = { _ in }
    ) async throws -> CheckedData {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await onOwnThread("data check") { try run(reportingTo: events) }
        }
    }

    private func run(reportingTo events: EventChannel<Event>) throws -> CheckedData {
        let opened = try openDataset(at: path, options: options, minimumClasses: 1, allowsEmptyClasses: true)
        let parts = [("train", opened.training), ("val", opened.validation), ("test", opened.test)]
            .compactMap { name, images in images.map { (name: name, images: $0) } }
            .filter { $0.images.count > 0 }
        let total = parts.reduce(0) { $0 + $1.images.count }
        events.send(.opened(images: total, DataDescription(opened)))
        var examined: [ImageExamination] = []
        for part in parts {
            let before = examined.count
            examined += try part.images.examined(workers: workers) { done in
                events.send(.examined(before + done))
                try events.checkCancellation()
            }
        }
        events.send(.comparing)
        return CheckedData(opened, parts: parts, examined: examined, finder: DuplicateFinder(examined))
    }
}

/// A checked dataset.
public struct CheckedData: Sendable {
    /// The results of the check.
    public let report: DataReport

    /// The splits of the data. Data that is not split has one.
    let parts: [(name: String, images: any ImageDataset)]
    let isSplit: Bool
    let images: [DataReport.Entry]
    let isReadable: [Bool]
    let duplicates: DuplicateFinder

    init(
        _ opened: OpenedDataset, parts: [(name: String, images: any ImageDataset)], examined: [ImageExamination],
        finder: DuplicateFinder
    ) {
        isSplit = parts.count > 1 || [.splitFolders, .idxFiles].contains(opened.location.layout)
        let isSplit = isSplit
        self.parts = parts
        let images = parts.flatMap { part in
            (0..<part.images.count).map { index in
                DataReport.Entry(
                    path: part.images.name(at: index), split: isSplit ? part.name : "all",
                    labels: part.images.labels(at: index).map { part.images.classNames[$0] })
            }
        }
        self.images = images
        // Frames of a video are similar. If their labels differ, something in it begins or ends.
        let videos = images.map { FilePath($0.path).video }
        duplicates = finder.without { group, isExact in
            guard let video = videos[group[0]] else { return false }
            return group.allSatisfy { videos[$0] == video && images[$0].split == images[group[0]].split }
                && (!isExact || group.allSatisfy { images[$0].labels == images[group[0]].labels })
        }
        isReadable = examined.map(\.isReadable)
        report =
            DataReportBuilder(
                opened: opened, parts: parts.map { (isSplit ? $0.name : "all", $0.images) }, images: images,
                examined: examined, duplicates: duplicates
            ).report
    }
}

/// A table of the images of a dataset without problems.
public struct CleanTable: Sendable {
    /// The reasons for excluding an image.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// The image is unreadable.
        case unreadable
        /// The same file has different labels, and the correct one is unknown.
        case conflict
        /// The same file occurs earlier.
        case duplicate
        /// The image is similar to a kept image of another split.
        case leak
    }

    /// The CSV text with the columns `path` and `label`, and `split` if the data is split.
    public let text: String
    /// The number of images in the table.
    public let kept: Int
    /// The number of excluded images, for each reason.
    public let dropped: [Reason: Int]
}

extension CheckedData {
    /// Returns the images without unreadable ones and duplicates, as CSV that `openDataset` reads.
    ///
    /// Of duplicates with the same label the first one is kept, training images first. Duplicates with different labels
    /// are all excluded. Similar images are kept unless they are in different splits; then the validation and test
    /// images are excluded.
    ///
    /// - Parameter folder: the folder in which the table will be written; see `DatasetTable`.
    /// - Throws: `DatasetError` if an image has no file of its own.
    public func cleanTable(in folder: String) throws(DatasetError) -> CleanTable {
        let dropped = dropped
        var start = 0
        var kept: [(split: String?, images: any ImageDataset)] = []
        for part in parts {
            let indices = (0..<part.images.count).filter { dropped[start + $0] == nil }
            start += part.images.count
            kept.append((isSplit ? part.name : nil, Subset(of: part.images, indices: indices)))
        }
        return CleanTable(
            text: try DatasetTable.text(of: kept, in: folder), kept: kept.reduce(0) { $0 + $1.images.count },
            dropped: Dictionary(grouping: dropped.values, by: \.self).mapValues(\.count))
    }

    private var dropped: [Int: CleanTable.Reason] {
        var dropped: [Int: CleanTable.Reason] = [:]
        for place in isReadable.indices where !isReadable[place] { dropped[place] = .unreadable }
        // Training images come first, so the first image of a group is kept.
        let reported = report.duplicates.filter { $0.kind == .exact }
        for (group, found) in zip(duplicates.exact, reported) {
            for place in found.hasConflict ? group[...] : group.dropFirst() {
                dropped[place] = found.hasConflict ? .conflict : .duplicate
            }
        }
        for group in duplicates.near {
            let left = group.filter { dropped[$0] == nil }
            guard let first = left.first else { continue }
            for place in left where images[place].split != images[first].split { dropped[place] = .leak }
        }
        return dropped
    }
}
