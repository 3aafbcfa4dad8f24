/// Labeled images, accessed by index.
///
/// A dataset is a value that contains names and labels and reads images on demand, so that workers can share it.
public protocol ImageDataset: Sendable {
    /// The names of the classes. A label is an index in this list.
    var classNames: [String] { get }

    /// The number of images.
    var count: Int { get }

    /// The class of an image: an index in `classNames`.
    func label(at index: Int) -> Int

    /// The classes of a multi-label image, possibly none: indices in `classNames`. By default, the one of `label(at:)`.
    func labels(at index: Int) -> [Int]

    /// Whether the dataset is multi-label. False by default.
    var isMultiLabel: Bool { get }

    /// The name of an image in messages: the path of its file if it has one.
    func name(at index: Int) -> String

    /// Reads an image.
    ///
    /// Throws if the file cannot be read or is not an image.
    func image(at index: Int, options: ImageReadingOptions) throws -> Image

    /// The image's file or its bytes, so that a loader can decode only what it needs. Nil, the default, if there is
    /// none.
    func encodedImage(at index: Int) throws -> EncodedImage?
}

extension ImageDataset {
    /// There is no file: the loader uses `image(at:options:)`.
    public func encodedImage(at index: Int) throws -> EncodedImage? { nil }

    /// The single label.
    public func labels(at index: Int) -> [Int] { [label(at: index)] }

    /// Each image has one label.
    public var isMultiLabel: Bool { false }

    /// The label of every image, in order.
    public var labels: [Int] {
        (0..<count).map { label(at: $0) }
    }

    /// The number of images of each class, in the order of `classNames`. A multi-label image counts for each of its
    /// classes.
    public var countsByClass: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for index in 0..<count {
            for label in labels(at: index) { counts[label] += 1 }
        }
        return counts
    }
}

/// Selected images of a dataset in any order, with the same classes.
public struct Subset: ImageDataset {
    /// The dataset that the images come from.
    public let base: any ImageDataset

    /// Their indices in `base`.
    public let indices: [Int]

    /// Selects images by their indices in `base`, which must be valid.
    public init(of base: any ImageDataset, indices: [Int]) {
        precondition(indices.allSatisfy { (0..<base.count).contains($0) }, "an index is out of range")
        self.base = base
        self.indices = indices
    }

    /// The classes of `base`, including those without selected images.
    public var classNames: [String] { base.classNames }

    /// The number of selected images.
    public var count: Int { indices.count }

    /// The label of the image in `base`.
    public func label(at index: Int) -> Int { base.label(at: indices[index]) }

    /// The labels of the image in `base`.
    public func labels(at index: Int) -> [Int] { base.labels(at: indices[index]) }

    /// Whether `base` is multi-label.
    public var isMultiLabel: Bool { base.isMultiLabel }

    /// The name of the image in `base`.
    public func name(at index: Int) -> String { base.name(at: indices[index]) }

    /// Reads an image from `base`; throws its errors.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try base.image(at: indices[index], options: options)
    }

    /// The file in `base`.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        try base.encodedImage(at: indices[index])
    }
}

extension ImageDataset {
    /// Selects at most `count` images at random, balanced over the classes as far as possible.
    ///
    /// The selection depends only on the seed and the dataset. Images keep the dataset's order.
    public func limited(to count: Int, seed: UInt64 = 0) -> Subset {
        let keys = randomKeys(count: self.count, seed: seed, stream: RandomStream.limit)
        // The first image of each class comes before the second image of any.
        var ranked: [(rank: Int, index: Int)] = []
        for members in indicesByClass() {
            ranked += members.sorted { keys[$0] < keys[$1] }.enumerated().map { ($0, $1) }
        }
        ranked.sort { ($0.rank, keys[$0.index], $0.index) < ($1.rank, keys[$1.index], $1.index) }
        return Subset(of: self, indices: ranked.prefix(Swift.max(0, count)).map(\.index).sorted())
    }

    /// Selects at most `count` images at random, each with the same probability.
    ///
    /// The selection depends only on the seed and the number of images. Images keep the dataset's order.
    public func sampled(_ count: Int, seed: UInt64 = 0) -> Subset {
        let order = shuffledIndices(count: self.count, seed: seed, stream: RandomStream.limit)
        return Subset(of: self, indices: order.prefix(Swift.max(0, count)).sorted())
    }

    /// The indices of each class's images, in the order of `classNames`.
    func indicesByClass() -> [[Int]] {
        var members = [[Int]](repeating: [], count: classNames.count)
        for index in 0..<count {
            members[label(at: index)].append(index)
        }
        return members
    }
}

/// Several datasets in sequence, as torch's `ConcatDataset`.
public struct ConcatDataset: ImageDataset {
    /// The datasets.
    public let parts: [any ImageDataset]

    /// The start of each part, and the total count at the end.
    private let starts: [Int]

    /// Joins datasets with the same classes. The list must not be empty.
    public init(_ parts: [any ImageDataset]) {
        precondition(!parts.isEmpty, "there must be at least one dataset")
        precondition(
            parts.allSatisfy { $0.classNames.elementsEqual(parts[0].classNames) { $0.utf8.elementsEqual($1.utf8) } },
            "the datasets must have the same classes")
        self.parts = parts
        starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The common classes.
    public var classNames: [String] { parts[0].classNames }

    /// The total number of images.
    public var count: Int { starts[parts.count] }

    /// Whether the datasets are multi-label.
    public var isMultiLabel: Bool { parts.contains { $0.isMultiLabel } }

    /// The part that contains an image, and the index there.
    public func place(of index: Int) -> (part: Int, index: Int) {
        precondition((0..<count).contains(index), "the index is out of range")
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

    /// The name of the image in its part.
    public func name(at index: Int) -> String {
        let place = place(of: index)
        return parts[place.part].name(at: place.index)
    }

    /// Reads an image from its part; throws its errors.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        let place = place(of: index)
        return try parts[place.part].image(at: place.index, options: options)
    }

    /// The file in its part.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        let place = place(of: index)
        return try parts[place.part].encodedImage(at: place.index)
    }
}
