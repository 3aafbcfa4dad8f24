public import Classifier
public import Images
public import Platform
internal import TorchVision

/// Sheets of random images of a dataset with their labels, to inspect the data before training.
public struct DataSheet: Sendable {
    /// The largest number of rows of a sheet with a row for each class.
    private static let largestRows = 12

    /// The number of rows. Not used if `isByClass` is true.
    public var rows = 4
    /// The number of images per row.
    public var columns = 4
    /// Whether each class has a row.
    public var isByClass = false
    /// The random seed of the selection.
    public var seed: UInt64 = 0

    /// Creates a sheet with the default options.
    public init() {}

    /// Draws the sheets. Unreadable images are replaced by others.
    ///
    /// - Parameters:
    ///   - input: the images.
    ///   - path: the file of the first sheet, `.png`, `.svg` or `.pdf`; further ones are numbered.
    ///   - reader: reads the progress and the unreadable images. An error that it throws ends the work.
    /// - Returns: the paths of all sheets.
    /// - Throws: `DrawingError` if a sheet can't be written, `ApusError` if no image can be read, `CancellationError`
    ///   if the task is canceled, and the errors of `reader`.
    public func write(
        _ input: ImageInput, to path: String,
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> [String] {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await onOwnThread("sheet") { try write(input, to: path, reportingTo: events) }
        }
    }

    private func write(
        _ input: ImageInput, to path: String, reportingTo events: EventChannel<ImageEvent<Never>>
    ) throws -> [String] {
        var sheets = SheetFiles(
            path, title: title(of: input), note: "below each image: \(input.isLabeled ? "class, " : "")file name",
            columns: columns, rows: isByClass ? Self.largestRows : rows)
        let groups = isByClass ? byClass(input) : [Self.order(input.images, seed: seed)]
        let size = isByClass ? columns : rows * columns
        let total = groups.reduce(0) { $0 + min(size, $1.count) }
        var done = 0
        for drawn in groups {
            var room = size
            for index in drawn where room > 0 {
                try events.checkCancellation()
                do {
                    let image = try input.images.image(at: index, options: .init())
                    let known = input.entry(at: index)
                    try sheets.add(SheetTile(image, [known.label, known.path.fileName].compactMap(\.self)))
                    room -= 1
                    done += 1
                    events.send(.progress(done: done, total: total))
                } catch let error as ImageError where !error.isSystemFailure {
                    events.send(
                        .unreadable(SampleFailure(index: index, name: input.images.name(at: index), error: error)))
                }
            }
        }
        let written = try sheets.finish()
        guard !written.isEmpty else {
            throw ApusError.noReadableImages(input.images.count)
        }
        return written
    }

    /// `Random images of 398, 2 classes (seed 0)`.
    private func title(of input: ImageInput) -> String {
        let classes = input.images.classNames.count
        let count = input.isLabeled ? ", \(classes.grouped) class\(classes == 1 ? "" : "es")" : ""
        let order = isByClass ? "Random images of each class" : "Random images"
        return "\(order) of \(input.images.count.grouped)\(count) (seed \(seed))"
    }

    /// Returns all indices in random order.
    static func order(_ images: any ImageDataset, seed: UInt64) -> [Int] {
        DataLoader(
            images, transforms: [], height: 1, width: 1, batchSize: 1, order: .shuffled, seed: seed
        ).indices(epoch: 0)
    }

    /// Returns the indices of each class in random order.
    private func byClass(_ input: ImageInput) -> [[Int]] {
        let images = input.images
        var members = [[Int]](repeating: [], count: images.classNames.count)
        for index in Self.order(images, seed: seed) {
            for label in images.labels(at: index) { members[label].append(index) }
        }
        return members
    }
}

/// Sheets of the images whose labels are likely wrong, with the given and the likely label.
public struct LabelSheet: Sendable {
    private let checked: CheckedLabels

    /// Creates a sheet from the result of a check.
    public init(_ checked: CheckedLabels) { self.checked = checked }

    /// Draws the sheets, the worst first.
    ///
    /// - Parameter path: the file of the first sheet, `.png`, `.svg` or `.pdf`; further ones are numbered.
    /// - Returns: the paths of all sheets; empty if no label is likely wrong.
    /// - Throws: `ImageError` for an unreadable image, `DrawingError` if a sheet can't be written.
    public func write(to path: String) throws -> [String] {
        let report = checked.report
        var sheets = SheetFiles(
            path, title: "\(counted(report.issues.count, "likely label error")) in \(counted(report.images, "image"))",
            note: "the likely class and the given one, with their probabilities", columns: 5, rows: 6)
        for issue in checked.report.issues {
            try sheets.add(
                SheetTile(
                    checked.input.images.image(at: issue.index, options: .init()),
                    [
                        "likely: \(issue.likelyProbability.columnPercent) \(issue.likely)",
                        "given: \(issue.givenProbability.columnPercent) \(issue.given)",
                        issue.image.path.fileName,
                    ]))
        }
        return try sheets.finish()
    }
}

/// A sheet of an image with the most similar images.
public struct NeighborSheet: Sendable {
    private let image: String
    private let neighbors: [Neighbor]
    private let images: any ImageDataset

    /// Creates a sheet of the image in the file `image` and its neighbors among `images`.
    public init(of image: String, _ neighbors: [Neighbor], in images: any ImageDataset) {
        (self.image, self.neighbors, self.images) = (image, neighbors, images)
    }

    /// Draws the sheet.
    ///
    /// - Parameter path: the file of the first sheet, `.png`, `.svg` or `.pdf`; further ones are numbered.
    /// - Returns: the paths of all sheets.
    /// - Throws: `ImageError` for an unreadable image, `DrawingError` if a sheet can't be written.
    public func write(to path: String) throws -> [String] {
        var sheets = SheetFiles(
            path, title: "Images most similar to \(image.fileName)",
            note: "cosine: similarity of the features, at most 1", legend: [.query: "query image"], columns: 6, rows: 6)
        try sheets.add(SheetTile(Image(contentsOf: image), ["query image", image.fileName], verdict: .query))
        for neighbor in neighbors {
            try sheets.add(
                SheetTile(
                    images.image(at: neighbor.index, options: .init()),
                    [neighbor.image.label, "cosine \(neighbor.similarity.fixed(3))", neighbor.image.path.fileName]
                        .compactMap(\.self)))
        }
        return try sheets.finish()
    }
}
