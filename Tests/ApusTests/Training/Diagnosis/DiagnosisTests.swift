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
