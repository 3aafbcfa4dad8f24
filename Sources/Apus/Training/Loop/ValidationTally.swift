internal import Torch
internal import TorchVision

/// What a validation says of an epoch.
struct ValidationFigures: Equatable {
    let loss: Double
    /// The fraction of images that are correct; where an image may have several labels, the fraction of all labels.
    let accuracy: Double
    /// Where an image may have several labels.
    var meanAveragePrecision: Double?
    /// What it comes to for each class.
    let classes: [TrainingCurves.ClassTally]
}

/// Sums over a validation's batches.
@TensorActor
protocol ValidationTally {
    /// For each class: how many pictures show it, how many of them are recognised, and how many are said to show it.
    var counts: [Int] { get }
    var correct: [Int] { get }
    var predicted: [Int] { get }
    /// How many pictures are in it.
    var count: Int { get }
    /// The mean loss, without a temperature.
    var loss: Double { get }
    /// Adds a batch on the CPU: logits `[N, classes]`, what they are compared with, and the places of the pictures in the
    /// dataset. The body is told of each picture.
    mutating func add(
        _ logits: Tensor, _ targets: Tensor, pictures: [Int], _ body: (PictureOutcome) throws -> Void) throws
    /// The means.
    var figures: ValidationFigures { get }
    /// All that there is to say, with the number of pictures that could not be read.
    func evaluation(errors: Int) -> Evaluation
}

extension ValidationTally {
    fileprivate var classTallies: [TrainingCurves.ClassTally] {
        let (counts, correct, predicted) = (counts, correct, predicted)
        return counts.indices.map { .init(pictures: counts[$0], hits: correct[$0], predictions: predicted[$0]) }
    }
}

extension SingleLabelTally: ValidationTally {
    var figures: ValidationFigures {
        ValidationFigures(loss: loss, accuracy: accuracy, classes: classTallies)
    }
}

extension MultiLabelTally: ValidationTally {
    var figures: ValidationFigures {
        // Wrong are the labels that are predicted and not there, and those that are there and not predicted.
        let tallies = classTallies
        let wrong = tallies.reduce(0) { $0 + $1.predictions + $1.pictures - 2 * $1.hits }
        return ValidationFigures(
            loss: loss, accuracy: 1 - Double(wrong) / Double(max(1, count * tallies.count)),
            meanAveragePrecision: meanAveragePrecision, classes: tallies)
    }
}

extension Objective {
    /// An empty tally of the kind that the question asks for.
    ///
    /// - Parameters:
    ///   - pictures: tells the files of the pictures.
    ///   - calibration: what makes probabilities of the logits of one class; nil for none.
    ///   - topK: for which k the share of pictures is told of which a true class is among the k most probable.
    func makeTally(
        classes: [String], pictures: any ImageDataset, calibration: ModelCalibration? = nil, topK: [Int] = [1, 5]
    ) -> any ValidationTally {
        isMultiLabel
            ? MultiLabelTally(classes: classes, pictures: pictures, topK: topK)
            : SingleLabelTally(classes: classes, pictures: pictures, calibration: calibration, topK: topK)
    }
}
