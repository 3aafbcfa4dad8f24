/// Datasets one after the other, as torch's `ConcatDataset`.
public struct ConcatDataset: ImageDataset {
    /// The datasets.
    public let parts: [any ImageDataset]

    /// Where each part begins, and the count of all at the end.
    private let starts: [Int]

    /// Joins datasets that have the same classes; none at all is a programmer's mistake.
    public init(_ parts: [any ImageDataset]) {
        precondition(!parts.isEmpty, "There is a dataset to begin with.")
        precondition(
            parts.allSatisfy { $0.classNames.elementsEqual(parts[0].classNames) { $0.utf8.elementsEqual($1.utf8) } },
            "The datasets have the same classes.")
        self.parts = parts
        starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The classes that all have.
    public var classNames: [String] { parts[0].classNames }

    /// The total number of images.
    public var count: Int { starts[parts.count] }

    /// Whether images may have several labels.
    public var isMultiLabel: Bool { parts.contains { $0.isMultiLabel } }

    /// Which of `parts` an image belongs to, and its place there.
    public func place(of index: Int) -> (part: Int, index: Int) {
        precondition((0..<count).contains(index), "The index lies outside of the dataset.")
        let part = (starts.firstIndex { $0 > index } ?? parts.count) - 1
        return (part, index - starts[part])
    }

    /// The label in its part.
    public func label(at index: Int) -> Int {
        let place = place(of: index)
        return parts[place.part].label(at: place.index)
    }

    /// The labels in its part.
    public func labels(at index: Int) -> [Int] {
        let place = place(of: index)
        return parts[place.part].labels(at: place.index)
    }

    /// What its part calls the image.
    public func name(at index: Int) -> String {
        let place = place(of: index)
        return parts[place.part].name(at: place.index)
    }

    /// Reads an image from its part, and throws as that does.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        let place = place(of: index)
        return try parts[place.part].image(at: place.index, options: options)
    }

    /// The file that its part has.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        let place = place(of: index)
        return try parts[place.part].encodedImage(at: place.index)
    }
}
