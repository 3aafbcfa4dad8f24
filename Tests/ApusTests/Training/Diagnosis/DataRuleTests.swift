import Foundation
import Testing

@testable import Apus
@testable import Platform

@Suite struct DataRuleTests {
    private let settled = epochs(training: [0.9, 0.5, 0.4, 0.4, 0.4], accuracy: [0.8, 0.84, 0.85, 0.84, 0.85])

    /// At 85 % the uncertainty is 3 points for 548 pictures.
    @Test(arguments: [(40, true), (540, true), (556, false), (5000, false)])
    func fewPicturesAreNoisy(_ pictures: Int, _ isFound: Bool) {
        #expect(kinds(curves(settled, validationPictures: pictures)) == (isFound ? [.noisyValidation] : [.allIsWell]))
    }

    @Test func thePointsAreTold() {
        #expect(
            diagnose(curves(settled, validationPictures: 40))[0].sentence
                == "The validation has only 40 images, so an accuracy of 85 % is uncertain by ± 11 points. All epochs lie "
                + "within this range of the best, so another of them may be as good.")
    }

    @Test("A curve that rises to its end is not called chance, however few images validate it")
    func risingCurvesAreNoChance() {
        let accuracy = [0.11, 0.3, 0.48, 0.6, 0.68, 0.71, 0.73, 0.75]
        var run = curves(
            epochs(
                training: [2.2, 1.9, 1.6, 1.3, 1.1, 1.0, 0.95, 0.93],
                validation: [2.2, 1.9, 1.6, 1.3, 1.2, 1.21, 1.2, 1.2], accuracy: accuracy), validationPictures: 100)
        let findings = diagnose(run)
        #expect(findings.contains { $0.sentence.hasPrefix("The validation has only 100 images") })
        #expect(findings.allSatisfy { !$0.description.contains("chance") && !$0.description.contains("as good") })
        // Two epochs change places: now the order is no more than that of luck.
        run.epochs = epochs(
            training: [2.2, 1.9, 1.6, 1.3, 1.1, 1.0, 0.95, 0.93],
            validation: [2.2, 1.9, 1.6, 1.3, 1.2, 1.21, 1.2, 1.2],
            accuracy: Array(accuracy.dropLast(2)) + [0.75, 0.73])
        #expect(
            diagnose(run).contains {
                $0.sentence.hasSuffix(
                    "4 of 8 epochs lie within this range of the best, so another of them may be as good.")
            })
    }

    @Test("A larger validation split is advised only where images are set aside for it")
    func theSplitIsAdvisedWhereThereIsOne() {
        var run = curves(settled, validationPictures: 40)
        #expect(diagnose(run)[0].advice?.contains("`validationSplit`") == true)
        run.setsValidationAside = false
        #expect(diagnose(run)[0].advice == "more validation images")
    }

    @Test("Weights in the loss are not advised to those who have them")
    func balancingIsAdvisedOnce() {
        var run = curves(settled, classes: ["cat", "dog"])
        run.trainingCounts = [300, 60]
        #expect(diagnose(run).last?.advice?.contains("`balancesLoss`") == true)
        run.balancesClasses = true
        #expect(diagnose(run).last?.advice?.contains("`balancesLoss`") == false)
    }

    /// Forty pictures of which all are right tell no more than that most are.
    @Test func allRightIsNotCertain() {
        let right = epochs(training: [0.1, 0.1, 0.1], accuracy: [1, 1, 1])
        #expect(kinds(curves(right, validationPictures: 40)) == [.noisyValidation])
        #expect(kinds(curves(right, validationPictures: 400)) == [.allIsWell])
    }

    @Test func differencesAboveTheNoiseAreReal() {
        let rising = epochs(
            training: [2, 1.2, 0.8, 0.6, 0.5], validation: [2, 1.2, 0.8, 0.85, 0.86],
            accuracy: [0.1, 0.3, 0.5, 0.7, 0.9])
        #expect(!kinds(curves(rising, validationPictures: 60)).contains(.noisyValidation))
        #expect(kinds(curves(rising, validationPictures: 8)).contains(.noisyValidation))
    }

    private func tallies(_ figures: [(Int, Int, Int)]) -> [TrainingCurves.ClassTally] {
        figures.map { .init(pictures: $0.0, hits: $0.1, predictions: $0.2) }
    }

    private func run(_ classes: [String], _ figures: [(Int, Int, Int)]) -> [Finding] {
        var run = curves(settled, classes: classes)
        run.lastValidation = tallies(figures)
        return diagnose(run)
    }

    @Test func classesThatAreNeverPredicted() {
        let findings = run(["cat", "dog", "emu"], [(10, 10, 14), (10, 9, 9), (3, 0, 0)])
        #expect(findings.map(\.kind) == [.classNeverPredicted])
        #expect(
            findings[0].sentence == "No validation picture is taken for 'emu', though 3 of them are of that class.")
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (2, 0, 0)]).map(\.kind) == [.allIsWell])
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (5, 0, 1)]).map(\.kind) == [.allIsWell])
        #expect(run(["cat", "dog", "emu"], [(10, 10, 12), (10, 9, 9), (0, 0, 0)]).map(\.kind) == [.allIsWell])
    }

    @Test func manyClassesAreCounted() {
        let classes = (0..<9).map { "c\($0)" }
        let findings = run(classes, classes.indices.map { $0 < 2 ? (5, 5, 20) : (5, 0, 0) })
        #expect(
            findings[0].sentence
                == "No validation picture is taken for 'c2', 'c3', 'c4', 'c5' and 3 more, though 35 of them are of those "
                + "classes.")
    }

    @Test func oneAnswerForAll() {
        let findings = run(["cat", "dog"], [(20, 0, 0), (20, 20, 40)])
        #expect(findings[0].sentence == "Every validation picture is taken for 'dog'.")
    }

    @Test func namesAreEnumerated() {
        #expect(enumerated(["a"]) == "'a'")
        #expect(enumerated(["a", "b"]) == "'a' and 'b'")
        #expect(enumerated(["a", "b", "c", "d", "e"]) == "'a', 'b', 'c', 'd' and 'e'")
        #expect(enumerated(["a", "b", "c", "d", "e", "f"]) == "'a', 'b', 'c', 'd' and 2 more")
    }

    @Test(arguments: [
        ([100, 26], false), ([100, 25], true), ([25, 100, 60], true), ([3, 0], false), ([4, 0], true),
    ])
    func unbalancedClasses(_ counts: [Int], _ isFound: Bool) {
        var run = curves(settled, classes: Array(["cat", "dog", "emu"].prefix(counts.count)))
        run.trainingCounts = counts
        #expect(kinds(run).contains(.unbalancedClasses) == isFound)
    }

    @Test func theImbalanceIsTold() {
        var run = curves(settled, classes: ["cat", "dog"])
        run.trainingCounts = [300, 60]
        #expect(
            diagnose(run).last?.sentence
                == "The training pictures are unbalanced: 300 of 'cat', but 60 of 'dog'. Always naming 'cat' would be right "
                + "for 83 % of them.")
    }

    @Test func severalClassesAPictureHaveNoGuess() {
        var run = curves(settled, classes: ["cat", "dog"], validationPictures: 40)
        run.trainingCounts = [300, 60]
        run.isMultiLabel = true
        #expect(kinds(run) == [.unbalancedClasses])
        #expect(diagnose(run)[0].sentence == "The training pictures are unbalanced: 300 of 'cat', but 60 of 'dog'.")
    }
}
