public import Classifier
internal import Foundation
public import Images
internal import Inference
internal import Platform
internal import Torch
package import TorchVision

extension ImageClassifier {
    /// Writes what an evaluation says as one HTML file, which opens from disk and fetches nothing: figures, confusion,
    /// calibration, curves, pictures worth a look, and how to use the model.
    ///
    /// - Parameters:
    ///   - evaluation: what `evaluate` has told of the pictures.
    ///   - pictures: the same pictures; those worth a look are read again.
    ///   - data: where they lie, and which part of them they are, for the reader.
    ///   - split: the part of the data that the images are; nil for all of it.
    ///   - model: the classifier's file, or the name of its published weights, for the reader.
    ///   - file: where the report goes.
    /// - Throws: `FileError` where the disk refuses, `DrawingError` for a figure that can't be drawn.
    public func writeReport(
        of evaluation: Evaluation, on pictures: any ImageDataset, data: String, split: EvaluationSplit? = nil,
        model: String, to file: ReportFile
    ) async throws {
        let content = try await sections(of: evaluation, on: pictures)
        try write(content, data: data, split: split, model: model, to: file)
    }

    // The optimiser of Swift 6.3 fails where this is merged into its caller.
    @inline(never)
    private func write(
        _ content: EvaluationSections, data: String, split: EvaluationSplit?, model: String, to file: ReportFile
    ) throws {
        let engine = try engine(forPictures: content.evaluation.count, batchSize: nil).report
        let page = EvaluationPage(
            model: model, data: data, split: split, description: description, content: content, engine: engine.summary,
            versions: Versions.line)
        try file.write(page.page)
    }

    /// What a report tells of an evaluation.
    func sections(of evaluation: Evaluation, on pictures: any ImageDataset) async throws -> EvaluationSections {
        // They are drawn while pictures pass the network.
        async let figures = EvaluationFigures(of: evaluation)
        let attention = attention(in: evaluation, on: pictures)
        let map = try await reportMap(of: pictures, in: evaluation)
        return EvaluationSections(
            evaluation: evaluation, figures: try await figures,
            thumbnails: Thumbnails(dataset: pictures, options: description.preprocessing.readingOptions),
            attention: attention, map: map)
    }
}

extension ImageClassifier {
    /// Writes `report.html` of a run. Its best model is evaluated on the validation pictures for it, and a few of them pass
    /// once more for Grad-CAM and for a map of the features.
    static func writeReport(
        of result: TrainingResult, plan: TrainingPlan, _ configuration: TrainingConfiguration, data: TrainingData,
        network: Architecture?, reportingTo channel: EventChannel<TrainingEvent>
    ) async throws {
        let classifier = try await ImageClassifier(
            contentsOf: result.directory.best, network: network, device: .find(configuration.device),
            inference: InferenceOptions(engine: configuration.engine, cachesCompiledModels: false))
        let total = data.validation.count
        channel.send(.validating(done: 0, total: total))
        let evaluation = try await classifier.evaluate(
            data.validation,
            options: .init(
                workers: configuration.workers ?? DataLoader.processorCount, decoding: configuration.decoding)
        ) { events in
            for await case .progress(let done, let total) in events {
                channel.send(.validating(done: done, total: total))
            }
        }
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
