public import TorchVision

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
