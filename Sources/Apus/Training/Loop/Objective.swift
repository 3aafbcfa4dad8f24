internal import Classifier
internal import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// The targets, the loss and the hits of a classification with one class per image, or with several.
@TensorActor
struct Objective {
    /// The number of classes.
    let classes: Int
    /// Whether the data is multi-label.
    let isMultiLabel: Bool
    /// The fraction of each label that is spread over all classes.
    let labelSmoothing: Double
    /// The weight of each class, or, in multi-label data, of its presence: `[classes]`. Nil if all weights are equal.
    let classWeights: Tensor?
    /// The same weights outside of the device.
    var hostWeights: [Double]?
    /// The custom loss; nil for the cross entropy.
    var custom: TrainingLoss?

    /// Returns the targets of images: classes, `[N]`, or, for multi-label data, 1 for each class of an image,
    /// `[N, classes]`.
    func targets(of images: [Int], in dataset: any ImageDataset) throws -> Tensor {
        guard isMultiLabel else { return try Tensor(images.map { dataset.label(at: $0) }) }
        var values = [Float](repeating: 0, count: images.count * classes)
        for (row, image) in images.enumerated() {
            for label in dataset.labels(at: image) { values[row * classes + label] = 1 }
        }
        return try Tensor(values, shape: [images.count, classes])
    }

    /// Returns what the mean of the losses of images divides by: their number, or the sum of their class weights.
    ///
    /// - Parameter isMixed: Whether the targets are mixed, so that the mean is over the images.
    func mass(of images: [Int], in dataset: any ImageDataset, isMixed: Bool) -> Double {
        guard let weights = hostWeights, !isMultiLabel, !isMixed, custom == nil else { return Double(images.count) }
        return images.reduce(0) { $0 + weights[dataset.label(at: $1)] }
    }

    /// Returns the loss of the main logits, which is reported, and the total loss, whose gradient is computed.
    ///
    /// - Parameter targets: The targets of `targets(of:in:)`, or soft targets, `[N, classes]`.
    func losses(_ logits: TrainingLogits, _ targets: Tensor) throws -> (main: Tensor, whole: Tensor) {
        let own = try loss(logits.main, targets)
        let whole = try logits.auxiliaries.reduce(own) { sum, head in
            try sum + loss(head.logits, targets) * head.weight
        }
        return (own, whole)
    }

    /// Returns the mean custom loss of a validation batch; nil for the cross entropy, which `ValidationTally` computes.
    func validationLoss(_ logits: Tensor, _ targets: Tensor) throws -> Double? {
        guard let custom else { return nil }
        return try custom(logits.to(.float32), distributions(targets)).to(.float64).item()
    }

    /// Returns targets of either shape as `[N, classes]` float32.
    private func distributions(_ targets: Tensor) throws -> Tensor {
        try (targets.rank == 1 ? targets.oneHot(classCount: classes) : targets).to(.float32)
    }

    private func loss(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        if let custom {
            let targets = try distributions(targets)
            let spread = labelSmoothing / Double(isMultiLabel ? 2 : classes)
            return try custom(logits, labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + spread)
        }
        guard isMultiLabel else {
            return try crossEntropy(logits, targets, classWeights: classWeights, labelSmoothing: labelSmoothing)
        }
        // Half of the spread fraction goes to presence, half to absence.
        let soft = labelSmoothing == 0 ? targets : try targets * (1 - labelSmoothing) + labelSmoothing / 2
        return try binaryCrossEntropyWithLogits(logits, soft, positiveWeights: classWeights)
    }

    /// Returns the number of correctly classified images of a batch, a scalar. In multi-label data, each image counts
    /// with the fraction of its classes that are decided correctly at a probability of a half.
    func hits(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        guard isMultiLabel else { return try (logits.argmax(dim: 1) .== targets).sum().to(.float64) }
        return try ((logits .> 0).to(.float32) .== targets).to(.float64).mean(dim: 1).sum()
    }
}

/// The output of a network in training: the logits, and those of auxiliary heads.
@TensorActor
struct TrainingLogits {
    /// `[N, classes]`.
    let main: Tensor
    /// The logits of each auxiliary head, with the weight of its loss.
    let auxiliaries: [(logits: Tensor, weight: Double)]

    init(_ main: Tensor, auxiliaries: [(logits: Tensor, weight: Double)] = []) {
        (self.main, self.auxiliaries) = (main, auxiliaries)
    }

    /// Returns the logits as float32, for the loss.
    func inFloat32() throws -> TrainingLogits {
        TrainingLogits(try main.to(.float32), auxiliaries: try auxiliaries.map { (try $0.to(.float32), $1) })
    }
}
