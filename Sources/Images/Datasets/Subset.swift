/// Some images of a dataset, in an order of their own; the classes stay the same.
public struct Subset: ImageDataset {
    /// The dataset that the images come from.
    public let base: any ImageDataset

    /// Their places in `base`.
    public let indices: [Int]

    /// Picks images by their places in `base`. A place that `base` does not have is a programmer's mistake.
    public init(of base: any ImageDataset, indices: [Int]) {
        precondition(indices.allSatisfy { (0..<base.count).contains($0) }, "An index lies outside of the dataset.")
        self.base = base
        self.indices = indices
    }

    /// The classes of `base`, also those of which no image was picked.
    public var classNames: [String] { base.classNames }

    /// How many images were picked.
    public var count: Int { indices.count }

    /// The label that `base` gives the image.
    public func label(at index: Int) -> Int { base.label(at: indices[index]) }

    /// The labels that `base` gives the image.
    public func labels(at index: Int) -> [Int] { base.labels(at: indices[index]) }

    /// Whether images of `base` may have several labels.
    public var isMultiLabel: Bool { base.isMultiLabel }

    /// What `base` calls the image.
    public func name(at index: Int) -> String { base.name(at: indices[index]) }

    /// Reads an image from `base`, and throws as it does.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try base.image(at: indices[index], options: options)
    }

    /// The file that `base` has.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        try base.encodedImage(at: indices[index])
    }
}

extension ImageDataset {
    /// At most `count` images, chosen at random by the seed and spread over the classes as evenly as they allow.
    ///
    /// Which images are chosen depends on the seed and the dataset alone; they keep the dataset's order.
    public func limited(to count: Int, seed: UInt64 = 0) -> Subset {
        let keys = randomKeys(count: self.count, seed: seed, stream: RandomStream.limit)
        // The first of each class come before the second of any.
        var ranked: [(rank: Int, index: Int)] = []
        for members in indicesByClass() {
            ranked += members.sorted { keys[$0] < keys[$1] }.enumerated().map { ($0, $1) }
        }
        ranked.sort { ($0.rank, keys[$0.index], $0.index) < ($1.rank, keys[$1.index], $1.index) }
        return Subset(of: self, indices: ranked.prefix(Swift.max(0, count)).map(\.index).sorted())
    }

    /// The places of each class's images, in the order of `classNames`.
    func indicesByClass() -> [[Int]] {
        var members = [[Int]](repeating: [], count: classNames.count)
        for index in 0..<count {
            members[label(at: index)].append(index)
        }
        return members
    }
}
