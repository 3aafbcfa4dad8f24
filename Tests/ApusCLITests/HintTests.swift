import Apus
import Classifier
import Images
import Testing

@testable import ApusCLI

/// What errors and notes of the libraries read in the command.
@Suite struct HintTests {
    @Test(
        "A property between backticks reads as its flag, with its value as a shell reads it",
        arguments: [
            ("a longer run (`epochs = 6`)", "a longer run (--epochs 6)"),
            ("`learningRate = 1e-05`, or `clipNorm = 1`", "--lr 1e-05, or --clip-norm 1"),
            ("choose `labelSeparator = \";\"`.", "choose --label-separator ';'."),
            ("such as `labelColumn = \"a \\\"b\\\"\"`", "such as --label-column 'a \"b\"'"),
            ("`root = \"a`b\"`", "--root 'a`b'"),
            ("more layers (`strategy = .last(2)`)", "more layers (--strategy last:2)"),
            ("pretrained weights (`start = .pretrained`)", "pretrained weights (without --fresh)"),
            ("`nothing` and `epochs", "`nothing` and `epochs"), ("`", "`"), ("", ""),
        ])
    func flags(text: String, expected: String) {
        #expect(Hints.flags(in: text) == expected)
    }

    @Test("An error is followed by what helps in the command's words, looked up by its code")
    func hints() {
        let path = "weights`seed`.pth"
        let weights = ApusError(.notAClassifier, path: path, "it holds weights", advice: "train it")
        let start = "\(path): it holds weights; start a training from it with 'apus train DATA --model NAME --weights "
        #expect(Hints.text(of: weights).hasPrefix(start + path))
        let damaged = ApusError(.damagedFile, path: path, "it has no classes", advice: "take another copy of the file")
        #expect(Hints.text(of: damaged) == damaged.description)
        let table = DatasetError(.unclearColumns, path: path, "Choose `labelColumn = \"x\"`.")
        #expect(Hints.text(of: table) == "\(path): Choose --label-column x.")
    }

    @Test("Each property that has a flag is one of a configuration or of options")
    func properties() {
        var names: Set<String> = ["split", "stateKey", "isPartial", "directory"]
        func add(_ value: Any) {
            for child in Mirror(reflecting: value).children {
                if let label = child.label { names.insert(label) }
                if Mirror(reflecting: child.value).displayStyle == .struct { add(child.value) }
            }
        }
        add(TrainingConfiguration())
        add(ExplanationOptions())
        for property in Hints.properties.keys { #expect(names.contains(property), "\(property)") }
    }
}
