internal import Foundation
internal import Inference
internal import Torch
internal import TorchVision

extension ImageClassifier {
    /// Writes `report.html` of a run. Its best model is evaluated on the validation pictures for it, and a few of them pass
    /// once more for Grad-CAM and for a map of the features.
    static func writeReport(
        of result: TrainingResult, plan: TrainingPlan, _ configuration: TrainingConfiguration, data: TrainingData,
        network: Architecture?, onEvent: @escaping @Sendable (TrainingEvent) -> Void
    ) async throws {
        let classifier = try await ImageClassifier(
            contentsOf: result.directory.best, network: network, device: .find(configuration.device),
            inference: InferenceOptions(engine: configuration.engine, cachesCompiledModels: false))
        let total = data.validation.count
        onEvent(.validating(done: 0, total: total))
        let evaluation = try await classifier.evaluate(
            data.validation, workers: configuration.workers ?? DataLoader.processorCount,
            decoding: configuration.decoding, progress: { onEvent(.validating(done: $0, total: total)) })
        let content = try await classifier.sections(of: evaluation, on: data.validation)
        try write(content, of: result, plan: plan, configuration)
    }

    // The optimiser of Swift 6.3 fails where this is merged into its caller.
    @inline(never)
    private static func write(
        _ content: EvaluationSections, of result: TrainingResult, plan: TrainingPlan,
        _ configuration: TrainingConfiguration
    ) throws {
        let directory = result.directory
        let record = RunRecord(
            directory: directory, configuration: configuration, data: plan.data, epochs: result.epochs,
            steps: try CurveLog.read(directory.steps), stepsPerEpoch: plan.stepsPerEpoch,
            isMultiLabel: plan.isMultiLabel)
        let text = (try? fileBytes(directory.configuration)) ?? []
        let page = TrainingPage(
            result: result, plan: plan, configuration: configuration,
            configurationText: String(decoding: text, as: UTF8.self),
            curves: try PageFigure(
                "Loss, accuracy and learning rate by epoch",
                "Pale lines are single steps. The training metrics are means over an epoch, while the network changed."
            ) { record.figure(theme: $0) },
            evaluation: content, versions: Versions.line)
        try ReportFile(directory.page).write(page.page)
    }
}
