public import Classifier
internal import Platform
internal import TorchVision

/// Draws predicted pictures as sheets: below each its prediction, and where the truth is known a frame and a word that
/// tell whether it is right.
///
/// Tiles follow the order of the predictions, row by row. Results are added on one thread.
public final class PredictionSheets: @unchecked Sendable {
    private let input: ImageInput
    private let classifier: ImageClassifier
    private var sheets: SheetFiles
    private var index = 0

    /// Describes the sheets.
    ///
    /// - Parameters:
    ///   - path: the first sheet's file, `.png`, `.svg` or `.pdf`; further ones are numbered: `sheet-2.png`.
    ///   - input: the images.
    ///   - classifier: the classifier that predicts them.
    public init(path: String, input: ImageInput, classifier: ImageClassifier) {
        (self.input, self.classifier) = (input, classifier)
        sheets = SheetFiles(path, columns: 8, rows: 8, side: 150)
    }

    /// Adds the next picture.
    ///
    /// - Throws: where a sheet that is full can't be written.
    public func add(_ result: PredictionResult) throws {
        defer { index += 1 }
        guard case .prediction(let prediction) = result else { return }
        let options = classifier.description.preprocessing.readingOptions
        guard let image = try? input.images.image(at: index, options: options) else { return }
        let truth = input.truth(at: index, for: classifier)
        let told =
            (prediction.unknown == true ? "unknown, at best " : "")
            + "\(prediction.probability.columnPercent) \(prediction.label)"
        let name = prediction.file.fileName
        let tile =
            switch truth {
            case nil: try SheetTile(image, [told, name])
            case prediction.label?: try SheetTile(image, ["✓ \(told)", name], verdict: .right)
            case let truth?: try SheetTile(image, ["✗ \(told)", "wrong, is \(truth)", name], verdict: .wrong)
            }
        try sheets.add(tile)
    }

    /// Writes what is left.
    ///
    /// - Returns: the paths of all sheets.
    /// - Throws: where a sheet can't be written.
    public func finish() throws -> [String] { try sheets.finish() }
}
