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
