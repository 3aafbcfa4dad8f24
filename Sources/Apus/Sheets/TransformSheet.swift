internal import Classifier
public import Images
internal import Platform
internal import TorchVision

/// A sheet that shows training transforms on an image: each one alone, and all together several times.
public struct TransformSheet: Sendable {
    /// The transforms, without those that mix the images of a batch.
    public let transforms: TransformList
    /// The number of images with all transforms.
    public var draws = 6
    /// The number of images per row.
    public var columns: Int
    /// The random seed of the transforms.
    public var seed: UInt64 = 0

    /// Creates a sheet of these transforms.
    public init(_ transforms: TransformList) {
        self.transforms = transforms
        // One row for the image and each transform, up to a readable size.
        columns = min(8, max(3, transforms.transforms.count + 1))
    }

    /// Draws the sheet: the image, the image after each single transform, then `draws` images after all transforms.
    ///
    /// - Parameters:
    ///   - source: the file of the image.
    ///   - path: the file of the sheet, `.png`, `.svg` or `.pdf`.
    /// - Returns: the path, in an array.
    /// - Throws: `ImageError` if the image can't be read, `DrawingError` if the sheet can't be written.
    public func write(_ source: String, to path: String) throws -> [String] {
        let image = try Image(contentsOf: source)
        let steps = transforms.transforms
        var tiles = [try tile(image, "original")]
        if steps.count > 1 {
            for (place, step) in steps.enumerated() {
                tiles.append(try tile(drawn([step], of: image, number: place), step.notation))
            }
        }
        for draw in 0..<draws {
            let name = steps.count > 1 ? "all, sample \(draw + 1)" : steps.first?.notation ?? "no transform"
            tiles.append(try tile(drawn(steps, of: image, number: draw), name))
        }
        var sheets = SheetFiles(
            path, title: source.fileName, note: transforms.description, columns: columns,
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
    /// The notation of the transform, or the name of its type if it has none.
    fileprivate var notation: String { (self as? any NotedTransform)?.notation ?? "\(Self.self)" }
}

extension TransformSheet {
    /// Returns the path of the image to show: `file`, relative to the current folder or to the dataset. If `file` is
    /// nil, a random readable image of the dataset.
    ///
    /// - Throws: `DatasetError` if the dataset can't be opened, `ApusError` if the file does not exist.
    public static func image(
        _ file: String?, in data: String, options: DatasetOptions = .init(), seed: UInt64
    ) throws -> String {
        guard let file else {
            let images = try ImageInput(at: data, options: options).images
            let names = DataSheet.order(images, seed: seed).lazy.map { images.name(at: $0) }
            guard let readable = names.first(where: { (try? Image(contentsOf: $0)) != nil }) else {
                throw ApusError.noReadableImages(images.count)
            }
            return readable
        }
        guard let found = [file, "\(data)/\(file)"].first(where: { (try? FilePath($0).existingStatus()) != nil }) else {
            throw ApusError(
                .unreadableFile, path: file,
                "no such file in the current folder or in \(data)")
        }
        return found
    }
}
