internal import Platform

/// The images of shards, with labels from the members next to them. An image needs few bytes beyond the index of its
/// archive.
struct ShardedImages: ImageDataset {
    let classNames: [String]
    let isMultiLabel: Bool
    private let shards: [Shard]
    /// The index of each shard's first image, and the total count at the end.
    private let starts: [Int]
    /// The distinct labels, and the place there for each image.
    private let labelLists: [[Int]]
    private let places: [Int32]

    /// - Parameters:
    ///   - labels: The labels of all images in order.
    ///   - classNames: The classes, which contain all labels.
    init(_ shards: [Shard], labels: [ShardColumns.Value], classNames: [String], isMultiLabel: Bool) {
        (self.classNames, self.isMultiLabel) = (classNames, isMultiLabel)
        self.shards = shards.map { shard in
            var shard = shard
            shard.removeLabels()
            return shard
        }
        starts = shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.images.count) }
        let classes = Dictionary(
            classNames.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
        var (known, lists): ([ShardColumns.Value: Int32], [[Int]]) = ([:], [])
        places = labels.map { value in
            if let place = known[value] { return place }
            let place = Int32(lists.count)
            known[value] = place
            var list: [Int] = []
            for label in value.labels.compactMap({ classes[Array($0.utf8)] }) where !list.contains(label) {
                list.append(label)
            }
            lists.append(list)
            return place
        }
        labelLists = lists
    }

    var count: Int { places.count }

    func label(at index: Int) -> Int { labelLists[Int(places[index])].first ?? 0 }

    func labels(at index: Int) -> [Int] { labelLists[Int(places[index])] }

    func name(at index: Int) -> String { file(at: index).text }

    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(file(at: index)), options: options)
    }

    func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(file(at: index)) }

    private func file(at index: Int) -> FilePath {
        // The last shard that does not start after the index.
        var (low, high) = (0, shards.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= index { low = middle } else { high = middle - 1 }
        }
        return shards[low].file(at: index - starts[low])
    }
}
