import Foundation
import Testing

@testable import Apus
@testable import Classifier

@Suite("Diagnosis rules for the learning rate") struct LearningRateRuleTests {
    @Test("A NaN or infinite loss means a learning rate that is too high", arguments: [Double.nan, .infinity])
    func nonFiniteLoss(_ loss: Double) throws {
        var run = curves([])
        run.collapse = .init(epoch: 1, step: 12, learningRate: 10, loss: loss)
        let findings = diagnose(run)
        #expect(findings.map(\.kind) == [.rateTooLarge])
        #expect(
            findings[0].sentence
                == "The learning rate of 10 is too high: the loss became \(loss) in step 12 (epoch 1)."
        )
        #expect(findings[0].advice?.contains("`optimizer.learningRate = 1`)") == true)
        // Earlier curves are of no use.
        run.epochs = epochs(training: [1, 0.9, 0.8, 0.7], validation: [1, 2, 3, 4])
        #expect(kinds(run) == [.rateTooLarge])
    }

    /// Chance level among ten classes is 2.3026.
    @Test(
        "A first epoch far above chance level means a learning rate that is too high",
        arguments: [(2.4, false), (3.4, false), (3.5, true), (40, true)]
    )
    func firstEpoch(_ loss: Double, _ isFound: Bool) {
        let run = curves(epochs(training: [loss, 1.2, 0.9, 0.89, 0.89]))
        #expect(kinds(run) == (isFound ? [.rateTooLarge] : [.allIsWell]))
    }

    @Test("A learning rate is not judged after two steps, and after few only if the loss is absurd")
    func fewSteps() {
        func found(_ losses: [Double], steps: Int) -> [Finding.Kind] {
            var run = curves(
                epochs(training: losses, accuracy: losses.map { _ in 0.5 }), classes: ["a", "b"])
            (run.startsFresh, run.optimizerStepsPerEpoch) = (true, steps)
            return kinds(run)
        }
        // The first loss is that of the initial network, the second that after one step. Chance level is 0.69.
        #expect(found([1.5, 2.9], steps: 1) == [.tooShort])
        #expect(found([1.5, 1.9], steps: 3) == [.tooShort])
        #expect(found([0.7, 1.9], steps: 3) == [.tooShort])
        #expect(found([0.7, 2.9], steps: 2) == [.tooShort])
        #expect(found([0.7, 2.9], steps: 3) == [.rateTooLarge])
        #expect(found([0.7, 0.9, 0.7, 0.9, 0.7, 0.9], steps: 3) == [.tooShort])
        // These have enough steps.
        #expect(found([1.5, 1.5], steps: 60) == [.rateTooLarge])
        #expect(found([0.7, 1.9], steps: 60) == [.rateTooLarge])
    }

    private func steps(_ losses: [Double], epoch: Int = 1) -> [StepSummary] {
        losses.enumerated().map {
            StepSummary(
                epoch: epoch, step: 10 * ($0 + 1), learningRate: 0.1, loss: $1, accuracy: 0.1, images: 640)
        }
    }

    @Test(
        "A loss that rises in the first steps means a learning rate that is too high",
        arguments: [(6.8, false), (7.0, true)]
    )
    func firstSteps(_ peak: Double, _ isFound: Bool) {
        var run = curves(epochs(training: [2.5, 1.2, 0.9, 0.89, 0.89], rate: 0.1))
        run.steps = steps([2.4, peak, 3, 1.5])
        #expect(kinds(run) == (isFound ? [.rateTooLarge] : [.allIsWell]))
        #expect(
            !isFound
                || diagnose(run)[0].sentence.hasSuffix(
                    "in the first steps the loss rises from 2.4 to 7, above chance level (2.3).")
        )
        // A network that starts with such a loss has not diverged.
        run.steps = steps([peak, 3, 1.5])
        #expect(kinds(run) == [.allIsWell])
        run.steps = steps([2.4, 2.2]) + steps([peak, 1], epoch: 2)
        #expect(kinds(run) == [.allIsWell])
    }

    @Test("A jump of the training loss is found") func jump() {
        func run(_ leap: Double) -> [Finding] {
            diagnose(curves(epochs(training: [1.2, 0.6, 0.5, leap, 0.5, 0.49, 0.49])))
        }
        #expect(run(1.01).first?.kind == .rateTooLarge)
        #expect(run(1.01).first?.since == 4)
        #expect(run(0.99).first?.kind != .rateTooLarge)
    }

    @Test("Jumps of a loss near zero are ignored") func smallLosses() {
        let losses = [0.5, 0.1, 0.02, 0.01, 0.03, 0.01, 0.04, 0.01]
        #expect(kinds(curves(epochs(training: losses))) == [.allIsWell])
    }

    @Test("Several rises of the training loss mean a learning rate that is too high") func rises() {
        func found(_ training: [Double]) -> Bool { kinds(curves(epochs(training: training))).contains(.rateTooLarge) }
        #expect(found([1.5, 1.2, 1.4, 1.1, 1.3]))
        #expect(!found([1.5, 1.2, 1.4, 1.1, 1.0]))
        // By less than a tenth.
        #expect(!found([1.5, 1.2, 1.3, 1.1, 1.2]))
        // Two rises in a long run.
        #expect(!found([1.5, 1.2, 1.4, 1.1, 1.0, 1.15, 1.0, 0.9, 0.8, 0.7]))
    }

    /// A loss that falls linearly by this percentage per epoch.
    private func crawl(_ percent: Double, count: Int = 6, from: Double = 2.3) -> [EpochMetrics] {
        let end = from * pow(1 - percent / 100, Double(count - 1))
        return epochs(
            training: (0..<count).map { from + (end - from) * Double($0) / Double(count - 1) },
            accuracy: [Double](repeating: 0.15, count: count), rate: 1e-5)
    }

    @Test(
        "A loss that falls slowly means a learning rate that is too low",
        arguments: [(0.1, true), (1.9, true), (2.1, false), (20, false)]
    )
    func slowProgress(_ percent: Double, _ isFound: Bool) {
        #expect(kinds(curves(crawl(percent))).contains(.rateTooSmall) == isFound)
    }

    @Test("The sentence on slow progress gives the losses") func slowProgressSentence() throws {
        let finding = try #require(diagnose(curves(crawl(1))).first)
        #expect(
            finding.sentence
                == "The learning rate of 1e-05 is too low: the training loss falls steadily but slowly, from 2.3 to 2.19 in 6 "
                + "epochs.")
        #expect(
            finding.advice
                == "a learning rate that is 3 to 10 times higher (`optimizer.learningRate = 0.0001`), or more")
        #expect(kinds(curves(crawl(1))) == [.rateTooSmall])
    }

    /// Dropout makes the training loss fluctuate; the validation loss shows the decrease.
    @Test("Slow progress is found in spite of dropout") func slowProgressWithDropout() throws {
        let training = [2.3032, 2.3037, 2.3041, 2.3035, 2.3037, 2.3031]
        let validation = (0..<6).map { 2.3034 - 1e-6 * Double($0) }
        let finding = try #require(
            diagnose(curves(epochs(training: training, validation: validation, accuracy: training.map { _ in 0.1 })))
                .first)
        #expect(finding.kind == .rateTooSmall)
        #expect(finding.sentence.contains("from 2.3034 to 2.303395 in 6 epochs"))
        // One of the losses falls well.
        let good = curves(epochs(training: crawl(1).map(\.trainingLoss), validation: crawl(5).map(\.trainingLoss)))
        #expect(!kinds(good).contains(.rateTooSmall))
    }

    @Test("The end of a good run is not slow progress") func goodRunEnds() {
        #expect(kinds(curves(crawl(1, from: 1.16))).contains(.rateTooSmall) == false)
        #expect(kinds(curves(crawl(1, from: 1.25))).contains(.rateTooSmall))
    }

    @Test("A learning rate that the schedule lowered is not called too low")
    func loweredRates() {
        func run(_ last: Double) -> [Finding.Kind] {
            kinds(
                curves(
                    crawl(1).map {
                        EpochMetrics(
                            epoch: $0.epoch, learningRate: $0.epoch < 6 ? 1e-3 : last, trainingLoss: $0.trainingLoss,
                            trainingAccuracy: 0.15, validationLoss: $0.validationLoss, validationAccuracy: 0.15)
                    }))
        }
        #expect(run(6e-4).contains(.rateTooSmall))
        #expect(!run(4e-4).contains(.rateTooSmall))
    }

    @Test("A plateau is not slow progress") func plateaus() {
        func found(_ losses: [Double]) -> Bool {
            kinds(curves(epochs(training: losses, accuracy: losses.map { _ in 0.2 }))).contains(.rateTooSmall)
        }
        // The loss falls less and less.
        #expect(!found([2.30, 2.24, 2.20, 2.18, 2.17, 2.165]))
        // The loss fluctuates.
        #expect(!found([2.30, 2.31, 2.27, 2.28, 2.24, 2.20]))
        #expect(found([2.30, 2.28, 2.26, 2.265, 2.24, 2.22]))
        #expect(!found([2.30, 2.28]))
    }
}
