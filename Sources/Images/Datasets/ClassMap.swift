/// The positions of a dataset's classes in another list of classes, usually a model's.
///
/// Names are compared by their UTF-8 bytes. The dataset need not have all classes of the list, but the list must have
/// all classes of the dataset.
public struct ClassMap: Sendable, Hashable {
    /// The list to which labels refer after mapping.
    public let classNames: [String]

    /// The index in `classNames` for each class of the dataset.
    public let targets: [Int]

    /// Finds each class of the dataset in the list, or among the aliases.
    ///
    /// An alias is another name for an entry of the list, such as ImageNet's WordNet ids, which are used as folder
    /// names. Names of the list take precedence over aliases. Throws if a class is unknown, or occurs more than once in
    /// the list, like ImageNet's "crane".
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
                    "the class \"\(name)\" occurs \(found.count) times among the \(classNames.count) known classes "
                        + "(indices \(found.map(String.init).joined(separator: ", "))). Use an id that only one of "
                        + "them has."
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
        return "\(subject) not among the \(known.count) known classes (\(listed(known))). "
            + "Rename the class so that it equals one of them, byte by byte, or remove its images."
    }
}

/// A dataset whose labels refer to another list of classes.
public struct RelabeledDataset: ImageDataset {
    /// The dataset with its own labels.
    public let base: any ImageDataset

    /// The mapping of its classes to the list.
    public let map: ClassMap

    /// The other list of classes.
    public var classNames: [String] { map.classNames }

    /// The number of images.
    public var count: Int { base.count }

    /// The index of the image's class in the other list.
    public func label(at index: Int) -> Int { map.targets[base.label(at: index)] }

    /// The indices of the image's classes in the other list.
    public func labels(at index: Int) -> [Int] { base.labels(at: index).map { map.targets[$0] } }

    /// Whether `base` is multi-label.
    public var isMultiLabel: Bool { base.isMultiLabel }

    /// The name of the image in `base`.
    public func name(at index: Int) -> String { base.name(at: index) }

    /// Reads an image from `base`; throws its errors.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try base.image(at: index, options: options)
    }

    /// The file in `base`.
    public func encodedImage(at index: Int) throws -> EncodedImage? {
        try base.encodedImage(at: index)
    }
}

extension ImageDataset {
    /// Returns the same images, labeled by indices in another list of classes. See `ClassMap`.
    ///
    /// Throws if a class is not in the list.
    public func relabeled(
        to classNames: [String], aliases: [String: Int] = [:]
    ) throws(DatasetError) -> RelabeledDataset {
        RelabeledDataset(base: self, map: try ClassMap(from: self.classNames, to: classNames, aliases: aliases))
    }
}
