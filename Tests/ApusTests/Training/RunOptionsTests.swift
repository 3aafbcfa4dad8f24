import Foundation
import Inference
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// What a run's options do, each alone.
@Suite struct RunOptionsTests {
    /// Runs trainings on the same pictures, each with its change, and gives their results.
    private func train(
        pictures: Int = 10, in folder: URL, _ changes: [(inout TrainingConfiguration) -> Void]
    ) async throws -> [TrainingResult] {
        let data = folder.appending(path: "data")
        try Samples.writeClasses(["red", "blue"], count: pictures, to: data)
        var results: [TrainingResult] = []
        for (number, change) in changes.enumerated() {
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 2)
            change(&configuration)
            results.append(
                try await ImageClassifier.train(
                    on: data.path, configuration, directory: folder.appending(path: "run-\(number)").path))
        }
        return results
    }

    @TensorActor
    private func expectSameWeights(_ one: TrainingResult, _ two: TrainingResult, within tolerance: Double) throws {
        let other = try Networks.tensors(two.directory.last)
        for (name, tensor) in try Networks.tensors(one.directory.last) {
            try expectClose(tensor, #require(other[name]), within: tolerance, name)
        }
    }

    /// Sixteen pictures are four batches of four or two of eight; the network has no batch normalisation, and dropout is
    /// off.
    @Test func accumulatedBatchesAreALargerOne() async throws {
        try await withTemporaryFolder { folder in
            func plain(_ configuration: inout TrainingConfiguration) {
                (configuration.dropout, configuration.optimizer, configuration.learningRate) = (0, .sgd, 0.05)
            }
            let results = try await train(
                in: folder,
                [
                    {
                        plain(&$0)
                        ($0.batchSize, $0.accumulation) = (4, 2)
                    },
                    {
                        plain(&$0)
                        $0.batchSize = 8
                    },
                    {
                        plain(&$0)
                        $0.batchSize = 4
                    },
                ])
            try await expectSameWeights(results[0], results[1], within: 1e-5)
            #expect(abs(results[0].epochs[1].trainingLoss - results[1].epochs[1].trainingLoss) < 1e-5)
            #expect(results[0].epochs[1].trainingLoss != results[2].epochs[1].trainingLoss)
        }
    }

    @Test func theSavedModelIsTheRunningMean() async throws {
        try await withTemporaryFolder { folder in
            let results = try await train(in: folder, [{ $0.averageDecay = 0.5 }, { _ in }])
            #expect(results[0].epochs[0].trainingLoss == results[1].epochs[0].trainingLoss)
            #expect(results[0].epochs[0].validationLoss != results[1].epochs[0].validationLoss)
            let classifier = try await ImageClassifier(contentsOf: results[0].directory.last)
            let aside = try EvaluationData(
                at: folder.appending(path: "data").path, split: .val, training: classifier.description.training)
            let evaluation = try await classifier.evaluate(aside.pictures, options: .init(batchSize: 4))
            #expect(
                abs(try #require(evaluation.uncalibrated).negativeLogLikelihood - results[0].epochs[1].validationLoss)
                    < 1e-5)
        }
    }

    @Test func aRunWithoutGainEndsEarly() async throws {
        try await withTemporaryFolder { folder in
            // At such a rate nothing changes: the first epoch stays the best.
            let result = try await train(
                in: folder, [{ ($0.learningRate, $0.epochs, $0.patience, $0.dropout) = (1e-30, 9, 3, 0) }])[0]
            #expect(result.epochs.count == 4 && result.endedEarly)
            #expect(result.best.epoch == 1)
        }
    }

    @Test("A phase that unfreezes more has its own time to bring a gain")
    func patienceOfPhases() async throws {
        try await withTemporaryFolder { folder in
            let weights = folder.appending(path: "run-0/best.safetensors").path
            let result = try await train(
                in: folder,
                [
                    { $0.epochs = 1 },
                    {
                        $0.start = .file(path: weights, isPartial: false)
                        ($0.strategy, $0.engine) = (.gradual(headEpochs: 3), .libtorch)
                        ($0.learningRate, $0.epochs, $0.patience, $0.dropout) = (1e-30, 9, 3, 0)
                    },
                ])[1]
            // Two epochs without a gain before the fourth, in which the whole network begins to learn, do not count.
            #expect(result.endedEarly)
            #expect(result.epochs.count == max(result.best.epoch, 3) + 3, "the best is \(result.best.epoch)")
        }
    }

    @Test func modelsAreKeptAsAskedFor() async throws {
        try await withTemporaryFolder { folder in
            let result = try await train(in: folder, [{ ($0.epochs, $0.keepEvery, $0.keepLast) = (7, 2, 2) }])[0]
            let kept = try names(in: result.directory.path).filter { $0.hasPrefix("epoch-") }
            #expect(kept == ["epoch-4.safetensors", "epoch-6.safetensors"])
            let classifier = try await ImageClassifier(contentsOf: result.directory.kept(epoch: 4))
            #expect(classifier.description.metrics == result.epochs[3])
        }
    }

    @Test func bothWaysOfBalancingChangeTheRunAndAreTold() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red"], count: 12, to: data)
            try Samples.writeClasses(["blue"], count: 4, to: data, first: 1)
            for (change, words) in [
                ({ $0.balancesLoss = true }, "class weights"),
                ({ $0.balancesSampling = true }, "drawn with replacement"),
            ] as [((inout TrainingConfiguration) -> Void, String)] {
                var configuration = try await TrainingConfiguration.tiny(in: folder)
                change(&configuration)
                let plan = try await ImageClassifier.plan(on: data.path, configuration)
                #expect(plan.notes.contains { $0.contains(words) && $0.contains("red") }, "\(plan.notes)")
            }
        }
    }

    @Test func aPlanTellsWhatARunWouldDo() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 3)
            configuration.strategy = .gradual(headEpochs: 1)
            let plan = try await ImageClassifier.plan(on: data.path, configuration)
            #expect(plan.phases.map(\.strategy) == [.frozen, .all])
            #expect(plan.phases.map(\.firstEpoch) == [1, 2] && plan.phases.map(\.lastEpoch) == [1, 3])
            #expect(abs(plan.phases[1].learningRate - plan.phases[0].learningRate / 10) < 1e-12)
            #expect(plan.trainableParameters == 1280 * 2 + 2)
            // Weights, gradients and Adam's two moments at least.
            #expect(plan.memory > 4 * plan.parameters)
            #expect(
                try names(in: folder.path).filter { $0 != "data" }.allSatisfy {
                    $0.hasSuffix(".safetensors") || $0.hasSuffix(".pth")
                })
        }
    }

    @Test func transformsOfAnotherSizeAreRefusedWithBoth() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            configuration.trainingTransforms = try TransformList("resize(40), randomCrop(30)")
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.plan(on: data.path, configuration)
            }
            #expect(error?.description.contains("30 x 30") == true)
        }
    }

    @Test func risingRatesAreTriedUntilTheLossComesApart() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            let curve = try await ImageClassifier.findLearningRate(
                on: data.path, TrainingConfiguration.tiny(in: folder), steps: 60)
            #expect(curve.points.count > 20)
            #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.rate < $1.rate })
            // Hardly anything changes at the first rates.
            #expect(abs(curve.points[0].loss - log(2)) < 0.2)
            #expect(try names(in: folder.path) == ["data", "tiny.network"])
        }
    }

    @Test func tensorBoardGetsFiguresPicturesAndHistograms() async throws {
        try await withTemporaryFolder { folder in
            let run = try await train(in: folder, [{ ($0.writesEvents, $0.writesHistograms) = (true, true) }])[0]
                .directory
            let file = try Data(contentsOf: URL(filePath: run.events))
            for tag in ["loss/validation", "learning_rate", "pictures/training", "features.0.weight"] {
                #expect(file.contains(Data(tag.utf8)), "\(tag)")
            }
            let configuration = try TrainingConfiguration.read(run.configuration).configuration
            #expect(configuration.writesHistograms)
        }
    }

    @Test func dropoutIsWhatIsAskedForOrRefused() async throws {
        try await withTemporaryFolder { folder in
            let results = try await train(in: folder, [{ $0.dropout = 0 }, { $0.dropout = 0.7 }])
            #expect(results[0].epochs[0].trainingLoss != results[1].epochs[0].trainingLoss)
            var configuration = TrainingConfiguration()
            (configuration.model, configuration.start, configuration.dropout) = ("resnet18", .fresh, 0.5)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.plan(on: folder.appending(path: "data").path, configuration)
            }
            #expect(error?.description.contains("no dropout layer") == true)
        }
    }
}

