internal import Foundation

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
                    apus predict \(quoted(model)) PICTURE...
                    apus evaluate \(quoted(model)) \(quoted(data)) --report report.html
                    apus export \(quoted(model)) --format onnx
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

    /// As a shell reads it.
    private func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy {
            CharacterSet.alphanumerics.contains($0) || "/._-+:,@%=".unicodeScalars.contains($0)
        }
        return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// As Swift reads it.
    private func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
