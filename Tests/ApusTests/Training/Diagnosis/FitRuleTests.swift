import Foundation
import Testing

@testable import Apus
@testable import Classifier

@Suite("Diagnosis rules for overfitting and underfitting") struct FitRuleTests {
    /// A loss that falls to 0.5 in epoch 6, then rises to 0.5 times the factor in epoch 12.
    private func valley(rise: Double, training: [Double]? = nil) -> TrainingCurves {
        let falling = [1.5, 1.1, 0.8, 0.65, 0.55, 0.5]
        let rising = (1...6).map { 0.5 * (1 + (rise - 1) * Double($0) / 6) }
        return curves(
            epochs(training: training ?? (0..<12).map { 1.5 * pow(0.8, Double($0)) }, validation: falling + rising))
    }

    @Test("Overfitting names the epoch where it starts") func overfitting() throws {
        let finding = try #require(diagnose(valley(rise: 1.6)).first)
        #expect(finding.kind == .overfitting)
        #expect(finding.since == 7)
        #expect(finding.sentence.hasPrefix("Overfitting since epoch 7: the validation loss rises (0.5"))
        #expect(finding.advice?.contains("or fewer epochs (`epochs = 6`)") == true)
        #expect(finding.description.contains(" Try more images"))
    }

    /// The smoothed curve ends half an epoch before the last, and its minimum is slightly above 0.5.
    @Test(
        "A small rise of the validation loss is not overfitting",
        arguments: [(1.0, false), (1.05, false), (1.12, true), (1.3, true)]
    )
    func smallRises(_ rise: Double, _ isFound: Bool) {
        #expect(kinds(valley(rise: rise)).contains(.overfitting) == isFound)
    }

    @Test("Two rising losses are not overfitting") func bothLossesRise() {
        let training = [1.5, 1.1, 0.8, 0.65, 0.55, 0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]
        #expect(!kinds(valley(rise: 1.6, training: training)).contains(.overfitting))
    }

    @Test("Overfitting needs three epochs of rising loss") func lateRise() {
        let losses = [1.5, 1.1, 0.8, 0.65, 0.55, 0.5]
        let training = (0..<9).map { 1.5 * pow(0.8, Double($0)) }
        func run(_ late: [Double]) -> [Finding.Kind] {
            let validation = losses + late
            return kinds(curves(epochs(training: Array(training.prefix(validation.count)), validation: validation)))
        }
        #expect(!run([0.8, 0.9]).contains(.overfitting))
        #expect(run([0.6, 0.8, 0.9]).contains(.overfitting))
    }

    @Test("Noise is not a rise", arguments: 1...40) func noiseWithoutRise(_ seed: UInt64) {
        let jitter = noise(20, 0.15, seed: seed)
        let run = curves(
            epochs(training: (0..<20).map { 0.9 * pow(0.9, Double($0)) }, validation: jitter.map { 0.8 + $0 }))
        #expect(!kinds(run).contains(.overfitting))
    }

    @Test("A rise is found in noise", arguments: 1...20) func riseInNoise(_ seed: UInt64) {
        let jitter = noise(20, 0.05, seed: seed)
        let rise = (0..<20).map { 0.8 + abs(Double($0) - 6) * 0.06 }
        let run = curves(
            epochs(
                training: (0..<20).map { 1.2 * pow(0.85, Double($0)) }, validation: zip(rise, jitter).map { $0 + $1 }))
        let finding = diagnose(run).first { $0.kind == .overfitting }
        #expect((5...10).contains(finding?.since ?? 0))
    }

    @Test("The sentence states if the accuracy has not suffered") func steadyAccuracy() {
        var run = valley(rise: 1.6)
        #expect(diagnose(run)[0].sentence.hasSuffix("The accuracy is not affected so far."))
        run.epochs[11] = epochs(training: [0.1], validation: [0.8], accuracy: [0.7])[0]
        #expect(!diagnose(run)[0].sentence.contains("affected"))
    }

    @Test(
        "A gap between the accuracies is significant only with enough images",
        arguments: [
            (0.95, 0.81, 10_000, false), (0.95, 0.79, 10_000, true), (0.95, 0.79, 40, false), (1.0, 0.5, 40, true),
        ])
    func gaps(_ training: Double, _ validation: Double, _ images: Int, _ isFound: Bool) {
        let run = curves(
            epochs(
                training: [0.5, 0.3, 0.2, 0.15, 0.1], validation: [0.8, 0.7, 0.69, 0.69, 0.69],
                accuracy: [Double](repeating: validation, count: 5),
                trainingAccuracy: [0.6, 0.7, 0.8, 0.9, training]), validationImages: images)
        #expect(kinds(run).contains(.gap) == isFound)
    }

    @Test("Overfitting includes the gap") func overfittingAndGap() {
        var run = valley(rise: 1.6)
        run.epochs = epochs(
            training: run.trainingLosses, validation: run.validationLosses,
            accuracy: [Double](repeating: 0.5, count: 12), trainingAccuracy: [Double](repeating: 0.99, count: 12))
        #expect(kinds(run) == [.overfitting])
    }

    private let settled = [2.1, 1.8, 1.75, 1.74, 1.74, 1.74]

    /// Chance level among ten classes is 0.1, so halfway to perfect is 0.55.
    @Test("A low accuracy is underfitting", arguments: [(0.3, true), (0.54, true), (0.56, false)])
    func underfitting(_ accuracy: Double, _ isFound: Bool) {
        let run = curves(epochs(training: settled, accuracy: [Double](repeating: accuracy, count: 6)))
        #expect(kinds(run) == (isFound ? [.underfitting] : [.allIsWell]))
    }

