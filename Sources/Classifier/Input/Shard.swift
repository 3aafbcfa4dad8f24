internal import Images

/// One of several equal parts of a list, such as 3/8: the third image and every eighth after it.
///
/// Neighbors in a list are often alike, such as large photos of one folder, so that blocks would take different times.
/// The shard of an image also depends only on its place, so that a list can be divided while it arrives.
package struct Shard: Sendable, Equatable, CustomStringConvertible {
    /// The number of the part, from 1.
    package let number: Int
    /// The number of parts.
    package let count: Int

    /// The largest number of shards.
    static let most = 1_000_000

    /// The whole list.
    package static let whole = Shard(index: 0, of: 1)

    /// Creates a part.
    ///
    /// - Parameters:
    ///   - index: the index of the part, from 0.
    ///   - count: the number of parts.
    init(index: Int, of count: Int) { (number, self.count) = (index + 1, count) }

    /// Whether the shard has the image at a place of the list, from 0.
    package func contains(_ place: Int) -> Bool { place % count == number - 1 }

    /// The notation `3/8`.
    package var description: String { "\(number)/\(count)" }
}

extension ImageInput {
    /// Returns the images of a shard.
    package func part(_ shard: Shard) -> ImageInput {
        guard shard.count > 1 else { return self }
        let part = Subset(of: images, indices: Array(stride(from: shard.number - 1, to: images.count, by: shard.count)))
        return ImageInput(part, isLabeled: isLabeled, notes: notes, dataset: dataset)
    }
}
