import Images
import Testing

@testable import Classifier

/// The verdict on confusion matrices that are made by hand.
@Suite("Verdicts") struct VerdictTests {
    /// Evaluates images with these counts: a row for each true class, a column for each predicted class.
    private func verdict(_ counts: [[Int]], classes: [String] = ["ants", "bees", "cats", "dogs"]) throws -> String {
        let classes = Array(classes.prefix(counts.count))
        let pairs = counts.enumerated().flatMap { truth, row in
            row.enumerated().flatMap { Array(repeating: [truth, $0.offset], count: $0.element) }
        }
        var tally = SingleLabelTally(
            classes: classes, images: Labeled(classNames: classes, truth: pairs.map { [$0[0]] }))
        let outputs = pairs.flatMap { pair in classes.indices.map { $0 == pair[1] ? Float(4) : 0 } }
        tally.add(try Logits(outputs, images: pairs.count, classes: classes.count), images: Array(pairs.indices)) { _ in
        }
        return tally.evaluation(errors: 0).verdict
    }

    /// Evaluates images with these true and predicted labels.
    private func verdict(
        labels: [(truth: [Int], predicted: [Int])], classes: [String] = ["cat", "dog", "grass"]
    ) throws -> String {
        var tally = MultiLabelTally(
            classes: classes, images: Labeled(classNames: classes, truth: labels.map(\.truth), isMultiLabel: true))
        let outputs = labels.flatMap { image in classes.indices.map { image.predicted.contains($0) ? Float(3) : -3 } }
        tally.add(try Logits(outputs, images: labels.count, classes: classes.count), images: Array(labels.indices)) {
            _ in
        }
        return tally.evaluation(errors: 0).verdict
    }

    @Test("Without errors, all images are correct") func noErrors() throws {
        #expect(try verdict([[30, 0], [0, 30]]) == "All 60 images are correct.")
        #expect(try verdict([[1_500, 0], [0, 0]]) == "All 1,500 images are correct.")
    }

    @Test("One error names its classes") func oneError() throws {
        #expect(try verdict([[149, 1], [0, 50]]) == "Fewer than 1 in 100 is wrong; ants predicted as bees.")
        #expect(try verdict([[49, 1], [0, 50]]) == "About 1 in 100 is wrong; ants predicted as bees.")
    }

