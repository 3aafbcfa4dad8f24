import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// The files of a run, and their consistency.
@TensorActor
@Suite("Training runs") struct TrainingRunTests {
    @Test("The files of a run agree") func files() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue", "green"], count: 10, to: data)
            let weights = try await Networks.backbone(in: folder)
            var configuration = TrainingConfiguration.quick(from: weights, epochs: 5)
            configuration.optimizer.schedule = .step(every: 3, factor: 0.5)
            let directory = folder.appending(path: "runs/one").path
            let events = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: directory, reportingTo: events.channel)

            #expect(
                try names(in: directory)
                    == [
                        "best.safetensors", "checkpoint-previous.safetensors", "checkpoint.safetensors", "config.json",
                        "curves.png", "inputs.json", "last.safetensors", "log.jsonl", "metrics.csv", "report.md",
                        "split.csv", "steps.csv",
                    ])
            try expectMetrics(result)
            try expectConfiguration(configuration, data: data.path, in: result.directory)
            try expectEvents(events.elements, result)
            #expect(result.epochs.map(\.epoch) == [1, 2, 3, 4, 5])
            #expect(result.epochs.map(\.learningRate) == [0.003, 0.003, 0.003, 0.0015, 0.0015])
            #expect(result.best.validationAccuracy == 1)
            #expect(result.epochs[4].trainingLoss < result.epochs[0].trainingLoss / 2)
            let report = try String(contentsOfFile: result.directory.report, encoding: .utf8)
            #expect(report.contains("blue, green, red") && report.contains("100.0 %"))

            // The models are those of their epochs: an evaluation gives the metrics that the run wrote.
            for (path, metrics) in [(result.directory.best, result.best), (result.directory.last, result.epochs[4])] {
                let classifier = try await ImageClassifier(contentsOf: path)
                #expect(classifier.description.metrics == metrics)
                #expect(classifier.classes == ["blue", "green", "red"])
                #expect(classifier.description.preprocessing == Networks.preprocessing)
                let aside = try EvaluationData(
                    at: data.path, split: .val, training: classifier.description.training)
                let evaluation = try await classifier.evaluate(aside.images, options: .init(batchSize: 4))
                #expect(evaluation.count == 6)
                #expect(evaluation.top1 == metrics.validationAccuracy)
                #expect(
                    abs(try #require(evaluation.uncalibrated).negativeLogLikelihood - metrics.validationLoss) < 1e-5)
            }
        }
    }

    @Test("The model stores whether the EXIF orientation is applied") func orientation() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            var configuration = try await TrainingConfiguration.quick(from: Networks.backbone(in: folder), epochs: 1)
            for applies in [true, false] {
                configuration.data.appliesOrientation = applies
                let result = try await ImageClassifier.train(
                    on: data.path, configuration, directory: folder.appending(path: "run-\(applies)").path)
                let classifier = try await ImageClassifier(contentsOf: result.directory.best)
                #expect(classifier.description.preprocessing.appliesOrientation == applies)
            }
        }
    }

    private func expectMetrics(_ result: TrainingResult) throws {
        let lines = try String(contentsOfFile: result.directory.metrics, encoding: .utf8).split(separator: "\n")
        #expect(
            lines.first
                == "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy")
        let rows = lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
        #expect(
            rows
                == result.epochs.map {
                    [
                        Double($0.epoch), $0.learningRate, $0.trainingLoss, $0.trainingAccuracy, $0.validationLoss,
                        $0.validationAccuracy,
                    ]
                })
        let ranked = result.epochs.sorted { left, right in
            (left.validationAccuracy, -left.validationLoss) > (right.validationAccuracy, -right.validationLoss)
        }
        #expect(result.best == ranked.first)
    }

    private func expectConfiguration(
        _ configuration: TrainingConfiguration, data: String, in directory: RunDirectory
    ) throws {
        let saved = try TrainingConfiguration.read(directory.configuration)
        #expect(saved.data == data)
        #expect(saved.configuration == configuration)
    }

    private func expectEvents(_ events: [TrainingEvent], _ result: TrainingResult) throws {
        guard case .started(let plan) = events.first else {
            Issue.record("the first event is \(String(describing: events.first))")
            return
        }
        #expect(plan.classes == ["blue", "green", "red"])
        #expect((plan.trainingImages, plan.validationImages) == (24, 6))
        #expect(plan.stepsPerEpoch == 6)
        // A head of 1,280 features for three classes.
        #expect(plan.trainableParameters == 1280 * 3 + 3)
        var ended: [EpochMetrics] = []
        var best: EpochMetrics?
        var steps: [Int] = []
        for event in events {
            switch event {
            case .step(let progress): steps.append(progress.images)
            case .epochEnded(let metrics, let isBest):
                ended.append(metrics)
                if isBest { best = metrics }
            default: break
            }
        }
        #expect(ended == result.epochs)
        #expect(best == result.best)
        #expect(steps == Array(repeating: [4, 8, 12, 16, 20, 24], count: 5).flatMap(\.self))
    }

    @Test("A second run into the same folder is refused") func sameFolder() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            let weights = try await Networks.backbone(in: folder)
            let directory = folder.appending(path: "run").path
            let configuration = TrainingConfiguration.quick(from: weights, epochs: 1)
            let first = try await ImageClassifier.train(on: data.path, configuration, directory: directory)
            let before = try FileContents(of: first.directory.best)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data.path, .quick(from: weights, epochs: 2), directory: directory)
            }
            #expect(error?.code == .runExists && error?.path == directory)
            #expect(error?.message.contains("config.json") == true)
            #expect(try FileContents(of: first.directory.best) == before)
            #expect(
                try String(contentsOfFile: first.directory.metrics, encoding: .utf8).split(separator: "\n").count == 2)

            // Any file of the run is enough.
            try FileManager.default.createDirectory(atPath: directory + "-2", withIntermediateDirectories: true)
            try Data("old".utf8).write(to: URL(filePath: directory + "-2/last.safetensors"))
            let other = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data.path, configuration, directory: directory + "-2")
            }
            #expect(other?.code == .runExists && other?.message.contains("last.safetensors") == true)
            #expect(try names(in: directory + "-2") == ["last.safetensors"])
        }
    }

    @Test("Validation folders in the data are used") func validationFolder() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 6, to: data.appending(path: "train"))
            // The colors are swapped: what training learns is wrong for val/.
            try Samples.writeClasses(["blue", "red"], count: 3, to: data.appending(path: "val"))
            let weights = try await Networks.backbone(in: folder)
            let directory = folder.appending(path: "run").path
            let result = try await ImageClassifier.train(
                on: data.path, .quick(from: weights, epochs: 4), directory: directory)
            #expect(result.epochs[3].trainingAccuracy == 1)
            #expect(result.epochs[3].validationAccuracy == 0)
            // Here every further epoch is worse: the best model is an early one, and it is kept.
            #expect(result.best.epoch < 4)
            let best = try await ImageClassifier(contentsOf: result.directory.best)
            #expect(best.description.metrics == result.best)
            #expect(try FileContents(of: result.directory.best) != FileContents(of: result.directory.last))
            let classifier = try await ImageClassifier(contentsOf: result.directory.last)
            #expect(classifier.description.training?.validationSplit == nil)
            #expect(classifier.description.training?.trainingImages == 12)
        }
    }

    @Test("The best epoch has the highest accuracy, then the lowest loss") func bestEpoch() {
        func metrics(_ accuracy: Double, _ loss: Double) -> EpochMetrics {
            EpochMetrics(
                epoch: 1, learningRate: 1, trainingLoss: 1, trainingAccuracy: 1, validationLoss: loss,
                validationAccuracy: accuracy)
        }
        #expect(metrics(0.9, 2).isBetter(than: metrics(0.8, 1)))
        #expect(!metrics(0.8, 1).isBetter(than: metrics(0.9, 2)))
        #expect(metrics(0.9, 1).isBetter(than: metrics(0.9, 2)))
        #expect(!metrics(0.9, 2).isBetter(than: metrics(0.9, 2)))
    }

    @Test("A limit bounds the number of images") func limit() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            let weights = try await Networks.backbone(in: folder)
            var configuration = TrainingConfiguration.quick(from: weights, epochs: 1)
            configuration.data.limit = 6
            let events = Collected<TrainingEvent>()
            _ = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path,
                readBy: events.reader)
            guard case .started(let plan) = events.elements.first else { return #expect(Bool(false)) }
            #expect(plan.trainingImages == 6)
        }
    }
}
