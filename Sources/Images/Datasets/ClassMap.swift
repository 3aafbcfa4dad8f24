/// Where the classes of a dataset stand in another list of classes, usually a model's.
///
/// Names are compared by their UTF-8 bytes. A class of the list that the dataset lacks is fine; a class that the list
/// lacks is not.
public struct ClassMap: Sendable, Hashable {
    /// The list that labels now refer to.
    public let classNames: [String]

    /// For each class of the dataset its place in `classNames`.
    public let targets: [Int]

    /// Finds each of the dataset's classes in the list, or among the aliases.
    ///
    /// An alias is another name for a place in the list, such as ImageNet's WordNet ids, which serve as folder names;
    /// a name of the list goes before an alias. Throws where a class is unknown, or is in the list more than once, as
    /// ImageNet's "crane" is.
    public init(
        from datasetClasses: [String], to classNames: [String], aliases: [String: Int] = [:]
    ) throws(DatasetError) {
        var places: [[UInt8]: [Int]] = [:]
        for (place, name) in classNames.enumerated() {
            places[Array(name.utf8), default: []].append(place)
        }
        for (alias, place) in aliases where classNames.indices.contains(place) && places[Array(alias.utf8)] == nil {
            places[Array(alias.utf8)] = [place]
        }
        var targets: [Int] = []
        var unknown: [String] = []
        for name in datasetClasses {
            let found = places[Array(name.utf8), default: []]
            guard found.count < 2 else {
                throw DatasetError(
                    .unknownClass,
                    "the class \"\(name)\" is \(found.count) times among the \(classNames.count) known ones (places "
                        + "\(found.map(String.init).joined(separator: ", "))). Name it by an id that only one of them has."
                )
            }
            if let place = found.first { targets.append(place) } else { unknown.append(name) }
        }
        guard unknown.isEmpty else {
            throw DatasetError(.unknownClass, Self.message(unknown: unknown, known: classNames))
        }
        self.classNames = classNames
        self.targets = targets
    }

    private static func message(unknown: [String], known: [String]) -> String {
        func listed(_ names: [String]) -> String {
            names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        }
        let subject = unknown.count == 1 ? "the class \(listed(unknown)) is" : "the classes \(listed(unknown)) are"
        return "\(subject) not among the \(known.count) known ones (\(listed(known))). "
            + "Rename the class so that it equals one of them, byte by byte, or leave its images out."
    }
}

/// A dataset whose labels refer to another list of classes.
public struct RelabelledDataset: ImageDataset {
    /// The dataset with labels of its own.
    public let base: any ImageDataset

    /// Where its classes stand in the list.
    public let map: ClassMap

    /// The other list of classes.
    public var classNames: [String] { map.classNames }

    /// How many images there are.
    public var count: Int { base.count }

    /// The place of the image's class in the other list.
    public func label(at index: Int) -> Int { map.targets[base.label(at: index)] }

    /// The places of the image's classes in the other list.
    public func labels(at index: Int) -> [Int] { base.labels(at: index).map { map.targets[$0] } }

    /// Whether images of `base` may have several labels.
    public var isMultiLabel: Bool { base.isMultiLabel }

    /// What `base` calls the image.
    public func name(at index: Int) -> String { base.name(at: index) }

    /// Reads an image from `base`, and throws as it does.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try base.image(at: index, options: options)
    }

    /// The file that `base` has.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        try base.encodedImage(at: index)
    }
}

extension ImageDataset {
    /// The same images, labeled by places in another list of classes. See `ClassMap`.
    ///
    /// Throws where a class is not in the list.
    public func relabelled(
        to classNames: [String], aliases: [String: Int] = [:]
    ) throws(DatasetError) -> RelabelledDataset {
        RelabelledDataset(base: self, map: try ClassMap(from: self.classNames, to: classNames, aliases: aliases))
    }
}
