public import Classifier
internal import Foundation
internal import Inference
internal import Platform
internal import Torch

/// Where a report goes.
public struct ReportFile: Sendable {
    /// The file.
    public let path: String

    /// A file, or a folder in which it is `report.html`.
    ///
    /// - Throws: `ApusError` where there is no folder for it, or it may not be written to: that is better known before an
    ///   evaluation than after.
    public init(_ path: String) throws(ApusError) {
        let file = path.hasSuffix("/") || isFolder(path) ? path + "/report.html" : path
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        guard isFolder(folder) else {
            throw ApusError(
                .unwritableFile, path: path, "there is no folder \(folder) to write the report to",
                advice: "make it first")
        }
        let place = fileExists(path) && !path.hasSuffix("/") ? path : folder
        guard place.withFileName({ access($0, W_OK) }) == 0 else {
            throw ApusError(
                .unwritableFile, path: path, "the report can't be written there", advice: "choose another place")
        }
        self.path = file
    }

    func write(_ page: Page) throws { try writeAtomically(page.html(), to: path) }
}

/// Which programs made a result.
public enum Versions {
    /// Apus's own.
    public static let apus = "0.1.0"

    /// In a line: `Apus 0.1.0, LibTorch 2.13.0, OpenVINO 2026.4.1`; without OpenVINO where it is not there.
    @TensorActor
    public static var line: String {
        let openVINO = (try? OpenVINO.version()).map { ", OpenVINO \($0)" } ?? ""
        return "Apus \(apus), LibTorch \(LibTorch.version)\(openVINO)"
    }
}

/// How to use a model, as lines to copy.
struct ReportCommands {
    /// The model's file, or the name of published weights.
    let model: String
    /// Where the pictures lie.
    let data: String

    var blocks: [any PageBlock] {
        [
            CodeBlock(
                title: "Command line",
                code: """
                    apus predict \(model.shellWord) PICTURE...
                    apus evaluate \(model.shellWord) \(data.shellWord) --report report.html
                    apus export \(model.shellWord) --format onnx
                    """),
            CodeBlock(
                title: "Swift",
                code: """
                    import Apus

                    let classifier = try await ImageClassifier.open(\(literal(model)))
                    let prediction = try await classifier.predict("picture.jpg")
                    print(prediction.label, prediction.probability)
                    """),
        ]
    }

    /// As Swift reads it.
    private func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
