import Foundation
import Testing

@testable import Apus

@Suite struct DiagnosisTests {
    @Test func nothingTrainedTellsNothing() { #expect(diagnose(curves([])).isEmpty) }

    @Test func goodRunsAreWell() {
        let findings = diagnose(curves(epochs(training: [0.9, 0.5, 0.4, 0.4, 0.4])))
        #expect(
            findings.map(\.description) == [
                "All is well: training and validation loss came down together, to 0.4 and 0.4, and have settled."
            ])
    }

    @Test(arguments: [1, 2]) func shortRunsAreTold(_ count: Int) {
        let findings = diagnose(curves(epochs(training: Array([0.4, 0.4].prefix(count)))))
        #expect(findings.map(\.kind) == [.tooShort])
        #expect(findings[0].sentence.contains(count == 1 ? "one epoch" : "2 epochs"))
    }

    @Test("After twelve steps from random weights more steps are advised, and nothing else")
    func fewStepsAreNotJudged() {
        var run = curves(epochs(training: [2.31, 2.3, 2.3], accuracy: [0.1, 0.1, 0.1]))
        run.lastValidation = run.classes.map {
            .init(pictures: 5, hits: $0 == "class1" ? 5 : 0, predictions: $0 == "class1" ? 50 : 0)
        }
        #expect(kinds(run).contains(.classNeverPredicted))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (4, true)
        let finding = diagnose(run)[0]
        #expect(kinds(run) == [.tooShort])
        #expect(
            finding.sentence.hasPrefix("The run has taken 12 steps, too few to judge a network that began with random"))
        #expect(finding.advice == "more steps (`epochs = 25`, or a smaller `batchSize`)")
        run.hasPretrainedWeights = true
        #expect(diagnose(run)[0].advice?.hasSuffix("or pretrained weights (`start = .pretrained`)") == true)
        // A pretrained network has learned much before; a hundred steps are enough for any.
        run.startsFresh = false
        #expect(kinds(run) == [.tooShort])
        run.optimizerStepsPerEpoch = 7
        #expect(!kinds(run).contains(.tooShort))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (34, true)
        #expect(!kinds(run).contains(.tooShort))
    }

    @Test("A run of few steps that has learned well is judged as any other")
    func fewStepsMayBeEnough() {
        var run = curves(epochs(training: [0.73, 0.46, 0.3], accuracy: [0.86, 0.95, 0.95]))
        (run.optimizerStepsPerEpoch, run.startsFresh) = (4, false)
        #expect(!kinds(run).contains(.tooShort))
    }

    @Test("No finding advises first to check the labels")
    func labelsAreDoubtedLast() {
        for training in [[2.31, 2.30, 2.31, 2.30], [2.4, 2.35, 2.3, 2.2], [1.9, 1.8, 1.78, 1.78]] {
            var run = curves(epochs(training: training, accuracy: [0.098, 0.101, 0.1, 0.102]))
            run.lastValidation = run.classes.map {
                .init(pictures: 5, hits: $0 == "class1" ? 5 : 0, predictions: $0 == "class1" ? 50 : 0)
            }
            for advice in diagnose(run).compactMap(\.advice) {
                #expect(!advice.prefix(60).contains("label"), "\(advice)")
            }
        }
    }

    @Test("Curves that stay where they were are not said to have come down")
    func nothingIsSaidThatDoesNotHold() {
        let flat = diagnose(curves(epochs(training: [0.4, 0.4, 0.4, 0.4])))
        #expect(flat.map(\.kind) == [.allIsWell] && flat[0].sentence.hasPrefix("Nothing stands out"))
        let falling = diagnose(curves(epochs(training: [0.9, 0.5, 0.45, 0.4], validation: [0.9, 0.5, 0.49, 0.5])))
        #expect(falling[0].sentence == "All is well: training and validation loss came down together, to 0.4 and 0.5.")
    }

    @Test func noiseIsMeasured() {
        // Of uniform numbers up to ±a the deviation is a / √3; a trend does not count.
        let values = noise(4000, 0.3).enumerated().map { $1 + 5 * exp(-Double($0) / 500) }
        #expect(abs(Curve.noise(values) - 0.3 / 3.0.squareRoot()) < 0.02)
        #expect(Curve.noise((0..<20).map { 2 * pow(0.8, Double($0)) }) < 0.003)
        #expect(Curve.noise([1, 5, 1, 5, 1]) == 0)
    }

    @Test func curvesAreSmoothed() {
        #expect(Curve.smoothed([3, 0, 3, 6]) == [1.5, 2, 3, 4.5])
        #expect(Curve.smoothed([3]) == [3])
        #expect(Curve.smoothed([]) == [])
        #expect(abs(Curve.fall([8, 5, 2][...]) - 0.5) < 1e-12)
        #expect(Curve.fall([0, 0][...]) == 0)
    }

    @Test func findingsAreSaved() throws {
        let finding = Finding(.overfitting, since: 7, "a sentence", advice: "some advice")
        let data = try JSONEncoder().encode(finding)
        #expect(String(decoding: data, as: UTF8.self).contains("\"kind\":\"overfitting\""))
        #expect(try JSONDecoder().decode(Finding.self, from: data) == finding)
    }

    /// The documentation tells the thresholds that the rules have.
    @Test func theDocumentationTellsTheThresholds() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../../docs/diagnosis.md").standardized
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .drop { $0 != "## Thresholds" }.filter { $0.hasPrefix("| ") }.dropFirst()
        let told = Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                return (cells[0], cells[1])
            })
        #expect(told == Dictionary(uniqueKeysWithValues: Threshold.allCases.map { ($0.rawValue, $0.text) }))
    }
}
