public import Classifier
internal import Platform
internal import TorchVision

/// Sheets of predicted images with their predictions. If the truth is known, a frame and a mark show whether the
/// prediction is correct, and the score of the sheet is below its title.
///
/// Tiles have the order of the predictions, row by row. Add results on one thread only.
public final class PredictionSheets: @unchecked Sendable {
    private var input: ImageInput
    private let classifier: ImageClassifier
    private var sheets: SheetFiles
    private var index = 0

    /// Creates the sheets.
    ///
    /// - Parameters:
    ///   - path: the file of the first sheet, `.png`, `.svg` or `.pdf`; further ones are numbered: `sheet-2.png`.
    ///   - input: the images.
    ///   - classifier: the classifier that predicts the images.
    public init(path: String, input: ImageInput, classifier: ImageClassifier) {
        (self.input, self.classifier) = (input, classifier)
        sheets = SheetFiles(
            path, title: "Predictions of \(classifier.description.architecture)",
            note: "the percentage is the probability of the predicted class",
            legend: [.right: "✓ correct", .wrong: "✗ wrong, with the true class"], columns: 8, rows: 8, side: 150)
    }

    /// Continues with other images, such as the next frames of a video, after all results of those before.
    public func `continue`(with input: ImageInput) { (self.input, index) = (input, 0) }

    /// Adds the next image.
    ///
    /// - Throws: `DrawingError` or `FileError` if a full sheet can't be written.
    public func add(_ result: PredictionResult) throws {
        defer { index += 1 }
        guard case .prediction(let prediction) = result else { return }
        let options = classifier.description.preprocessing.readingOptions
        guard let image = try? input.images.image(at: index, options: options) else { return }
        let truth = input.truth(at: index, for: classifier)
        let caption =
            (prediction.isRejected ? "unknown, most probable: " : "")
            + "\(prediction.probability.columnPercent) \(prediction.displayName)"
        let name = prediction.place.fileName
        let tile =
            switch truth {
            case nil: try SheetTile(image, [caption, name])
            case prediction.label?: try SheetTile(image, ["✓ \(caption)", name], verdict: .right)
            case let truth?:
                try SheetTile(image, ["✗ \(caption)", "truth: \(displayName(of: truth))", name], verdict: .wrong)
            }
        try sheets.add(tile)
    }

    private func displayName(of label: String) -> String {
        classifier.classes.firstIndex(of: label).map(classifier.displayName) ?? label
    }

    /// Writes the last sheet.
    ///
    /// - Returns: the paths of all sheets.
    /// - Throws: `DrawingError` or `FileError` if the sheet can't be written.
    public func finish() throws -> [String] { try sheets.finish() }
}
