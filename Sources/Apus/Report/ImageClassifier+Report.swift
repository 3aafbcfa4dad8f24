public import Classifier
internal import Foundation
public import Images
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

extension ImageClassifier {
    /// Writes a report about an evaluation as one HTML file that loads no other files: metrics, confusion matrix,
    /// calibration, curves, notable images, and how to use the model.
    ///
    /// - Parameters:
    ///   - evaluation: the result of `evaluate`.
    ///   - images: the evaluated images; the notable ones are read again.
    ///   - data: the path of the data, shown in the report.
    ///   - split: the evaluated split of the data; nil for all.
    ///   - model: the model file or the name of the pretrained network, shown in the report.
    ///   - file: the file of the report.
    /// - Throws: `FileError` if the file can't be written, `DrawingError` if a plot can't be drawn.
    public func writeReport(
        of evaluation: Evaluation, on images: any ImageDataset, data: String, split: EvaluationSplit? = nil,
        model: String, to file: ReportFile
    ) async throws {
        let content = try await sections(of: evaluation, on: images)
        try write(content, data: data, split: split, model: model, to: file)
    }

    // The optimizer of Swift 6.3 crashes if this function is inlined.
    @inline(never)
    private func write(
        _ content: EvaluationSections, data: String, split: EvaluationSplit?, model: String, to file: ReportFile
    ) throws {
        let engine = try engine(forImages: content.evaluation.count, batchSize: nil).report
        let page = EvaluationPage(
            model: model, data: data, split: split, description: description, content: content, engine: engine.summary,
            versions: Versions.line)
        try file.write(page.page)
    }

    /// Returns the sections of a report about an evaluation.
    func sections(of evaluation: Evaluation, on images: any ImageDataset) async throws -> EvaluationSections {
        // The plots are drawn while the network processes images.
        async let plots = EvaluationPlots(of: evaluation)
        let attention = attention(in: evaluation, on: images)
        let map = try await reportMap(of: images, in: evaluation)
        return EvaluationSections(
            evaluation: evaluation, plots: try await plots,
            thumbnails: Thumbnails(dataset: images, options: description.preprocessing.readingOptions),
            attention: attention, map: map)
    }
}

extension ImageClassifier {
    /// Writes `report.html` of a run. Evaluates the best model on the validation images, and uses some of them for
    /// Grad-CAM and for the embedding map.
    ///
    /// - Parameter isTrusted: Whether this process wrote the best model.
    /// - Returns: The verdict of the evaluation.
    static func writeReport(
        of result: TrainingResult, plan: TrainingPlan, _ configuration: TrainingConfiguration, data: TrainingData,
        network: Architecture?, isTrusted: Bool, reportingTo channel: EventChannel<TrainingEvent>
    ) async throws -> String {
        let classifier = try ImageClassifier(
            modelFile: result.directory.best, network: network, device: .find(configuration.compute.device),
            inference: InferenceOptions(engine: configuration.compute.engine, cachesCompiledModels: false),
            isTrusted: isTrusted)
        let total = data.validation.count
        channel.send(.validating(done: 0, total: total))
        let evaluation = try await classifier.evaluate(
            data.validation,
            options: .init(
                workers: configuration.compute.workers ?? DataLoader.processorCount,
                decoding: configuration.data.decoding)
        ) { events in
            for await case .progress(let done, let total) in events {
                channel.send(.validating(done: done, total: total))
            }
        }
        let content = try await classifier.sections(of: evaluation, on: data.validation)
        try write(content, of: result, plan: plan, configuration)
        return evaluation.verdict
    }

    // The optimizer of Swift 6.3 crashes if this function is inlined.
    @inline(never)
    private static func write(
        _ content: EvaluationSections, of result: TrainingResult, plan: TrainingPlan,
        _ configuration: TrainingConfiguration
    ) throws {
        let directory = result.directory
        let record = RunRecord(
            directory: directory, configuration: configuration, data: plan.data, initial: result.initial,
            epochs: result.epochs,
            steps: try CurveLog.read(directory.steps), stepsPerEpoch: plan.stepsPerEpoch,
            isMultiLabel: plan.isMultiLabel, customLoss: plan.loss)
        let text = (try? fileBytes(directory.configuration)) ?? []
        let page = TrainingPage(
            result: result, plan: plan, configuration: configuration,
            configurationText: String(decoding: text, as: UTF8.self),
            curves: try PageFigure(
                "Loss, accuracy and learning rate by epoch",
                "Faint lines are single steps. Training metrics are means over an epoch, during which the network changes."
            ) { record.plot(theme: $0) },
            evaluation: content, versions: Versions.line)
        try ReportFile(directory.page).write(page.page)
    }
}
