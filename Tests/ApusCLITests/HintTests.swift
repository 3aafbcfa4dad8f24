import Apus
import Classifier
import Images
import Testing

@testable import ApusCLI

/// The command's form of the libraries' errors and notes.
@Suite("Hints after errors") struct HintTests {
    @Test(
        "A property in backticks becomes its flag, with a shell-quoted value",
        arguments: [
            ("a longer run (`epochs = 6`)", "a longer run (--epochs 6)"),
            ("`optimizer.learningRate = 1e-05`, or `optimizer.clipNorm = 1`", "--lr 1e-05, or --clip-norm 1"),
            ("choose `labelSeparator = \";\"`.", "choose --label-separator ';'."),
            ("such as `labelColumn = \"a \\\"b\\\"\"`", "such as --label-column 'a \"b\"'"),
            ("`root = \"a`b\"`", "--root 'a`b'"),
            ("more layers (`network.strategy = .last(2)`)", "more layers (--strategy last:2)"),
            ("pretrained weights (`network.initialWeights = .pretrained`)", "pretrained weights (without --fresh)"),
            ("weights (`data.classBalancing = .weightedLoss`)", "weights (--balance loss)"),
            ("`data.dropsLastBatch = true`, `output.writesReport = false`", "--drop-last, --no-report"),
            ("`frameInterval = .seconds(1)` reads them", "--every 1s reads them"),
            ("`nothing` and `epochs", "`nothing` and `epochs"), ("`", "`"), ("", ""),
        ])
    func flags(text: String, expected: String) {
        #expect(Hints.flags(in: text) == expected)
    }

    @Test("A hint in the command's words follows an error, selected by its code")
    func hints() {
        let path = "weights`seed`.pth"
        let weights = ApusError(.notAClassifier, path: path, "it holds weights", advice: "train it")
        let start = "\(path): it holds weights; train from it with 'apus train DATA --model NAME --weights "
        #expect(Hints.text(of: weights).hasPrefix(start + path))
        let damaged = ApusError(.damagedFile, path: path, "it has no classes", advice: "use another copy of the file")
        #expect(Hints.text(of: damaged) == damaged.description)
        let table = DatasetError(.unclearColumns, path: path, "Choose `labelColumn = \"x\"`.")
        #expect(Hints.text(of: table) == "\(path): Choose --label-column x.")
    }

    @Test("Each property with a flag belongs to a configuration or to options")
    func properties() {
        var names: Set<String> = ["split", "stateKey", "isPartial", "directory", "limit", "maximumUnreadable"]
        func add(_ value: Any, _ group: String = "") {
            for child in Mirror(reflecting: value).children {
                guard let label = child.label else { continue }
                names.insert(group + label)
                if Mirror(reflecting: child.value).displayStyle == .struct { add(child.value, "\(group)\(label).") }
            }
        }
        add(TrainingConfiguration())
        // The initial weights are one property.
        for part in ["file", "isPartial", "stateKey"] { names.insert("network.initialWeights.\(part)") }
        add(DatasetOptions())
        add(InferenceOptions())
        add(ExplanationOptions())
        for property in Hints.properties.keys { #expect(names.contains(property), "\(property)") }
    }
}