    @Test("The pair of classes with most of the errors is named") func onePair() throws {
        #expect(
            try verdict([[80, 30, 1], [2, 40, 0], [0, 0, 47]])
                == "About 1 in 6 is wrong; mostly ants predicted as bees.")
        #expect(
            try verdict([[80, 20, 0], [0, 50, 0], [0, 0, 50]])
                == "About 1 in 10 is wrong; always ants predicted as bees.")
        #expect(
            try verdict([[80, 8, 4], [3, 60, 4], [3, 0, 60]])
                == "About 1 in 10 is wrong; most often ants predicted as bees.")
    }

    @Test("Errors in both directions are called so") func bothDirections() throws {
        #expect(
            try verdict([[50, 10], [10, 50]]) == "About 1 in 6 is wrong; ants and bees are confused with each other.")
        #expect(
            try verdict([[50, 10, 1], [8, 50, 0], [0, 1, 40]])
                == "About 1 in 8 is wrong; mostly ants and bees confused with each other.")
    }

    @Test("Errors without a pattern are spread over the classes") func spread() throws {
        #expect(
            try verdict([[50, 2, 2, 2], [2, 50, 2, 2], [2, 2, 50, 2], [2, 2, 2, 50]])
                == "About 1 in 9 is wrong; the errors are spread over several classes.")
        // Two errors have no pattern.
        #expect(
            try verdict([[50, 1, 1, 0], [0, 50, 0, 0], [0, 0, 50, 0], [0, 0, 0, 50]]) == "Fewer than 1 in 100 is wrong."
        )
    }

    @Test("Many errors are counted in simple fractions") func manyErrors() throws {
        let rest = [[0, 0, 10]]
        #expect(try verdict([[40, 60, 0], [0, 0, 0]] + rest).hasPrefix("About 1 in 2 is wrong; "))
        #expect(try verdict([[30, 60, 0], [0, 0, 0]] + rest).hasPrefix("About 3 in 5 are wrong; "))
        #expect(try verdict([[20, 60, 0], [0, 0, 0]] + rest).hasPrefix("About 2 in 3 are wrong; "))
        #expect(try verdict([[1, 99, 0], [0, 0, 0], [0, 0, 0]]).hasPrefix("Nearly all images are wrong; "))
        #expect(try verdict([[0, 100], [0, 0]]).hasPrefix("All 100 images are wrong; "))
    }

    @Test("A result of chance is called so") func chance() throws {
        #expect(
            try verdict([[24, 26], [26, 24]])
                == "About 1 in 2 is wrong; ants and bees are confused with each other. This is no better than guessing: "
                + "with 2 classes, a guess is right in 1 of 2 cases.")
        #expect(
            try verdict([[5, 45], [45, 5]])
                == "About 9 in 10 are wrong; ants and bees are confused with each other. This is worse than guessing: "
                + "check that the labels of the images match the classes of the model.")
        // One class for all images.
        #expect(
            try verdict([[90, 0], [10, 0]]) == "About 1 in 10 is wrong; all images are predicted as ants.")
    }

    @Test("Few images are counted exactly, and called few") func fewImages() throws {
        let few = " This is only a rough estimate, because there are few images."
        #expect(try verdict([[1, 0], [0, 1]]) == "All 2 images are correct." + few)
        #expect(try verdict([[1, 1], [0, 0]]) == "1 of 2 images is wrong; ants predicted as bees." + few)
        #expect(try verdict([[5, 3], [0, 4]]) == "3 of 12 images are wrong; always ants predicted as bees." + few)
        #expect(try verdict([[1, 0], [0, 0]]) == "The image is correct." + few)
        #expect(try verdict([[0, 1], [0, 0]]) == "The image is wrong; ants predicted as bees." + few)
    }

    @Test("Labels of multi-label images are wrong or missed") func multiLabel() throws {
        let right = Array(repeating: (truth: [0, 2], predicted: [0, 2]), count: 20)
        #expect(try verdict(labels: right) == "All labels of the images are correct.")
        let missing = Array(repeating: (truth: [0, 1], predicted: [0]), count: 10)
        #expect(
            try verdict(labels: right + missing)
                == "All predicted labels are correct. About 1 in 6 true labels is missed, always dog.")
        // One is no pattern.
        #expect(
            try verdict(labels: right + missing.prefix(1))
                == "All predicted labels are correct. About 1 in 40 true labels is missed: dog.")
        let wrong = Array(repeating: (truth: [0], predicted: [0, 2]), count: 10)
        #expect(
            try verdict(labels: right + wrong) == "About 1 in 6 predicted labels is wrong; no label is missed.")
        #expect(
            try verdict(labels: Array(repeating: (truth: [0], predicted: []), count: 30)) == "No labels are predicted.")
    }

    @Test("Classes have their display names") func displayNames() throws {
        var tally = SingleLabelTally(
            classes: ["21", "3"], displayNames: ["fire lily", "canterbury bells"],
            images: Labeled(classNames: ["21", "3"], truth: Array(repeating: [0], count: 30)))
        let outputs: [Float] = (0..<30).flatMap { image -> [Float] in image < 15 ? [0, 3] : [3, 0] }
        tally.add(try Logits(outputs, images: 30, classes: 2), images: Array(0..<30)) { _ in }
        let evaluation = tally.evaluation(errors: 0)
        #expect(evaluation.verdict.hasPrefix("About 1 in 2 is wrong; always fire lily predicted as canterbury bells."))
        #expect(evaluation.labels == ["21", "3"] && evaluation.displayName(of: 1) == "canterbury bells")
        #expect(evaluation.classes.map(\.name) == ["fire lily", "canterbury bells"])
        #expect(evaluation.confusion?.displayName(of: 0) == "fire lily")
        #expect(evaluation.absentNames == ["canterbury bells"] && evaluation.absentClasses == ["3"])
        #expect(evaluation.curves.map(\.name) == ["fire lily"])
    }
}

/// Images without pixels.
private struct Labeled: ImageDataset {
    let classNames: [String]
    let truth: [[Int]]
    var isMultiLabel = false

    var count: Int { truth.count }
    func label(at index: Int) -> Int { truth[index].first ?? 0 }
    func labels(at index: Int) -> [Int] { truth[index] }
    func name(at index: Int) -> String { "image \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        Image(width: 1, height: 1, pixels: [0, 0, 0])
    }
}
