import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// One rule makes probabilities, and all that tells them asks it.
@TensorActor
@Suite("Probabilities") struct ProbabilitiesTests {
    @Test("The softmax of the logits by the temperature, or the sigmoid of each")
    func rule() throws {
        let logits = try Logits([1, 2, 4], images: 1, classes: 3)
        var description = ModelDescription(
            architecture: "small_cnn", classes: ["a", "b", "c"], preprocessing: .imageNet,
            calibration: try ModelCalibration(temperature: 2.5, pictures: 10))
        let exponents = [1.0, 2, 4].map { exp($0 / 2.5) }
        let one = exponents.map { Float($0 / exponents.reduce(0, +)) }
        #expect(Probabilities(of: description)(logits[0], of: [0, 1, 2]) == one)
        #expect(Probabilities(of: description)(logits[0], of: [2, 0]) == [one[2], one[0]])
        description.isMultiLabel = true
        let several = [1.0, 2, 4].map { Float(1 / (1 + exp(-$0))) }
        #expect(Probabilities(of: description)(logits[0], of: [0, 1, 2]) == several)
    }

    @Test("Prediction, explanation, evaluation and their report tell the same probability, with the temperature")
    func everywhere() async throws {
        try await withTemporaryFolder { folder in
            // Names that are numbers, and none at its own place.
            let classes = ["2", "0", "1"]
            try Samples.writeClasses(classes, count: 3, to: folder)
            let plain = try Networks.classifier(classes: classes)
            let classifier = plain.with(try ModelCalibration(temperature: 3, pictures: 40))
            let pictures = try EvaluationData(at: folder.path).pictures
            let outcomes = Collected<PictureOutcome>()
            let evaluation = try await classifier.evaluate(pictures) { events in
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
            // The report explains the classes that its pictures were taken for, and are of.
            let attention = await classifier.attention(in: evaluation, on: pictures)
            #expect(attention.trouble == nil)
            let mistakes = evaluation.gallery.worst.filter { !$0.isCorrect }
            let chosen = (mistakes.isEmpty ? evaluation.gallery.leastCertain : mistakes).prefix(Attention.pictureCount)
            let wanted = chosen.flatMap { outcome -> [String] in
                let told = [outcome.prediction[0], outcome.truth[0]]
                return (told[0] == told[1] ? [told[0]] : told).map { classes[$0] }
            }
            #expect(!wanted.isEmpty && attention.gallery?.items.map(\.title) == wanted)
        }
    }

    @Test("A number in a file's name is not taken for the name of a class")
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
