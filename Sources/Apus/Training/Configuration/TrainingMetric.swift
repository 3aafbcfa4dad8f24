public import Classifier

/// A custom metric of the validation images, computed after each epoch.
///
/// A metric is a structure that collects what it needs from one image after the other, so that memory does not depend
/// on the number of images. Each validation begins with a copy of the value that was passed to `train`.
///
/// ```swift
/// /// The mean of the accuracies of the classes.
/// struct BalancedAccuracy: TrainingMetric {
///     let name = "balanced accuracy"
///     private var images: [Int: Int] = [:], correct: [Int: Int] = [:]
///
///     mutating func update(_ image: ImageOutcome, probabilities: [Float]) {
///         for label in image.truth {
///             images[label, default: 0] += 1
///             if image.isCorrect { correct[label, default: 0] += 1 }
///         }
///     }
///
///     func compute() -> Double {
///         images.map { Double(correct[$0] ?? 0) / Double($1) }.reduce(0, +) / Double(images.count)
///     }
/// }
///
/// configuration.metric = .highest("balanced accuracy")
/// let run = try await ImageClassifier.train(on: "photos", configuration, metrics: [BalancedAccuracy()])
/// ```
///
/// `EpochMetrics.custom` contains the value of each epoch. It is also in `metrics.csv`, in the log, in TensorBoard and
/// in the reports, and can select the best epoch.
public protocol TrainingMetric: Sendable {
    /// The name of the metric, which is also its column in `metrics.csv`. A resumed run needs metrics of the same
    /// names.
    var name: String { get }
    /// Adds an image.
    ///
    /// - Parameters:
    ///   - image: the true classes, the predicted ones and the cross entropy, without calibration.
    ///   - probabilities: one for each class: the softmax of the logits, in multi-label data the sigmoid of each.
    mutating func update(_ image: ImageOutcome, probabilities: [Float]) throws
    /// The value of the metric for the images so far, a finite number.
    func compute() throws -> Double
}
