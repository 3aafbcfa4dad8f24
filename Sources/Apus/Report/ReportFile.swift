public import Classifier
internal import Foundation
internal import Inference
internal import Platform
internal import Torch

/// The file of a report.
public struct ReportFile: Sendable {
    /// The path of the file.
    public let path: String

    /// Creates a report file from the path of a file, or of a folder for `report.html`.
    ///
    /// Checks the path now, so that an evaluation does not fail at its end.
    ///
    /// - Throws: `ApusError` if the folder does not exist or is not writable.
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
        self.path = file
    }

    func write(_ page: Page) throws { try writeAtomically(page.html(), to: path) }
}

/// The versions of the libraries that produce a result.
package enum Versions {
    /// The version of Apus.
    package static let apus = "0.1.0"

    /// All versions in a line: `Apus 0.1.0, LibTorch 2.13.0, OpenVINO 2026.4.1`. OpenVINO is omitted if not installed.
    @TensorActor
    package static var line: String {
        let openVINO = (try? OpenVINO.version()).map { ", OpenVINO \($0)" } ?? ""
        return "Apus \(apus), LibTorch \(LibTorch.version)\(openVINO)"
    }
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