/// Which parts of a network a run trains when.
@Suite struct TrainingPhaseTests {
    private func phases(
        _ strategy: TrainingStrategy, pictures: Int = 100, isFresh: Bool = false
    ) throws -> [TrainingPhase] {
        try strategy.phases(epochs: 5, pictures: pictures, isFresh: isFresh).phases
    }

    @Test func theNumberOfPicturesDecides() throws {
        #expect(try phases(.auto, pictures: 4_999).map(\.strategy) == [.frozen])
        #expect(try phases(.auto, pictures: 5_000).map(\.strategy) == [.last(2)])
        #expect(try phases(.auto, pictures: 49_999).map(\.rateFactor) == [0.1])
        #expect(try phases(.auto, pictures: 50_000).map(\.strategy) == [.all])
        #expect(try phases(.auto, pictures: 10, isFresh: true) == [TrainingPhase(epochs: 1...5, strategy: .all)])
        let why = try TrainingStrategy.auto.phases(epochs: 5, pictures: 244, isFresh: false).why
        #expect(why?.contains("244 pictures are few") == true)
        #expect(try TrainingStrategy.frozen.phases(epochs: 5, pictures: 244, isFresh: false).why == nil)
    }

    @Test func theHeadIsTrainedFirst() throws {
        let gradual = try phases(.gradual(headEpochs: 2))
        #expect(gradual.map(\.epochs) == [1...2, 3...5])
        #expect(gradual.map(\.strategy) == [.frozen, .all])
        #expect(gradual.map(\.rateFactor) == [1, 0.1])
        #expect(throws: ApusError.self) { try phases(.gradual(headEpochs: 5)) }
    }

    @Test(arguments: [TrainingStrategy.frozen, .last(1), .gradual(headEpochs: 1)])
    func noRandomPartIsFrozen(_ strategy: TrainingStrategy) {
        #expect(throws: ApusError.self) { try phases(strategy, isFresh: true) }
    }
}
