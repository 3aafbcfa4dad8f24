internal import Apus
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

extension TrainingPlan {
    /// The plan in three lines, which a run prints at its start: the data, and the layers that are trained.
    var lines: [String] {
        let head = head == .lastLayer ? "" : ", head \(head)"
        let precision = precision == .float32 ? "" : ", \(precision.rawValue)"
        return dataset.lines + [
            "\(model), strategy \(strategy)\(head): \(trainableParameters.grouped) of \(parameters.grouped) parameters "
                + "trainable, on \(deviceWords)\(precision)"
        ]
    }

    /// The strategies of the run's phases: `frozen`, or `frozen in epoch 1, all in epochs 2 to 5`.
    private var strategy: String {
        guard phases.count > 1 else { return "\(phases.first?.strategy ?? .all)" }
        return phases.map { phase in
            let epochs =
                phase.firstEpoch == phase.lastEpoch
                ? "epoch \(phase.firstEpoch)" : "epochs \(phase.firstEpoch) to \(phase.lastEpoch)"
            return "\(phase.strategy) in \(epochs)"
        }.joined(separator: ", ")
    }

    /// The complete plan, which `--dry-run` prints.
    ///
    /// - Parameter processes: the number of processes.
    func text(_ configuration: TrainingConfiguration, processes: Int) -> String {
        let accumulated = configuration.optimizer.gradientAccumulationSteps
        let steps = configuration.optimizer.steps(ofBatches: stepsPerEpoch)
        let rows = [
            ("data", data),
            (
                "classes",
                "\(classes.count): " + classWords.prefix(8).joined(separator: ", ") + (classes.count > 8 ? ", …" : "")
            ),
            ("labels", "from \(dataset.labelLine)"),
            ("images", dataset.imageLine),
            ("network", model + (head == .lastLayer ? "" : ", head \(head)")),
            ("training", "\(strategy): \(trainableParameters.grouped) of \(parameters.grouped) parameters"),
            ("transforms", transforms),
            (
                "steps",
                "\(counted(epochs, "epoch")) of \(counted(steps, "step")), batch size \(configuration.data.batchSize)"
                    + (processes > 1 ? " (\(processes) processes together)" : "")
                    + (accumulated > 1 ? ", \(accumulated) batches per step" : "")
            ),
            (
                "optimizer",
                "\(configuration.optimizer.kind.rawValue), learning rate "
                    + phases.map(\.learningRate.rate).joined(separator: ", then ")
                    + ", \(configuration.optimizer.schedule)"
            ),
            ("device", "\(deviceWords), \(precision.rawValue)"),
            ("memory", "at least \(memory.megabytes)"),
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
    let displayNames: [String]?
    let trainingImages: Int
    let validationImages: Int
    let model: String
    let head: String
    let phases: [TrainingPlan.Phase]
    let trainableParameters: Int
    let parameters: Int
    let batchesPerEpoch: Int
    let device: String
    let processor: String?
    let memoryBytes: Int
    let classWeights: [Double]?
    let notes: [String]
    let configuration: ConfigurationFile

    init(_ plan: TrainingPlan, _ configuration: TrainingConfiguration) {
        data = plan.data
        dataset = plan.dataset
        classes = plan.classes
        displayNames = plan.displayNames
        trainingImages = plan.trainingImages
        validationImages = plan.validationImages
        model = plan.model
        head = "\(plan.head)"
        phases = plan.phases
        trainableParameters = plan.trainableParameters
        parameters = plan.parameters
        batchesPerEpoch = plan.stepsPerEpoch
        device = plan.device
        processor = plan.processor
        memoryBytes = plan.memory
        classWeights = plan.classWeights
        notes = plan.notes
        self.configuration = ConfigurationFile(configuration, data: plan.data)
    }
}

extension RateCurve {
    /// The curve as text, and the suggestion.
    var text: String {
        guard let valley else {
            return textPlot()
                + "\n\nNo suggestion: the loss does not decrease. Use more images or a smaller batch size."
        }
        let other = steepest.map { "; the steepest descent is at \($0.rate)" } ?? ""
        return textPlot() + "\n\nSuggested: --lr \(valley.rate), in the valley of the loss\(other)."
    }
}

/// What `--find-lr --format json` prints.
struct RateOutput: Encodable {
    let suggested: Double?
    let steepest: Double?
    let points: [RateCurve.Point]

    init(_ curve: RateCurve) { (suggested, steepest, points) = (curve.valley, curve.steepest, curve.points) }
}
