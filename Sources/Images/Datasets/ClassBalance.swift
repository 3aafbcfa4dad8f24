/// How many images each class has, and what makes up for it where they are not as many.
///
/// Weights are `n / (k * n_c)` for a class of `n_c` of `n` images among `k` classes that have any: scikit-learn's
/// "balanced". Their mean over the images is 1, so that a loss keeps its scale.
public struct ClassBalance: Sendable, Equatable {
    /// The names of the classes.
    public let classNames: [String]

    /// How many images each class has.
    public let counts: [Int]

    /// How many images there are.
    public let pictureCount: Int

    /// Whether images may have several labels.
    public let isMultiLabel: Bool

    /// The mean over the images of `pictureWeights`.
    private let meanPictureWeight: Double

    /// Counts the labels of a dataset: as a rule, of what is trained on.
    public init(of dataset: any ImageDataset) {
        classNames = dataset.classNames
        counts = dataset.countsByClass
        pictureCount = dataset.count
        isMultiLabel = dataset.isMultiLabel
        let weights = Self.pictureWeights(of: dataset, classWeights: Self.balanced(counts), counts: counts)
        meanPictureWeight = weights.isEmpty ? 1 : weights.reduce(0, +) / Double(weights.count)
    }

    /// How many times as many images the largest class has as the smallest that has any; 1 where all have as many.
    public var ratio: Double {
        let present = counts.filter { $0 > 0 }
        return Double(present.max() ?? 1) / Double(present.min() ?? 1)
    }

    /// A weight for each class; 1 for one without images, which no loss meets.
    public var classWeights: [Double] { Self.balanced(counts) }

    private static func balanced(_ counts: [Int]) -> [Double] {
        let labels = counts.reduce(0, +)
        let present = counts.count { $0 > 0 }
        return counts.map { $0 > 0 ? Double(labels) / (Double(present) * Double($0)) : 1 }
    }

    /// The least and the greatest of `positiveWeights`. At 0 a class that every image shows would never be learned, and a
    /// single image's weight of thousands would drown all else.
    public static let positiveWeightLimits = 0.1...100.0

    /// For images of several labels: how many images are not of the class, to one that is, within
    /// `positiveWeightLimits`. This is the `pos_weight` of PyTorch's `BCEWithLogitsLoss`; 1 for a class without images.
    public var positiveWeights: [Double] {
        let limits = Self.positiveWeightLimits
        return counts.map { count in
            guard count > 0 else { return 1 }
            return min(max(Double(pictureCount - count) / Double(count), limits.lowerBound), limits.upperBound)
        }
    }

    /// What a loss takes: `classWeights`, for images of several labels `positiveWeights`.
    public var lossWeights: [Double] { isMultiLabel ? positiveWeights : classWeights }

    /// A weight for each image of a dataset with these classes: that of its class, of several the largest. An image
    /// without a class has the smallest weight that there is.
    ///
    /// Drawn by them (`DataLoader.Order.weighted`), all classes come as often.
    public func pictureWeights(of dataset: any ImageDataset) -> [Double] {
        Self.pictureWeights(of: dataset, classWeights: classWeights, counts: counts)
    }

    private static func pictureWeights(
        of dataset: any ImageDataset, classWeights weights: [Double], counts: [Int]
    ) -> [Double] {
        let smallest = zip(weights, counts).filter { $1 > 0 }.map(\.0).min() ?? 1
        return (0..<dataset.count).map { index in dataset.labels(at: index).map { weights[$0] }.max() ?? smallest }
    }

    /// What weights in the loss do, in one sentence.
    public var classWeightsNote: String {
        if isMultiLabel {
            let limits = Self.positiveWeightLimits
            return
                "weights in the loss make up for classes that few images show, or nearly all; a class's presence is weighted, "
                + "to 1 for its absence and from \(Self.text(limits.lowerBound)) to \(Self.text(limits.upperBound)): "
                + extremes(positiveWeights)
        }
        guard ratio > 1 else { return "all classes have as many images, so that class weights change nothing" }
        return "class weights in the loss make up for \(spread): \(extremes(classWeights))"
    }

    /// What weighted drawing does, in one sentence.
    public var samplingNote: String {
        guard ratio > 1 else { return "all classes have as many images, so that weighted drawing treats them alike" }
        let multiple = isMultiLabel ? ", of several classes by the rarest" : ""
        return "images are drawn with replacement, by their class\(multiple), so that classes come alike in spite of "
            + "\(spread); how often, to once without: \(extremes(classWeights.map { $0 / meanPictureWeight }))"
    }

    /// `700 dog to 70 cat (10 : 1)`.
    private var spread: String {
        let present = counts.indices.filter { counts[$0] > 0 }
        guard let most = present.max(by: { counts[$0] < counts[$1] }),
            let least = present.min(by: { counts[$0] < counts[$1] })
        else { return "nothing" }
        return "\(counts[most]) \(classNames[most]) to \(counts[least]) \(classNames[least]) (\(Self.text(ratio)) : 1)"
    }

    /// The weights, or the lowest and the highest where there are many classes.
    private func extremes(_ weights: [Double]) -> String {
        let present = counts.indices.filter { counts[$0] > 0 }.sorted { (weights[$0], $0) < (weights[$1], $1) }
        func listed(_ places: some Sequence<Int>) -> String {
            places.map { "\(classNames[$0]) \(Self.text(weights[$0]))" }.joined(separator: ", ")
        }
        return present.count <= 6 ? listed(present) : "\(listed(present.prefix(2))), …, \(listed(present.suffix(2)))"
    }

    /// Two decimals, or more where the number would lose all but one digit.
    private static func text(_ number: Double) -> String {
        var factor = 100.0
        while number > 0, number * factor < 10, factor < 1e6 { factor *= 10 }
        let rounded = (number * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
