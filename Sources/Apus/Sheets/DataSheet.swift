internal import Classifier
public import Images
internal import Platform
package import TorchVision

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
    ///   - onFailure: called for each unreadable image with the reason.
    /// - Returns: the paths of all sheets.
    /// - Throws: `DrawingError` if a sheet can't be written, `ApusError` if no image can be read.
    public func write(
        _ input: ImageInput, to path: String, onFailure: (_ message: String) -> Void = { _ in }
    ) throws -> [String] {
        var sheets = SheetFiles(path, columns: columns, rows: isByClass ? Self.largestRows : rows)
        for drawn in isByClass ? byClass(input) : [Self.order(input.images, seed: seed)] {
            var room = isByClass ? columns : rows * columns
            for index in drawn where room > 0 {
                do {
                    let image = try input.images.image(at: index, options: .init())
                    let known = input.entry(at: index)
                    try sheets.add(SheetTile(image, [known.label, known.path.fileName].compactMap(\.self)))
                    room -= 1
                } catch let error as ImageError where !error.isSystemFailure {
                    onFailure("\(input.images.name(at: index)): \(error)")
                }
            }
        }
        let written = try sheets.finish()
        guard !written.isEmpty else {
            throw ApusError.noReadableImages(input.images.count)
        }
        return written
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
        var sheets = SheetFiles(path, title: "Likely label errors", columns: 5, rows: 6)
        for issue in checked.report.issues {
            try sheets.add(
                SheetTile(
                    checked.input.images.image(at: issue.index, options: .init()),
                    [
                        "likely: \(issue.likelyProbability.percent) \(issue.likely)",
                        "given: \(issue.givenProbability.percent) \(issue.given)",
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
        var sheets = SheetFiles(path, title: "Images most similar to \(image.fileName)", columns: 6, rows: 6)
        try sheets.add(SheetTile(Image(contentsOf: image), ["query image", image.fileName]))
        for neighbor in neighbors {
            let cosine = (neighbor.similarity * 1000).rounded() / 1000
            try sheets.add(
                SheetTile(
                    images.image(at: neighbor.index, options: .init()),
                    [neighbor.image.label, "cosine \(cosine)", neighbor.image.path.fileName]
                        .compactMap(\.self)))
        }
        return try sheets.finish()
    }
}
