import Foundation
import Inference
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// The effects of a run's options, one by one.
@Suite("Options of a run") struct RunOptionsTests {
    /// Trains on the same images, once for each change, and returns the results.
    private func train(
        images: Int = 10, in folder: URL, _ changes: [(inout TrainingConfiguration) -> Void]
    ) async throws -> [TrainingResult] {
        let data = folder.appending(path: "data")
        try Samples.writeClasses(["red", "blue"], count: images, to: data)
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

    /// Sixteen images are four batches of four or two of eight. The network has no batch normalization, and dropout is
    /// off.
    @Test("Accumulated batches equal a larger batch") func accumulation() async throws {
        try await withTemporaryFolder { folder in
            func plain(_ configuration: inout TrainingConfiguration) {
                (configuration.network.dropout, configuration.optimizer.kind, configuration.optimizer.learningRate) = (
                    0, .sgd, 0.05
                )
            }
            let results = try await train(
                in: folder,
                [
                    {
                        plain(&$0)
                        ($0.data.batchSize, $0.optimizer.gradientAccumulationSteps) = (4, 2)
                    },
                    {
                        plain(&$0)
                        $0.data.batchSize = 8
                    },
                    {
                        plain(&$0)
                        $0.data.batchSize = 4
                    },
                ])
            try await expectSameWeights(results[0], results[1], within: 1e-5)
            #expect(abs(results[0].epochs[1].trainingLoss - results[1].epochs[1].trainingLoss) < 1e-5)
            #expect(results[0].epochs[1].trainingLoss != results[2].epochs[1].trainingLoss)
        }
    }

    @Test("The saved model is the EMA of the weights") func ema() async throws {
        try await withTemporaryFolder { folder in
            let results = try await train(in: folder, [{ $0.optimizer.emaDecay = 0.5 }, { _ in }])
            #expect(results[0].epochs[0].trainingLoss == results[1].epochs[0].trainingLoss)
            #expect(results[0].epochs[0].validationLoss != results[1].epochs[0].validationLoss)
            let classifier = try await ImageClassifier(contentsOf: results[0].directory.last)
            let aside = try EvaluationData(
                at: folder.appending(path: "data").path, split: .val, training: classifier.description.training)
            let evaluation = try await classifier.evaluate(aside.images, options: .init(batchSize: 4))
            #expect(
                abs(try #require(evaluation.uncalibrated).negativeLogLikelihood - results[0].epochs[1].validationLoss)
                    < 1e-5)
        }
    }

    @Test("A run without improvement stops early") func earlyStopping() async throws {
        try await withTemporaryFolder { folder in
            // At such a learning rate nothing changes: the first epoch stays the best.
            let result = try await train(
                in: folder,
                [{ ($0.optimizer.learningRate, $0.epochs, $0.patience, $0.network.dropout) = (1e-30, 9, 3, 0) }])[0]
            #expect(result.epochs.count == 4 && result.endedEarly)
            #expect(result.best.epoch == 1)
        }
    }

    @Test("The patience starts again in a phase that unfreezes more layers")
    func patienceOfPhases() async throws {
        try await withTemporaryFolder { folder in
            let weights = folder.appending(path: "run-0/best.safetensors").path
            let result = try await train(
                in: folder,
                [
                    { $0.epochs = 1 },
                    {
                        $0.network.initialWeights = .file(path: weights, isPartial: false)
                        ($0.network.strategy, $0.compute.engine) = (.gradual(headEpochs: 3), .libtorch)
                        ($0.optimizer.learningRate, $0.epochs, $0.patience, $0.network.dropout) = (1e-30, 9, 3, 0)
                    },
                ])[1]
            // Two epochs without improvement before the fourth, which unfreezes the whole network, do not count.
            #expect(result.endedEarly)
            #expect(result.epochs.count == max(result.best.epoch, 3) + 3, "the best is \(result.best.epoch)")
        }
    }

    @Test("Checkpoints are kept as configured") func checkpoints() async throws {
        try await withTemporaryFolder { folder in
            let result = try await train(
                in: folder, [{ ($0.epochs, $0.output.keepEvery, $0.output.keepLast) = (7, 2, 2) }])[0]
            let kept = try names(in: result.directory.path).filter { $0.hasPrefix("epoch-") }
            #expect(kept == ["epoch-4.safetensors", "epoch-6.safetensors"])
            let classifier = try await ImageClassifier(contentsOf: result.directory.kept(epoch: 4))
            #expect(classifier.description.metrics == result.epochs[3])
        }
    }

    @Test("Both kinds of class balancing change the run and are reported") func classBalancing() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red"], count: 12, to: data)
            try Samples.writeClasses(["blue"], count: 4, to: data, first: 1)
            for (change, words) in [
                ({ $0.data.classBalancing = .weightedLoss }, "class weights"),
                ({ $0.data.classBalancing = .weightedSampling }, "drawn with replacement"),
            ] as [((inout TrainingConfiguration) -> Void, String)] {
                var configuration = try await TrainingConfiguration.tiny(in: folder)
                change(&configuration)
                let plan = try await ImageClassifier.plan(on: data.path, configuration)
                #expect(plan.notes.contains { $0.contains(words) && $0.contains("red") }, "\(plan.notes)")
            }
        }
    }

    @Test("A plan describes the run") func planOfARun() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 3)
            configuration.network.strategy = .gradual(headEpochs: 1)
            let plan = try await ImageClassifier.plan(on: data.path, configuration)
            #expect(plan.phases.map(\.strategy) == [.frozen, .all])
            #expect(plan.phases.map(\.firstEpoch) == [1, 2] && plan.phases.map(\.lastEpoch) == [1, 3])
            #expect(abs(plan.phases[1].learningRate - plan.phases[0].learningRate / 10) < 1e-12)
            #expect(plan.trainableParameters == 1280 * 2 + 2)
            // At least weights, gradients and Adam's two moments.
            #expect(plan.memory > 4 * plan.parameters)
            #expect(
                try names(in: folder.path).filter { $0 != "data" }.allSatisfy {
                    $0.hasSuffix(".safetensors") || $0.hasSuffix(".pth")
                })
        }
    }

    @Test("The error for transforms of another size names both sizes") func transformSize() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            configuration.data.trainingTransforms = try TransformList("resize(40), randomCrop(30)")
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.plan(on: data.path, configuration)
            }
            #expect(error?.description.contains("30 x 30") == true)
        }
    }

    @Test("The learning rate finder raises the rate until the loss diverges") func rateFinder() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            let curve = try await ImageClassifier.findLearningRate(
                on: data.path, TrainingConfiguration.tiny(in: folder), steps: 60)
            #expect(curve.points.count > 20)
            #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.rate < $1.rate })
            // Hardly anything changes at the lowest learning rates.
            #expect(abs(curve.points[0].loss - log(2)) < 0.2)
            #expect(try names(in: folder.path) == ["data", "tiny.network"])
        }
    }

    @Test("TensorBoard receives metrics, images and histograms") func tensorBoard() async throws {
        try await withTemporaryFolder { folder in
            let run = try await train(
                in: folder, [{ ($0.output.writesTensorBoard, $0.output.writesHistograms) = (true, true) }])[0]
                .directory
            let file = try Data(contentsOf: URL(filePath: run.events))
            for tag in ["loss/validation", "learning_rate", "images/training", "features.0.weight"] {
                #expect(file.contains(Data(tag.utf8)), "\(tag)")
            }
            let configuration = try TrainingConfiguration.read(run.configuration).configuration
            #expect(configuration.output.writesHistograms)
        }
    }

    @Test("Dropout is set as configured, or refused") func dropout() async throws {
        try await withTemporaryFolder { folder in
            let results = try await train(in: folder, [{ $0.network.dropout = 0 }, { $0.network.dropout = 0.7 }])
            #expect(results[0].epochs[0].trainingLoss != results[1].epochs[0].trainingLoss)
            var configuration = TrainingConfiguration()
            (configuration.model, configuration.network.initialWeights, configuration.network.dropout) = (
                "resnet18", .random, 0.5
            )
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.plan(on: folder.appending(path: "data").path, configuration)
            }
            #expect(error?.description.contains("no dropout layer") == true)
        }
    }
}

