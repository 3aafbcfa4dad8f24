import Foundation
import Testing

@testable import Apus

@Suite("Diagnosis of a run") struct DiagnosisTests {
    @Test("A run without an epoch has no diagnosis") func noEpochs() { #expect(diagnose(curves([])).isEmpty) }

    @Test("A good run has no issue") func goodRun() {
        let findings = diagnose(curves(epochs(training: [0.9, 0.5, 0.4, 0.4, 0.4])))
        #expect(
            findings.map(\.description) == [
                "No problem found: training and validation loss fell together, to 0.4 and 0.4, and converged."
            ])
    }

    @Test("A short run is reported", arguments: [1, 2]) func shortRuns(_ count: Int) {
        let findings = diagnose(curves(epochs(training: Array([0.4, 0.4].prefix(count)))))
        #expect(findings.map(\.kind) == [.tooShort])
        #expect(findings[0].sentence.contains(count == 1 ? "(1 epoch)" : "(2 epochs)"))
    }

    @Test("Twelve steps from random weights only give the advice to train longer")
    func fewSteps() {
        var run = curves(epochs(training: [2.31, 2.3, 2.3], accuracy: [0.1, 0.1, 0.1]))
        run.lastValidation = run.classes.map {
            .init(images: 5, hits: $0 == "class1" ? 5 : 0, predictions: $0 == "class1" ? 50 : 0)
        }
        #expect(kinds(run).contains(.classNeverPredicted))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (4, true)
        let finding = diagnose(run)[0]
        #expect(kinds(run) == [.tooShort])
        #expect(
            finding.sentence.hasPrefix("The run took only 12 steps, too few to judge a network with random initial"))
        #expect(finding.advice == "more steps (`epochs = 25`, or a smaller `data.batchSize`)")
        run.hasPretrainedWeights = true
        #expect(
            diagnose(run)[0].advice?.hasSuffix("or pretrained weights (`network.initialWeights = .pretrained`)") == true
        )
        // A pretrained network has learned much before; a hundred steps are enough for any network.
        run.startsFresh = false
        #expect(kinds(run) == [.tooShort])
        run.optimizerStepsPerEpoch = 7
        #expect(!kinds(run).contains(.tooShort))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (34, true)
        #expect(!kinds(run).contains(.tooShort))
    }

    @Test("A run of few steps that has learned well is judged like any other")
    func fewGoodSteps() {
        var run = curves(epochs(training: [0.73, 0.46, 0.3], accuracy: [0.86, 0.95, 0.95]))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (4, false)
        #expect(!kinds(run).contains(.tooShort))
    }

    @Test("No issue starts with the advice to check the labels")
    func labelsLast() {
        for training in [[2.31, 2.30, 2.31, 2.30], [2.4, 2.35, 2.3, 2.2], [1.9, 1.8, 1.78, 1.78]] {
            var run = curves(epochs(training: training, accuracy: [0.098, 0.101, 0.1, 0.102]))
            run.lastValidation = run.classes.map {
                .init(images: 5, hits: $0 == "class1" ? 5 : 0, predictions: $0 == "class1" ? 50 : 0)
            }
            for advice in diagnose(run).compactMap(\.advice) {
                #expect(!advice.prefix(60).contains("label"), "\(advice)")
            }
        }
    }

    @Test("Flat curves are not described as falling")
    func flatCurves() {
        let flat = diagnose(curves(epochs(training: [0.4, 0.4, 0.4, 0.4])))
        #expect(flat.map(\.kind) == [.allIsWell] && flat[0].sentence.hasPrefix("No problem found: the training loss"))
        let falling = diagnose(curves(epochs(training: [0.9, 0.5, 0.45, 0.4], validation: [0.9, 0.5, 0.49, 0.5])))
        #expect(falling[0].sentence == "No problem found: training and validation loss fell together, to 0.4 and 0.5.")
    }

    @Test("The noise of a curve is measured without its trend") func noiseLevel() {
        // The standard deviation of uniform numbers up to ±a is a / √3; a trend does not count.
        let values = noise(4000, 0.3).enumerated().map { $1 + 5 * exp(-Double($0) / 500) }
        #expect(abs(Curve.noise(values) - 0.3 / 3.0.squareRoot()) < 0.02)
        #expect(Curve.noise((0..<20).map { 2 * pow(0.8, Double($0)) }) < 0.003)
        #expect(Curve.noise([1, 5, 1, 5, 1]) == 0)
    }

    @Test("Curves are smoothed") func smoothing() {
        #expect(Curve.smoothed([3, 0, 3, 6]) == [1.5, 2, 3, 4.5])
        #expect(Curve.smoothed([3]) == [3])
        #expect(Curve.smoothed([]) == [])
        #expect(abs(Curve.fall([8, 5, 2][...]) - 0.5) < 1e-12)
        #expect(Curve.fall([0, 0][...]) == 0)
    }

    @Test("Issues are read back as they were written") func coding() throws {
        let finding = Finding(.overfitting, since: 7, "a sentence", advice: "some advice")
        let data = try JSONEncoder().encode(finding)
        #expect(String(decoding: data, as: UTF8.self).contains("\"kind\":\"overfitting\""))
        #expect(try JSONDecoder().decode(Finding.self, from: data) == finding)
    }

    /// The documentation lists the thresholds of the rules.
    @Test("The documentation lists the thresholds") func documentation() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../../docs/diagnosis.md").standardized
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .drop { $0 != "## Thresholds" }.filter { $0.hasPrefix("| ") }.dropFirst()
        let listed = Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                return (cells[0], cells[1])
            })
        #expect(listed == Dictionary(uniqueKeysWithValues: Threshold.allCases.map { ($0.rawValue, $0.text) }))
    }
}
