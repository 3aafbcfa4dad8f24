internal import Apus
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

extension TrainingPlan {
    /// The plan in three lines, as a run begins with them: what was understood of the data, and what is trained.
    var lines: [String] {
        let head = head == .lastLayer ? "" : ", head \(head)"
        let precision = precision == .float32 ? "" : ", \(precision.rawValue)"
        return dataset.lines + [
            "\(model), strategy \(strategy)\(head): \(trainableParameters.grouped) of \(parameters.grouped) parameters "
                + "are trained, on \(device)\(precision)"
        ]
    }

    /// What is trained in the run's phases: `frozen`, or `frozen in epoch 1, all in epochs 2 to 5`.
    private var strategy: String {
        guard phases.count > 1 else { return "\(phases.first?.strategy ?? .all)" }
        return phases.map { phase in
            let epochs =
                phase.firstEpoch == phase.lastEpoch
                ? "epoch \(phase.firstEpoch)" : "epochs \(phase.firstEpoch) to \(phase.lastEpoch)"
            return "\(phase.strategy) in \(epochs)"
        }.joined(separator: ", ")
    }

    /// The whole plan, as `--dry-run` prints it.
    func text(_ configuration: TrainingConfiguration) -> String {
        let steps = (stepsPerEpoch + configuration.accumulation - 1) / configuration.accumulation
        let rows = [
            ("data", data),
            (
                "classes",
                "\(classes.count): " + classes.prefix(8).joined(separator: ", ") + (classes.count > 8 ? ", …" : "")
            ),
            ("labels", "from \(dataset.labelLine)"),
            ("images", dataset.imageLine),
            ("network", model + (head == .lastLayer ? "" : ", head \(head)")),
            ("trained", "\(strategy): \(trainableParameters.grouped) of \(parameters.grouped) parameters"),
            ("transforms", transforms),
            (
                "steps",
                "\(counted(epochs, "epoch")) of \(counted(steps, "step")), batches of \(configuration.batchSize)"
                    + (configuration.accumulation > 1 ? ", \(configuration.accumulation) to a step" : "")
            ),
            (
                "optimiser",
                "\(configuration.optimizer.rawValue), learning rate "
                    + phases.map(\.learningRate.rate).joined(separator: ", then ") + ", \(configuration.schedule)"
            ),
            ("device", "\(device), \(precision.rawValue)"),
            ("memory", "\(memory.megabytes) at least"),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { name, text in
            name + String(repeating: " ", count: width - name.count + 2) + text.printable
        }
        return (lines + notes.map(\.printable)).joined(separator: "\n")
    }
}

/// What `--dry-run --format json` prints.
struct PlanOutput: Encodable {
    let data: String
    let dataset: DataDescription
    let classes: [String]
    let trainingPictures: Int
    let validationPictures: Int
    let model: String
    let head: String
    let phases: [TrainingPlan.Phase]
    let trainableParameters: Int
    let parameters: Int
    let batchesPerEpoch: Int
    let device: String
    let memoryBytes: Int
    let classWeights: [Double]?
    let notes: [String]
    let configuration: TrainingConfiguration

    init(_ plan: TrainingPlan, _ configuration: TrainingConfiguration) {
        data = plan.data
        dataset = plan.dataset
        classes = plan.classes
        trainingPictures = plan.trainingPictures
        validationPictures = plan.validationPictures
        model = plan.model
        head = "\(plan.head)"
        phases = plan.phases
        trainableParameters = plan.trainableParameters
        parameters = plan.parameters
        batchesPerEpoch = plan.stepsPerEpoch
        device = plan.device
        memoryBytes = plan.memory
        classWeights = plan.classWeights
        notes = plan.notes
        self.configuration = configuration
    }
}

extension RateCurve {
    /// The curve as a picture of characters, and what it suggests.
    var text: String {
        guard let valley else {
            return picture()
                + "\n\nThe loss falls nowhere, so no rate is suggested; give more pictures or smaller batches."
        }
        let other = steepest.map { "; it falls most steeply at \($0.rate)" } ?? ""
        return picture() + "\n\nSuggested: --lr \(valley.rate), in the valley of the loss\(other)."
    }
}

/// What `--find-lr --format json` prints.
struct RateOutput: Encodable {
    let suggested: Double?
    let steepest: Double?
    let points: [RateCurve.Point]

    init(_ curve: RateCurve) { (suggested, steepest, points) = (curve.valley, curve.steepest, curve.points) }
}
