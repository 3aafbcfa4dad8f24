/// What a network is made with where its family leaves a choice. It is stored with a model, so that the network can be
/// made again as it was.
public struct NetworkOptions: Sendable, Codable, Hashable {
    /// The number of classes.
    public var classes: Int
    /// What stands after the features.
    public var head = Head.lastLayer
    /// GoogLeNet and Inception: whether images normalized with ImageNet's mean and deviation are normalized anew with
    /// 0.5 and 0.5, as the published weights want them. No other family looks at it.
    public var transformsInput = false
    /// GoogLeNet and Inception: whether the heads that help in training are there. No other family looks at it.
    public var hasAuxiliaryHeads = true
    /// The side of the images, in pixels; nil for the family's own. Vision transformers have a position for each patch
    /// and fit one size; the other families take any.
    public var imageSize: Int?

    /// The family's own choices.
    public init(classes: Int) { self.classes = classes }
}

/// The 1,000 classes of ImageNet in the order that torchvision's weights have them.
public enum ImageNetClasses {
    /// 1,000.
    public static let count = 1000

    /// The names, as torchvision gives them.
    public static let names: [String] = table.map(\.name)

    /// The WordNet identifiers, `n01440764`, which name the folders of ImageNet and of its subsets.
    public static let wordNetIDs: [String] = table.map(\.id)

    /// Index, WordNet identifier and name on each line, separated by tabs.
    private static let table: [(id: String, name: String)] =
        String(decoding: PackageResources.imagenet_classes_tsv, as: UTF8.self)
        .split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return fields.count == 3 ? (String(fields[1]), String(fields[2])) : nil
        }
}
