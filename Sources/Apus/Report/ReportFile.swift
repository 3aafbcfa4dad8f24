public import Classifier
internal import Drawing
internal import Foundation
internal import Platform

/// The file of a report.
public struct ReportFile: Sendable {
    /// The path of the file.
    public let path: String

    /// Creates a report file from the path of a file, or of a folder for `report.html`.
    ///
    /// Checks the path and the libraries that draw now, so that an evaluation does not fail at its end.
    ///
    /// - Throws: `ApusError` if the folder does not exist or is not writable, or if Pango and Cairo are not installed.
    public init(_ path: String) throws(ApusError) {
        let file = path.hasSuffix("/") || isFolder(path) ? path + "/report.html" : path
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        guard isFolder(folder) else {
            throw ApusError(
                .unwritableFile, path: path, "the folder \(folder) for the report does not exist",
                advice: "create it first")
        }
        let place = fileExists(path) && !path.hasSuffix("/") ? path : folder
        guard place.withFileName({ access($0, W_OK) }) == 0 else {
            throw ApusError(
                .unwritableFile, path: path, "the report can't be written here", advice: "choose another path")
        }
        do throws(DrawingError) {
            try DrawingLibraries.open()
        } catch {
            throw ApusError(
                .systemFailure, "a report has plots, and \(error)",
                advice: "install them, or evaluate without a report", underlyingError: error)
        }
        self.path = file
    }

    func write(_ page: Page) throws { try writeAtomically(page.html(), to: path) }
}

/// Commands and code that use a model, to copy from a report.
struct ReportCommands {
    /// The model file, or the name of a pretrained network.
    let model: String
    /// The path of the images.
    let data: String

    var blocks: [any PageBlock] {
        [
            CodeBlock(
                title: "Command line",
                code: """
                    apus predict \(model.shellWord) IMAGE...
                    apus evaluate \(model.shellWord) \(data.shellWord) --report report.html
                    apus export \(model.shellWord) --format onnx
                    """),
            CodeBlock(
                title: "Swift",
                code: """
                    import Apus

                    let classifier = try await ImageClassifier.open(\(literal(model)))
                    let prediction = try await classifier.predict("image.jpg")
                    print(prediction.label, prediction.probability)
                    """),
        ]
    }

    /// Returns a text as a Swift string literal.
    private func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
