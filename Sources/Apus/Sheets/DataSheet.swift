internal import Classifier
public import Images
internal import Platform
package import TorchVision

/// Pictures of a dataset with their labels, drawn at random: a look at the data before anything is trained on it.
public struct DataSheet: Sendable {
    /// How many rows a sheet has at most where each class has one.
    private static let largestRows = 12

    /// How many pictures stand below each other. By class, each class has a row instead.
    public var rows = 4
    /// How many pictures stand side by side.
    public var columns = 4
    /// Whether each class has a row.
    public var isByClass = false
    /// What decides which pictures are drawn.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}

    /// Draws the sheets. Pictures that can't be read are passed over for others.
    ///
    /// - Parameters:
    ///   - input: the images.
    ///   - path: the first sheet's file, `.png`, `.svg` or `.pdf`; further ones are numbered.
    ///   - onFailure: told of each picture that can't be read, and why.
    /// - Returns: the paths of all sheets.
    /// - Throws: `DrawingError` where a sheet can't be written, `ApusError` where no picture can be read.
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

    /// All places in random order.
    static func order(_ pictures: any ImageDataset, seed: UInt64) -> [Int] {
        DataLoader(
            pictures, transforms: [], height: 1, width: 1, batchSize: 1, order: .shuffled, seed: seed
        ).indices(epoch: 0)
    }

    /// The same, class by class.
    private func byClass(_ input: ImageInput) -> [[Int]] {
        let pictures = input.images
        var members = [[Int]](repeating: [], count: pictures.classNames.count)
        for index in Self.order(pictures, seed: seed) {
            for label in pictures.labels(at: index) { members[label].append(index) }
        }
        return members
    }
}

/// The pictures whose labels are likely wrong, with the given label and the likely one.
public struct LabelSheet: Sendable {
    private let checked: CheckedLabels

    /// A sheet of what a check found.
    public init(_ checked: CheckedLabels) { self.checked = checked }

    /// Draws the sheets, the worst first.
    ///
    /// - Parameter path: the first sheet's file, `.png`, `.svg` or `.pdf`; further ones are numbered.
    /// - Returns: the paths of all sheets; none where no label is likely wrong.
    /// - Throws: `ImageError` for a picture that can't be read any more, `DrawingError` where a sheet can't be written.
    public func write(to path: String) throws -> [String] {
        var sheets = SheetFiles(path, title: "Labels that are likely wrong", columns: 5, rows: 6)
        for issue in checked.report.issues {
            try sheets.add(
                SheetTile(
                    checked.input.images.image(at: issue.index, options: .init()),
                    [
                        "likely: \(issue.likelyProbability.percent) \(issue.likely)",
                        "given: \(issue.givenProbability.percent) \(issue.given)",
                        issue.picture.path.fileName,
                    ]))
        }
        return try sheets.finish()
    }
}

/// A picture with those most like it.
public struct NeighbourSheet: Sendable {
    private let picture: String
    private let neighbours: [Neighbour]
    private let pictures: any ImageDataset

    /// A sheet of the picture in the file `picture`, and of its neighbours among `pictures`.
    public init(of picture: String, _ neighbours: [Neighbour], in pictures: any ImageDataset) {
        (self.picture, self.neighbours, self.pictures) = (picture, neighbours, pictures)
    }

    /// Draws the sheet.
    ///
    /// - Parameter path: its file, `.png`, `.svg` or `.pdf`; further ones are numbered.
    /// - Returns: the paths of all sheets.
    /// - Throws: `ImageError` for a picture that can't be read, `DrawingError` where a sheet can't be written.
    public func write(to path: String) throws -> [String] {
        var sheets = SheetFiles(path, title: "The pictures most like \(picture.fileName)", columns: 6, rows: 6)
        try sheets.add(SheetTile(Image(contentsOf: picture), ["the picture", picture.fileName]))
        for neighbour in neighbours {
            let cosine = (neighbour.similarity * 1000).rounded() / 1000
            try sheets.add(
                SheetTile(
                    pictures.image(at: neighbour.index, options: .init()),
                    [neighbour.picture.label, "cosine \(cosine)", neighbour.picture.path.fileName]
                        .compactMap(\.self)))
        }
        return try sheets.finish()
    }
}
