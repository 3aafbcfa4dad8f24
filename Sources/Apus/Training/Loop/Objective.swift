internal import Classifier
internal import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a network is asked about a picture: which one of the classes it shows, or, for each class, whether it does.
@TensorActor
struct Objective {
    /// How many classes there are.
    let classes: Int
    /// Whether a picture may show several classes, or none.
    let isMultiLabel: Bool
    /// The share of each label that is spread over all classes.
    let labelSmoothing: Double
    /// `[classes]`: how much each class weighs, or, of several that a picture may show, its presence; nil for the same.
    let classWeights: Tensor?

    /// What the logits are compared with: `[N]` classes, or `[N, classes]` with 1 for each class that a picture shows.
    func targets(of pictures: [Int], in dataset: any ImageDataset) throws -> Tensor {
        guard isMultiLabel else { return try Tensor(pictures.map { dataset.label(at: $0) }) }
        var values = [Float](repeating: 0, count: pictures.count * classes)
        for (row, picture) in pictures.enumerated() {
            for label in dataset.labels(at: picture) { values[row * classes + label] = 1 }
        }
        return try Tensor(values, shape: [pictures.count, classes])
    }

    /// The loss of the network's own answer, which is told, and the whole, whose gradient is followed.
    ///
    /// - Parameter targets: as `targets` gives them, or soft ones, `[N, classes]`.
    func losses(_ logits: TrainingLogits, _ targets: Tensor) throws -> (main: Tensor, whole: Tensor) {
        let own = try loss(logits.main, targets)
        let whole = try logits.auxiliaries.reduce(own) { sum, head in
            try sum + loss(head.logits, targets) * head.share
        }
        return (own, whole)
    }

    private func loss(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        guard isMultiLabel else {
            return try crossEntropy(logits, targets, classWeights: classWeights, labelSmoothing: labelSmoothing)
        }
        // Half of the spread share goes to "shown", half to "not shown".
        let soft = labelSmoothing == 0 ? targets : try targets * (1 - labelSmoothing) + labelSmoothing / 2
        return try binaryCrossEntropyWithLogits(logits, soft, positiveWeights: classWeights)
    }

    /// How many pictures of a batch are recognised, a scalar: those whose most probable class is the label; of several
    /// classes, the share of the classes that are decided rightly at a probability of a half.
    func hits(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        guard isMultiLabel else { return try (logits.argmax(dim: 1) .== targets).sum().to(.float64) }
        return try ((logits .> 0).to(.float32) .== targets).to(.float64).mean(dim: 1).sum()
    }
}

/// What a network answers in a step of training: the logits, and those of the heads that help.
@TensorActor
struct TrainingLogits {
    /// `[N, classes]`.
    let main: Tensor
    /// The same of each auxiliary head, with the share of its loss in the whole.
    let auxiliaries: [(logits: Tensor, share: Double)]

    init(_ main: Tensor, auxiliaries: [(logits: Tensor, share: Double)] = []) {
        (self.main, self.auxiliaries) = (main, auxiliaries)
    }

    /// As float32, in which losses are taken.
    func inFloat32() throws -> TrainingLogits {
        TrainingLogits(try main.to(.float32), auxiliaries: try auxiliaries.map { (try $0.to(.float32), $1) })
    }
}
