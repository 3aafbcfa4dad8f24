import Foundation
import TestSupport
import Testing

@testable import Apus
@testable import Classifier

/// Curves of real runs, `metrics.csv` as `apus train` wrote it with `--batch-size 20` or, for small_cnn, 10:
///
/// - `good`: SqueezeNet 1.1, frozen, on 100 ants and bees, `--lr 0.0005`
/// - `by-heart`: ResNet-18, frozen, with `--head 1024,relu`, on 60 photos of ten classes, `--lr 0.003`
/// - `short`, `small-rate-frozen`, `large-rate-frozen`: the same network with its standard head, with `--lr 0.0003`,
///   0.000003 and 0.5
/// - `small-rate`, `large-rate`: small_cnn, fresh, on 100 photos of ten classes, `--lr 0.000002` and 1
@Suite("Diagnosis of real runs") struct RealCurvesTests {
    private func run(_ name: String) throws -> TrainingCurves {
        let text = try String(contentsOf: Goldens.url("training/curves/\(name).csv"), encoding: .utf8)
        let epochs = try text.split(separator: "\n").dropFirst().map { line in
            let cells = try line.split(separator: ",").map { try #require(Double($0)) }
            return EpochMetrics(
                epoch: Int(cells[0]), learningRate: cells[1], trainingLoss: cells[2], trainingAccuracy: cells[3],
                validationLoss: cells[4], validationAccuracy: cells[5])
        }
        let classes = name == "good" ? ["ants", "bees"] : (0..<10).map { "class\($0)" }
        return TrainingCurves(
            epochs: epochs, classes: classes, validationImages: name == "good" ? 153 : 200,
            trainsEverything: !name.hasSuffix("rate"))
    }

    static let runs: [(String, [Finding.Kind], String)] = [
        (
            "good", [.noisyValidation],
            "There are only 153 validation images, so an accuracy of 92.2 % has an uncertainty of ± 4.5 points."
        ),
        (
            "by-heart", [.overfitting, .noisyValidation],
            "Overfitting since epoch 15: the validation loss rises (0.169 to 0.233) while the training loss falls"
        ),
        ("short", [.stillImproving], "The validation loss still falls at the end, by 3.8 % per epoch, to 2.06."),
        (
            "small-rate-frozen", [.rateTooSmall],
            "The learning rate of 3e-06 is too low: the training loss falls steadily but slowly, from 2.59 to 2.58 in 8"
        ),
        (
            "small-rate", [.rateTooSmall],
            "The learning rate of 2e-06 is too low: the validation loss falls steadily but slowly, from 2.30334 to 2.30333"
        ),
        (
            "large-rate-frozen", [.rateTooLarge, .gap],
            "The learning rate of 0.5 is too high: the training loss in epoch 1 (130) is above chance level (2.3)."
        ),
        (
            "large-rate", [.rateTooLarge],
            "The learning rate of 1 is too high: the training loss in epoch 1 (2.09e+23) is above chance level (2.3)."
        ),
    ]

    @Test("The issues fit the curves of real runs", arguments: runs)
    func issues(_ name: String, _ kinds: [Finding.Kind], _ beginning: String) throws {
        let findings = try diagnose(run(name))
        #expect(findings.map(\.kind) == kinds)
        #expect(findings.first?.sentence.hasPrefix(beginning) == true, "\(findings)")
    }
}
