internal import Classifier
public import Images
internal import Platform
internal import TorchVision

/// A picture as the transforms of training leave it: by each alone, and several times by all.
public struct TransformSheet: Sendable {
    /// The transforms; what mixes batches is left out, as it wants several pictures.
    public let transforms: TransformList
    /// How many times all of them are drawn.
    public var draws = 6
    /// How many pictures stand side by side.
    public var columns: Int
    /// What the transforms' random numbers come from.
    public var seed: UInt64 = 0

    /// A sheet of these transforms.
    public init(_ transforms: TransformList) {
        self.transforms = transforms
        // The picture and each transform in a row, as far as that can be read.
        columns = min(8, max(3, transforms.transforms.count + 1))
    }

    /// Draws the sheet: the picture, what each transform alone makes of it, then all of them, again and again.
    ///
    /// - Parameters:
    ///   - picture: the picture's file.
    ///   - path: the sheet's file, `.png`, `.svg` or `.pdf`.
    /// - Returns: the path, in a list.
    /// - Throws: `ImageError` for a file that is no picture, `DrawingError` where the sheet can't be written.
    public func write(_ picture: String, to path: String) throws -> [String] {
        let image = try Image(contentsOf: picture)
        let steps = transforms.transforms
        var tiles = [try tile(image, "the picture")]
        if steps.count > 1 {
            for (place, step) in steps.enumerated() {
                tiles.append(try tile(drawn([step], of: image, number: place), step.notation))
            }
        }
        for draw in 0..<draws {
            let name = steps.count > 1 ? "all, draw \(draw + 1)" : steps.first?.notation ?? "no transform"
            tiles.append(try tile(drawn(steps, of: image, number: draw), name))
        }
        var sheets = SheetFiles(
            path, title: picture.fileName, note: transforms.description, columns: columns,
            rows: (tiles.count + columns - 1) / columns)
        for tile in tiles { try sheets.add(tile) }
        return try sheets.finish()
    }

    private func drawn(_ steps: [any ImageTransform], of image: Image, number: Int) -> Image {
        var random = CountedRandom(seed: seed, epoch: number, index: 0)
        return steps.apply(to: image, using: &random)
    }

    private func tile(_ image: Image, _ name: String) throws -> SheetTile {
        try SheetTile(image, [name, "\(image.width) x \(image.height)"])
    }
}

extension ImageTransform {
    /// As it is written in a list; the type's name where it can't be.
    fileprivate var notation: String { (self as? any NotedTransform)?.notation ?? "\(Self.self)" }
}

extension TransformSheet {
    /// The path of the picture to look at: the file, found from the current folder or from the dataset's on; of none, one
    /// of the dataset at random that can be read.
    ///
    /// - Throws: `DatasetError` where the dataset can't be opened, `ApusError` where no such file is there.
    public static func picture(
        _ file: String?, in data: String, options: DatasetOptions = .init(), seed: UInt64
    ) throws -> String {
        guard let file else {
            let pictures = try ImageInput(at: data, options: options).images
            let names = DataSheet.order(pictures, seed: seed).lazy.map { pictures.name(at: $0) }
            guard let readable = names.first(where: { (try? Image(contentsOf: $0)) != nil }) else {
                throw ApusError.noReadableImages(pictures.count)
            }
            return readable
        }
        guard let found = [file, "\(data)/\(file)"].first(where: fileExists) else {
            throw ApusError(
                .unreadableFile, path: file,
                "there is no such file, neither from the current folder nor from \(data) on")
        }
        return found
    }
}
