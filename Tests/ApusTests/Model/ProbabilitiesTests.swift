import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// One rule computes the probabilities everywhere.
@TensorActor
@Suite("Probabilities") struct ProbabilitiesTests {
    @Test("Probabilities are the softmax of the scaled logits, or the sigmoid of each")
    func rule() throws {
        let logits = try Logits([1, 2, 4], images: 1, classes: 3)
        var description = ModelDescription(
            architecture: "small_cnn", classes: ["a", "b", "c"], preprocessing: .imageNet,
            calibration: try ModelCalibration(temperature: 2.5, images: 10))
        let exponents = [1.0, 2, 4].map { exp($0 / 2.5) }
        let one = exponents.map { Float($0 / exponents.reduce(0, +)) }
        #expect(Probabilities(of: description)(logits[0], of: [0, 1, 2]) == one)
        #expect(Probabilities(of: description)(logits[0], of: [2, 0]) == [one[2], one[0]])
        description.isMultiLabel = true
        let several = [1.0, 2, 4].map { Float(1 / (1 + exp(-$0))) }
        #expect(Probabilities(of: description)(logits[0], of: [0, 1, 2]) == several)
    }

    @Test("Predictions, explanations, evaluations and reports show the same probability")
    func everywhere() async throws {
        try await withTemporaryFolder { folder in
            // Names that are numbers, none at its own index.
            let classes = ["2", "0", "1"]
            try Samples.writeClasses(classes, count: 3, to: folder)
            let plain = try Networks.classifier(classes: classes)
            let classifier = plain.with(try ModelCalibration(temperature: 3, images: 40))
            let images = try EvaluationData(at: folder.path).images
            let outcomes = Collected<ImageOutcome>()
            let evaluation = try await classifier.evaluate(images) { events in
                for await case .result(let outcome) in events { outcomes.append(outcome) }
            }
            for outcome in outcomes.elements.prefix(4) {
                let prediction = try await classifier.predict(outcome.file)
                let explanation = try await classifier.explain(outcome.file)
                #expect(explanation.target.index == prediction.index && explanation.predicted == explanation.target)
                #expect(abs(explanation.target.probability - prediction.probability) < 1e-4)
                #expect(abs(outcome.probability - prediction.probability) < 1e-4)
                let without = try await plain.explain(outcome.file)
                #expect(without.target.probability > explanation.target.probability + 0.01)
            }
            // The report explains the predicted and the true classes of its images.
            let attention = await classifier.attention(in: evaluation, on: images)
            #expect(attention.failure == nil)
            let mistakes = evaluation.gallery.worst.filter { !$0.isCorrect }
            let chosen = (mistakes.isEmpty ? evaluation.gallery.leastCertain : mistakes).prefix(Attention.imageCount)
            let wanted = chosen.flatMap { outcome -> [String] in
                let pair = [outcome.prediction[0], outcome.truth[0]]
                return (pair[0] == pair[1] ? [pair[0]] : pair).map { classes[$0] }
            }
            #expect(!wanted.isEmpty && attention.gallery?.items.map(\.title) == wanted)
        }
    }

    @Test("A number in a file name is not read as a class name")
    func truth() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["x"], count: 3, to: folder)
            try Samples.write(0, 0, to: folder.appending(path: "x/cat.1.png"))
            let classifier = try Networks.classifier(classes: ["0", "1", "cat"])
            let input = try ImageInput(paths: [folder.path])
            let truths = (0..<4).map { input.truth(at: $0, for: classifier) }
            #expect(truths.count { $0 == nil } == 3 && truths.contains("cat"))
        }
    }
}
