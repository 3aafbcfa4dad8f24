import Foundation
import Testing

@testable import Apus
@testable import Platform

@Suite("Diagnosis rules for the data") struct DataRuleTests {
    private let settled = epochs(training: [0.9, 0.5, 0.4, 0.4, 0.4], accuracy: [0.8, 0.84, 0.85, 0.84, 0.85])

    /// At 85 % the uncertainty is 3 points for 548 images.
    @Test(
        "Few validation images make the accuracy uncertain",
        arguments: [(40, true), (540, true), (556, false), (5000, false)]
    )
    func fewImages(_ images: Int, _ isFound: Bool) {
        #expect(kinds(curves(settled, validationImages: images)) == (isFound ? [.noisyValidation] : [.allIsWell]))
    }

    @Test("The sentence gives the uncertainty in percentage points") func uncertainty() {
        #expect(
            diagnose(curves(settled, validationImages: 40))[0].sentence
                == "There are only 40 validation images, so an accuracy of 85 % has an uncertainty of ± 11 points. All epochs "
                + "are within this range of the best, so another one may be as good.")
    }

    @Test("A curve that rises to its end is not called chance, even with few validation images")
    func risingCurves() {
        let accuracy = [0.11, 0.3, 0.48, 0.6, 0.68, 0.71, 0.73, 0.75]
        var run = curves(
            epochs(
                training: [2.2, 1.9, 1.6, 1.3, 1.1, 1.0, 0.95, 0.93],
                validation: [2.2, 1.9, 1.6, 1.3, 1.2, 1.21, 1.2, 1.2], accuracy: accuracy), validationImages: 100)
        let findings = diagnose(run)
        #expect(findings.contains { $0.sentence.hasPrefix("There are only 100 validation images") })
        #expect(findings.allSatisfy { !$0.description.contains("chance") && !$0.description.contains("as good") })
        // Two epochs are swapped: now the order may be due to chance.
        run.epochs = epochs(
            training: [2.2, 1.9, 1.6, 1.3, 1.1, 1.0, 0.95, 0.93],
            validation: [2.2, 1.9, 1.6, 1.3, 1.2, 1.21, 1.2, 1.2],
            accuracy: Array(accuracy.dropLast(2)) + [0.75, 0.73])
        #expect(
            diagnose(run).contains {
                $0.sentence.hasSuffix(
                    "4 of 8 epochs are within this range of the best, so another one may be as good.")
            })
    }

    @Test("A larger validation split is advised only for data that Apus splits")
    func splitAdvice() {
        var run = curves(settled, validationImages: 40)
        #expect(diagnose(run)[0].advice?.contains("`data.validationSplit`") == true)
        run.setsValidationAside = false
        #expect(diagnose(run)[0].advice == "more validation images")
    }

    @Test("A weighted loss is not advised to a run that has one")
    func balancingAdvice() {
        var run = curves(settled, classes: ["cat", "dog"])
        run.trainingCounts = [300, 60]
        #expect(diagnose(run).last?.advice?.contains("`data.classBalancing = .weightedLoss`") == true)
        run.balancesClasses = true
        #expect(diagnose(run).last?.advice?.contains("`data.classBalancing = .weightedLoss`") == false)
    }

    /// Forty correct images only show that most images are correct.
    @Test("A perfect accuracy on few images is uncertain") func perfectAccuracy() {
        let right = epochs(training: [0.1, 0.1, 0.1], accuracy: [1, 1, 1])
        #expect(kinds(curves(right, validationImages: 40)) == [.noisyValidation])
        #expect(kinds(curves(right, validationImages: 400)) == [.allIsWell])
    }

    @Test("A difference larger than the noise is significant") func significantDifferences() {
        let rising = epochs(
            training: [2, 1.2, 0.8, 0.6, 0.5], validation: [2, 1.2, 0.8, 0.85, 0.86],
            accuracy: [0.1, 0.3, 0.5, 0.7, 0.9])
        #expect(!kinds(curves(rising, validationImages: 60)).contains(.noisyValidation))
        #expect(kinds(curves(rising, validationImages: 8)).contains(.noisyValidation))
    }

    private func tallies(_ tallyCounts: [(Int, Int, Int)]) -> [TrainingCurves.ClassTally] {
        tallyCounts.map { .init(images: $0.0, hits: $0.1, predictions: $0.2) }
    }

    private func run(_ classes: [String], _ tallyCounts: [(Int, Int, Int)]) -> [Finding] {
        var run = curves(settled, classes: classes)
        run.lastValidation = tallies(tallyCounts)
        return diagnose(run)
    }

    @Test("Classes that are never predicted are named") func neverPredicted() {
        let findings = run(["cat", "dog", "emu"], [(10, 10, 14), (10, 9, 9), (3, 0, 0)])
        #expect(findings.map(\.kind) == [.classNeverPredicted])
        #expect(
            findings[0].sentence == "No validation image is predicted as 'emu', although this class has 3 images.")
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (2, 0, 0)]).map(\.kind) == [.allIsWell])
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (5, 0, 1)]).map(\.kind) == [.allIsWell])
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (0, 0, 0)]).map(\.kind) == [.allIsWell])
    }

    @Test("Many classes are counted instead of named") func manyClasses() {
        let classes = (0..<9).map { "c\($0)" }
        let findings = run(classes, classes.indices.map { $0 < 2 ? (5, 5, 20) : (5, 0, 0) })
        #expect(
            findings[0].sentence
                == "No validation image is predicted as 'c2', 'c3', 'c4', 'c5' and 3 more, although these classes have 35 "
                + "images.")
    }

    @Test("A single prediction for all images is reported") func singlePrediction() {
        let findings = run(["cat", "dog"], [(20, 0, 0), (20, 20, 40)])
        #expect(findings[0].sentence == "All validation images are predicted as 'dog'.")
    }

    @Test("Up to five names are listed, then the number of the others") func enumeration() {
        #expect(enumerated(["a"]) == "'a'")
        #expect(enumerated(["a", "b"]) == "'a' and 'b'")
        #expect(enumerated(["a", "b", "c", "d", "e"]) == "'a', 'b', 'c', 'd' and 'e'")
        #expect(enumerated(["a", "b", "c", "d", "e", "f"]) == "'a', 'b', 'c', 'd' and 2 more")
    }

    @Test(
        "Classes are unbalanced from a ratio of four",
        arguments: [
            ([100, 26], false), ([100, 25], true), ([25, 100, 60], true), ([3, 0], false), ([4, 0], true),
        ])
    func unbalancedClasses(_ counts: [Int], _ isFound: Bool) {
        var run = curves(settled, classes: Array(["cat", "dog", "emu"].prefix(counts.count)))
        run.trainingCounts = counts
        #expect(kinds(run).contains(.unbalancedClasses) == isFound)
    }

    @Test("The sentence on imbalance gives both counts") func imbalanceCounts() {
        var run = curves(settled, classes: ["cat", "dog"])
        run.trainingCounts = [300, 60]
        #expect(
            diagnose(run).last?.sentence
                == "The training images are unbalanced: 300 of 'cat', but 60 of 'dog'. Always predicting 'cat' is correct "
                + "for 83 % of them.")
    }

    @Test("Multi-label runs have no chance level and no uncertainty") func multiLabel() {
        var run = curves(settled, classes: ["cat", "dog"], validationImages: 40)
        run.trainingCounts = [300, 60]
        run.isMultiLabel = true
        #expect(kinds(run) == [.unbalancedClasses])
        #expect(diagnose(run)[0].sentence == "The training images are unbalanced: 300 of 'cat', but 60 of 'dog'.")
    }
}
