package import Images

/// Sums over a validation's batches.
package protocol ValidationTally {
    /// For each class: how many images show it, how many of them are correct, and how many are predicted to show it.
    var counts: [Int] { get }
    var correct: [Int] { get }
    var predicted: [Int] { get }
    /// How many images are in it.
    var count: Int { get }
    /// The mean loss, without a temperature.
    var loss: Double { get }
    /// The fraction of images that are correct; where an image may have several labels, the fraction of all labels.
    var accuracy: Double { get }
    /// Where an image may have several labels.
    var meanAveragePrecision: Double? { get }
    /// Adds a batch: the logits, and the places of the images in the dataset, which knows their labels. The body gets
    /// of each image.
    mutating func add(_ logits: Logits, pictures: [Int], _ body: (PictureOutcome) throws -> Void) rethrows
    /// All metrics, with the number of images that could not be read.
    func evaluation(errors: Int) -> Evaluation
}

/// An empty tally of the kind that the question asks for.
///
/// - Parameters:
///   - isMultiLabel: whether an image may show several classes.
///   - pictures: their labels and their files.
///   - calibration: what makes probabilities of the logits of one class; nil for none.
///   - topK: for which k the fraction of images is given of which a true class is among the k most probable.
package func makeTally(
    isMultiLabel: Bool, classes: [String], pictures: any ImageDataset, calibration: ModelCalibration? = nil,
    topK: [Int] = [1, 5]
) -> any ValidationTally {
    isMultiLabel
        ? MultiLabelTally(classes: classes, pictures: pictures, topK: topK)
        : SingleLabelTally(classes: classes, pictures: pictures, calibration: calibration, topK: topK)
}
