package import Images

/// Sums over a validation's batches.
package protocol ValidationTally {
    /// For each class: how many pictures show it, how many of them are recognised, and how many are said to show it.
    var counts: [Int] { get }
    var correct: [Int] { get }
    var predicted: [Int] { get }
    /// How many pictures are in it.
    var count: Int { get }
    /// The mean loss, without a temperature.
    var loss: Double { get }
    /// The fraction of images that are correct; where an image may have several labels, the fraction of all labels.
    var accuracy: Double { get }
    /// Where an image may have several labels.
    var meanAveragePrecision: Double? { get }
    /// Adds a batch: the logits, and the places of the pictures in the dataset, which knows their labels. The body is told
    /// of each picture.
    mutating func add(_ logits: Logits, pictures: [Int], _ body: (PictureOutcome) throws -> Void) rethrows
    /// All that there is to say, with the number of pictures that could not be read.
    func evaluation(errors: Int) -> Evaluation
}

/// An empty tally of the kind that the question asks for.
///
/// - Parameters:
///   - isMultiLabel: whether a picture may show several classes.
///   - pictures: their labels and their files.
///   - calibration: what makes probabilities of the logits of one class; nil for none.
///   - topK: for which k the share of pictures is told of which a true class is among the k most probable.
package func makeTally(
    isMultiLabel: Bool, classes: [String], pictures: any ImageDataset, calibration: ModelCalibration? = nil,
    topK: [Int] = [1, 5]
) -> any ValidationTally {
    isMultiLabel
        ? MultiLabelTally(classes: classes, pictures: pictures, topK: topK)
        : SingleLabelTally(classes: classes, pictures: pictures, calibration: calibration, topK: topK)
}