/// The trained stages of each phase.
@Suite("Training phases") struct TrainingPhaseTests {
    private func phases(
        _ strategy: TrainingStrategy, images: Int = 100, isFresh: Bool = false
    ) throws -> [TrainingPhase] {
        try strategy.phases(epochs: 5, images: images, isFresh: isFresh).phases
    }

    @Test("The number of images selects the automatic strategy") func imageCount() throws {
        #expect(try phases(.auto, images: 4_999).map(\.strategy) == [.frozen])
        #expect(try phases(.auto, images: 5_000).map(\.strategy) == [.last(2)])
        #expect(try phases(.auto, images: 49_999).map(\.rateFactor) == [0.1])
        #expect(try phases(.auto, images: 50_000).map(\.strategy) == [.all])
        #expect(try phases(.auto, images: 10, isFresh: true) == [TrainingPhase(epochs: 1...5, strategy: .all)])
        let why = try TrainingStrategy.auto.phases(epochs: 5, images: 244, isFresh: false).why
        #expect(why?.contains("244 images are few") == true)
        #expect(try TrainingStrategy.frozen.phases(epochs: 5, images: 244, isFresh: false).why == nil)
    }

    @Test("The gradual strategy trains the head first") func headFirst() throws {
        let gradual = try phases(.gradual(headEpochs: 2))
        #expect(gradual.map(\.epochs) == [1...2, 3...5])
        #expect(gradual.map(\.strategy) == [.frozen, .all])
        #expect(gradual.map(\.rateFactor) == [1, 0.1])
        #expect(throws: ApusError.self) { try phases(.gradual(headEpochs: 5)) }
    }

    @Test(
        "Layers with random weights are never frozen",
        arguments: [TrainingStrategy.frozen, .last(1), .gradual(headEpochs: 1)]
    )
    func noFrozenRandomLayers(_ strategy: TrainingStrategy) {
        #expect(throws: ApusError.self) { try phases(strategy, isFresh: true) }
    }
}
