/// The number of images of each class, and the weights that compensate for imbalance.
///
/// The weight of a class with `n_c` of `n` images is `n / (k * n_c)`, where `k` is the number of classes with images:
/// scikit-learn's "balanced". The mean of the weights over the images is 1, so that a loss keeps its scale.
package struct ClassBalance: Sendable, Equatable {
    /// The names of the classes.
    package let classNames: [String]

    /// The number of images of each class.
    package let counts: [Int]

    /// The total number of images.
    package let imageCount: Int

    /// Whether the dataset is multi-label.
    package let isMultiLabel: Bool

    /// The mean over the images of `imageWeights`.
    private let meanImageWeight: Double

    /// Counts the labels of a dataset, usually the training data.
    package init(of dataset: any ImageDataset) {
        classNames = dataset.classNames
        counts = dataset.countsByClass
        imageCount = dataset.count
        isMultiLabel = dataset.isMultiLabel
        let weights = Self.imageWeights(of: dataset, classWeights: Self.balanced(counts), counts: counts)
        meanImageWeight = weights.isEmpty ? 1 : weights.reduce(0, +) / Double(weights.count)
    }

    /// The number of images of the largest class divided by that of the smallest class with images; 1 if all are equal.
    package var ratio: Double {
        let present = counts.filter { $0 > 0 }
        return Double(present.max() ?? 1) / Double(present.min() ?? 1)
    }

    /// A weight for each class; 1 for a class without images.
    package var classWeights: [Double] { Self.balanced(counts) }

    private static func balanced(_ counts: [Int]) -> [Double] {
        let labels = counts.reduce(0, +)
        let present = counts.count { $0 > 0 }
        return counts.map { $0 > 0 ? Double(labels) / (Double(present) * Double($0)) : 1 }
    }

    /// The minimum and maximum of `positiveWeights`. With 0, a class in every image would never be learned; with
    /// thousands, a single image would dominate.
    package static let positiveWeightLimits = 0.1...100.0

    /// For multi-label datasets: the number of images without the class divided by the number with it, within
    /// `positiveWeightLimits`. This is the `pos_weight` of PyTorch's `BCEWithLogitsLoss`; 1 for a class without images.
    package var positiveWeights: [Double] {
        let limits = Self.positiveWeightLimits
        return counts.map { count in
            guard count > 0 else { return 1 }
            return min(max(Double(imageCount - count) / Double(count), limits.lowerBound), limits.upperBound)
        }
    }

    /// The weights for a loss: `classWeights`, or `positiveWeights` for multi-label datasets.
    package var lossWeights: [Double] { isMultiLabel ? positiveWeights : classWeights }

    /// A weight for each image of a dataset with these classes: that of its class, or the largest of several classes.
    /// An image without a class has the smallest weight.
    ///
    /// Sampling with these weights (`DataLoader.Order.weighted`) balances the classes.
    package func imageWeights(of dataset: any ImageDataset) -> [Double] {
        Self.imageWeights(of: dataset, classWeights: classWeights, counts: counts)
    }

    private static func imageWeights(
        of dataset: any ImageDataset, classWeights weights: [Double], counts: [Int]
    ) -> [Double] {
        let smallest = zip(weights, counts).filter { $1 > 0 }.map(\.0).min() ?? 1
        return (0..<dataset.count).map { index in dataset.labels(at: index).map { weights[$0] }.max() ?? smallest }
    }

    /// The effect of weights in the loss, in one sentence.
    package var classWeightsNote: String {
        if isMultiLabel {
            let limits = Self.positiveWeightLimits
            return
                "weights in the loss compensate for classes in few or nearly all images; the presence of a class is "
                + "weighted, relative to 1 for its absence, from \(Self.text(limits.lowerBound)) to "
                + "\(Self.text(limits.upperBound)): "
                + extremes(positiveWeights)
        }
        guard ratio > 1 else { return "all classes have the same number of images, so class weights have no effect" }
        return "class weights in the loss compensate for \(spread): \(extremes(classWeights))"
    }

    /// The effect of weighted sampling, in one sentence.
    package var samplingNote: String {
        guard ratio > 1 else { return "all classes have the same number of images, so weighted sampling has no effect" }
        let multiple = isMultiLabel ? ", for several classes by the rarest" : ""
        return "images are drawn with replacement by class\(multiple), so that classes are balanced despite "
            + "\(spread); relative frequency: \(extremes(classWeights.map { $0 / meanImageWeight }))"
    }

    /// `700 dog to 70 cat (10 : 1)`.
    private var spread: String {
        let present = counts.indices.filter { counts[$0] > 0 }
        guard let most = present.max(by: { counts[$0] < counts[$1] }),
            let least = present.min(by: { counts[$0] < counts[$1] })
        else { return "nothing" }
        return "\(counts[most]) \(classNames[most]) to \(counts[least]) \(classNames[least]) (\(Self.text(ratio)) : 1)"
    }

    /// The weights, or only the lowest and highest ones if there are many classes.
    private func extremes(_ weights: [Double]) -> String {
        let present = counts.indices.filter { counts[$0] > 0 }.sorted { (weights[$0], $0) < (weights[$1], $1) }
        func listed(_ places: some Sequence<Int>) -> String {
            places.map { "\(classNames[$0]) \(Self.text(weights[$0]))" }.joined(separator: ", ")
        }
        return present.count <= 6 ? listed(present) : "\(listed(present.prefix(2))), …, \(listed(present.suffix(2)))"
    }

    /// Two decimals, or more if the number would lose all significant digits but one.
    private static func text(_ number: Double) -> String {
        var factor = 100.0
        while number > 0, number * factor < 10, factor < 1e6 { factor *= 10 }
        let rounded = (number * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
