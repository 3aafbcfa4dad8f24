internal import Torch
internal import TorchVision

/// What a validation says of an epoch.
struct ValidationFigures: Equatable {
    let loss: Double
    /// The share that is recognised; for pictures of several classes the mean average precision.
    let accuracy: Double
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
    /// Adds a batch on the CPU: logits `[N, classes]`, and what they are compared with.
    mutating func add(_ logits: Tensor, _ targets: Tensor) throws
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

extension EvaluationTally: ValidationTally {
    mutating func add(_ logits: Tensor, _ targets: Tensor) throws {
        try add(logits: logits, labels: targets.array())
    }

    var figures: ValidationFigures {
        ValidationFigures(loss: loss, accuracy: accuracy, classes: classTallies)
    }
}

extension MultiLabelTally: ValidationTally {
    var figures: ValidationFigures {
        ValidationFigures(loss: loss, accuracy: meanAveragePrecision, classes: classTallies)
    }
}

extension Objective {
    /// An empty tally of the kind that the question asks for.
    func makeTally(classes: [String]) -> any ValidationTally {
        isMultiLabel ? MultiLabelTally(classes: classes) : EvaluationTally(classes: classes)
    }
}