    @Test("The advice fits the strategy") func strategyAdvice() {
        var run = curves(epochs(training: settled, accuracy: [Double](repeating: 0.3, count: 6)))
        #expect(diagnose(run)[0].advice?.hasPrefix("a larger network") == true)
        run.trainsEverything = false
        let layers = "more trained layers (`network.strategy = .last(2)` or `network.strategy = .all`)"
        #expect(diagnose(run)[0].advice?.hasPrefix(layers) == true)
    }

    @Test("Chance level and the prior baseline are reported") func chanceLevel() {
        var run = curves(
            epochs(training: [2.31, 2.30, 2.31, 2.30], accuracy: [0.098, 0.101, 0.1, 0.102]), validationImages: 1000)
        #expect(diagnose(run)[0].sentence.contains("the most frequent class: its accuracy is 10 %,"))
        // Always predicting a class of nine tenths is no skill either.
        run.classes = ["a", "b"]
        run.trainingCounts = [900, 100]
        run.epochs = epochs(training: [0.4, 0.34, 0.33, 0.33], accuracy: [0.9, 0.9, 0.9, 0.9])
        #expect(kinds(run) == [.underfitting, .unbalancedClasses])
        #expect(diagnose(run)[0].sentence.contains("the prior baseline is 90 %"))
    }

    @Test("A fresh network gets no advice to freeze layers")
    func freshNetwork() {
        var run = valley(rise: 1.6)
        #expect(diagnose(run)[0].advice?.contains("`network.strategy = .last(1)`") == true)
        run.startsFresh = true
        #expect(diagnose(run)[0].advice?.contains("`strategy") == false)
        #expect(diagnose(run)[0].advice?.contains("pretrained") == false)
        run.hasPretrainedWeights = true
        #expect(
            diagnose(run)[0].advice?.contains("pretrained weights (`network.initialWeights = .pretrained`)") == true)
    }

    /// Twenty labels, one per image: predicting none is correct for 95 % of all labels.
    private func labels(_ accuracy: Double, precision: Double, training: Double? = nil) -> TrainingCurves {
        var run = curves(
            epochs(
                training: [0.3, 0.22, 0.2, 0.2, 0.2], accuracy: [Double](repeating: accuracy, count: 5),
                trainingAccuracy: [Double](repeating: training ?? accuracy, count: 5)),
            classes: (0..<20).map { "label\($0)" })
        for place in run.epochs.indices { run.epochs[place].validationMeanAveragePrecision = precision }
        (run.isMultiLabel, run.trainingCounts, run.trainingImages) = (true, [Int](repeating: 50, count: 20), 1000)
        return run
    }

    @Test("Training label accuracy is not compared with validation mean average precision")
    func meanAveragePrecision() {
        #expect(kinds(labels(0.93, precision: 0.21, training: 0.927)) == [.underfitting])
        #expect(kinds(labels(0.97, precision: 0.6, training: 0.98)) == [.allIsWell])
        #expect(kinds(labels(0.75, precision: 0.6, training: 0.98)) == [.gap])
        #expect(
            diagnose(labels(0.75, precision: 0.6, training: 0.98))[0].sentence.contains(
                "label accuracy is 98.0 % in training"))
    }

    @Test("Weights of rare labels raise the chance level of the loss, which is not a high learning rate")
    func labelWeights() {
        var run = labels(0.97, precision: 0.6)
        run.epochs = run.epochs.map {
            var epoch = EpochMetrics(
                epoch: $0.epoch, learningRate: 0.001, trainingLoss: 1.25 / Double($0.epoch), trainingAccuracy: 0.97,
                validationLoss: 0.6 / Double($0.epoch), validationAccuracy: 0.97)
            epoch.validationMeanAveragePrecision = 0.6
            return epoch
        }
        #expect(kinds(run).first == .rateTooLarge)
        run.classWeights = [Double](repeating: 19, count: 20)
        #expect(!kinds(run).contains(.rateTooLarge))
    }

    @Test("Two epochs are too short for underfitting") func twoEpochs() {
        #expect(kinds(curves(epochs(training: [2.3, 2.3], accuracy: [0.1, 0.1]))) == [.tooShort])
    }

    /// The validation loss falls by this percentage three times.
    @Test(
        "A loss that still falls is still improving",
        arguments: [(0.5, false), (0.9, false), (1.1, true), (10, true)]
    )
    func improvement(_ percent: Double, _ isFound: Bool) {
        let losses = [0.9, 0.5] + (0..<4).map { 0.4 * pow(1 - percent / 100, Double($0)) }
        #expect(kinds(curves(epochs(training: losses))) == (isFound ? [.stillImproving] : [.allIsWell]))
    }

    @Test("A run is still improving only if its last validation loss is the lowest") func lowestLossLast() {
        let training = [0.9, 0.7, 0.6, 0.5, 0.45]
        #expect(
            !kinds(curves(epochs(training: training, validation: [0.8, 0.6, 0.5, 0.42, 0.43]))).contains(
                .stillImproving))
        #expect(
            kinds(curves(epochs(training: training, validation: [0.8, 0.6, 0.5, 0.42, 0.40]))) == [.stillImproving])
        // A validation loss that falls without the training loss is noise.
        #expect(
            !kinds(curves(epochs(training: [0.5, 0.5, 0.5, 0.5, 0.51], validation: [0.8, 0.6, 0.5, 0.42, 0.40])))
                .contains(.stillImproving))
    }

    @Test("A run that is still improving gets the advice to train longer") func moreEpochs() {
        let run = curves(epochs(training: [0.9, 0.7, 0.5]))
        #expect(diagnose(run)[0].advice == "a longer run (`epochs = 6`)")
    }
}
