/// The images with several frames or pages, of which only the first is read.
package struct SeveralFrames: Sendable, Equatable, Codable {
    /// The number of images.
    package private(set) var count = 0
    /// The name of the first image.
    package private(set) var example: String?

    package init() {}

    /// Adds up those of several parts.
    package init(_ parts: [SeveralFrames]) { for part in parts { add(part) } }

    init(count: Int, example: String?) { (self.count, self.example) = (count, example) }

    /// Adds the images of a later part.
    package mutating func add(_ other: SeveralFrames) {
        count += other.count
        example = example ?? other.example
    }

    /// A sentence for the user; nil if there are none.
    ///
    /// - Parameter images: What the images are: `image`, or `training image`.
    package func note(of images: String = "image") -> String? {
        guard let example else { return nil }
        return count == 1
            ? "1 \(images) has several frames or pages, and only the first is read: \(example)"
            : "\(count) \(images)s have several frames or pages, and only the first of each is read, such as \(example)"
    }
}
