internal import Torch
public import TorchVision

extension ImageClassifier {
    /// Writes what an evaluation says as one HTML file, which opens from disk and fetches nothing: figures, confusion,
    /// calibration, curves, pictures worth a look, and how to use the model.
    ///
    /// - Parameters:
    ///   - evaluation: what `evaluate` has told of the pictures.
    ///   - pictures: the same pictures; those worth a look are read again.
    ///   - data: where they lie, and which part of them they are, for the reader.
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
        let attention = await attention(in: evaluation, on: pictures)
        let map = try await reportMap(of: pictures, in: evaluation)
        return EvaluationSections(
            evaluation: evaluation, figures: try await figures,
            thumbnails: Thumbnails(dataset: pictures, options: description.preprocessing.readingOptions),
            attention: attention, map: map)
    }
}
