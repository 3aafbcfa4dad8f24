internal import Torch
internal import TorchVision

/// Draws predicted pictures as sheets: a frame around each tells whether the prediction is right.
///
/// Cells follow the order of the predictions, row by row. Results are added on one thread.
public final class PredictionSheets: @unchecked Sendable {
    private static let columns = 8
    private static let picturesPerSheet = 64
    private static let cellSide = 128

    private let path: String
    private let input: PredictionInput
    private let classifier: ImageClassifier
    private var cells: [ContactSheet.Cell] = []
    private var index = 0
    private var written: [String] = []

    /// Describes the sheets.
    ///
    /// - Parameter path: the first sheet's file, `.png`; further ones are numbered: `sheet-2.png`.
    public init(path: String, input: PredictionInput, classifier: ImageClassifier) {
        (self.path, self.input, self.classifier) = (path, input, classifier)
    }

    /// Adds the next picture.
    ///
    /// - Throws: `FileError` where a sheet that is full can't be written.
    public func add(_ result: PredictionResult) throws {
        defer { index += 1 }
        guard case .prediction(let prediction) = result else { return }
        let options = classifier.description.preprocessing.readingOptions
        guard let image = try? input.pictures.image(at: index, options: options) else { return }
        let frame: RGBColor =
            switch input.truth(at: index, for: classifier) {
            case nil: .grey
            case prediction.label?: .right
            case _?: .wrong
            }
        // A thumbnail is kept, not the photo.
        let scale = Double(Self.cellSide) / Double(max(image.width, image.height))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let thumbnail = image.resized(width: max(1, Int(width)), height: max(1, Int(height)))
        cells.append(ContactSheet.Cell(thumbnail, border: frame))
        if cells.count == Self.picturesPerSheet { try flush() }
    }

    /// Writes what is left.
    ///
    /// - Returns: the paths of all sheets.
    /// - Throws: `FileError` where the disk refuses.
    public func finish() throws -> [String] {
        if !cells.isEmpty { try flush() }
        return written
    }

    private func flush() throws {
        let number = written.count + 1
        let file = number == 1 ? path : "\(path.dropLast(4))-\(number).png"
        let sheet = ContactSheet(
            columns: min(Self.columns, cells.count), cellWidth: Self.cellSide, cellHeight: Self.cellSide)
        try writeAtomically(sheet.image(of: cells).pngData(), to: file)
        written.append(file)
        cells = []
    }
}
