import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Losses and metrics that a program passes to a training.
@Suite("Custom losses and metrics") struct CustomPartsTests {
    /// T.-Y. Lin et al.: Focal Loss for Dense Object Detection, 2017, arXiv:1708.02002. Without gamma it is the cross
    /// entropy.
    private static func focal(_ gamma: Double) -> TrainingLoss {
        TrainingLoss("focal, gamma \(gamma)") { logits, targets in
            let logProbabilities = try logits.logSoftmax(dim: 1)
            let weights = try (1 - logProbabilities.exp()).pow(gamma)
            return try -(targets * weights * logProbabilities).sum(dim: 1).mean()
        }
    }

    /// The mean cross entropy, which is also the built-in validation loss.
    private struct MeanLoss: TrainingMetric {
        var name = "mean loss"
        private var (sum, count) = (0.0, 0)

        init(name: String = "mean loss") { self.name = name }

        mutating func update(_ image: ImageOutcome, probabilities: [Float]) {
            (sum, count) = (sum + image.loss, count + 1)
        }

        func compute() -> Double { sum / Double(count) }
    }

    /// How far the probabilities are from what else is known of an image.
    private struct Disagreement: TrainingMetric {
        let name = "disagreement"
        private var largest = 0.0

        mutating func update(_ image: ImageOutcome, probabilities: [Float]) {
            let sum = probabilities.reduce(0) { $0 + Double($1) }
            let difference = abs(Double(probabilities[image.truth[0]]) - exp(-image.loss))
            largest = max(largest, abs(sum - 1), difference)
        }

        func compute() -> Double { largest }
    }

    /// Returns a constant, or throws.
    private struct Constant: TrainingMetric {
        struct Failure: Error {}

        var name = "constant"
        var value: Double?

        func update(_ image: ImageOutcome, probabilities: [Float]) throws { if value == nil { throw Failure() } }

        func compute() -> Double { value ?? 0 }
    }

    /// Two classes of 9 images, and the quickest run; SGD does not enlarge differences of rounding.
    private func prepare(in folder: URL) async throws -> (data: String, configuration: TrainingConfiguration) {
        let data = folder.appending(path: "data").path
        try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
        var configuration = try await TrainingConfiguration.tiny(in: folder)
        (configuration.optimizer.kind, configuration.optimizer.learningRate) = (.sgd, 0.05)
        return (data, configuration)
    }

    @TensorActor
    private func difference(_ one: TrainingResult, _ two: TrainingResult) throws -> Double {
        let other = try Networks.tensors(two.directory.last)
        return try Networks.tensors(one.directory.last).map { name, tensor in
            try maximumDifference(tensor, #require(other[name]))
        }.max() ?? .infinity
    }

    static let settings: [(name: String, change: @Sendable (inout TrainingConfiguration) -> Void)] = [
        ("plain", { _ in }),
        ("label smoothing", { $0.loss.labelSmoothing = 0.2 }),
        (
            "mixed images",
            { $0.data.trainingTransforms = try? TransformList("randomResizedCrop(24), flip(0.5), mixup(0.4)") }
        ),
        ("an average of the weights", { $0.optimizer.emaDecay = 0.5 }),
        ("accumulated gradients", { $0.optimizer.gradientAccumulationSteps = 2 }),
    ]

    @Test(
        "A focal loss with gamma 0 trains as cross-entropy does, and with another gamma it does not",
        arguments: settings.indices)
    func focalLoss(_ place: Int) async throws {
        try await withTemporaryFolder { folder in
            var (data, configuration) = try await prepare(in: folder)
            Self.settings[place].change(&configuration)
            var runs: [TrainingResult] = []
            for (number, loss) in [nil, Self.focal(0), Self.focal(2)].enumerated() {
                let directory = folder.appending(path: "run-\(number)").path
                runs.append(
                    try await ImageClassifier.train(on: data, configuration, loss: loss, directory: directory))
            }
            #expect(try await difference(runs[0], runs[1]) < 1e-5)
            #expect(try await difference(runs[0], runs[2]) > 1e-3)
            for (one, two) in zip(runs[0].epochs, runs[1].epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-5)
                #expect(abs(one.validationLoss - two.validationLoss) < 1e-5)
                #expect(one.validationAccuracy == two.validationAccuracy)
            }
            // Its losses are those of the focal loss, in training and in validation.
            let (entropy, focal) = (runs[0].epochs[0], runs[2].epochs[0])
            #expect(focal.trainingLoss < entropy.trainingLoss / 2)
            #expect(focal.validationLoss < entropy.validationLoss / 2)
        }
    }

    @Test("A custom loss trains a head on cached features")
    func cachedFeatures() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 2)
            (configuration.optimizer.kind, configuration.optimizer.learningRate) = (.sgd, 0.01)
            var runs: [TrainingResult] = []
            configuration.compute.cachesFeatures = true
            for (number, loss) in [nil, Self.focal(0), Self.focal(2)].enumerated() {
                runs.append(
                    try await ImageClassifier.train(
                        on: data, configuration, loss: loss, directory: folder.appending(path: "run-\(number)").path))
            }
            #expect(try await difference(runs[0], runs[1]) < 1e-5)
            #expect(try await difference(runs[0], runs[2]) > 1e-4)
            for (one, two) in zip(runs[0].epochs, runs[1].epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-5)
                #expect(abs(one.validationLoss - two.validationLoss) < 1e-5)
            }
            #expect(runs[2].epochs[0].trainingLoss < runs[0].epochs[0].trainingLoss)
        }
    }

    @Test("With a custom loss, small accumulated batches give the weights of a large one and their average")
    func accumulation() async throws {
        try await withTemporaryFolder { folder in
            var (data, configuration) = try await prepare(in: folder)
            (configuration.network.dropout, configuration.optimizer.emaDecay) = (0, 0.5)
            var runs: [TrainingResult] = []
            for (batchSize, steps) in [(16, 1), (2, 8)] {
                (configuration.data.batchSize, configuration.optimizer.gradientAccumulationSteps) = (batchSize, steps)
                runs.append(
                    try await ImageClassifier.train(
                        on: data, configuration, loss: Self.focal(2),
                        directory: folder.appending(path: "run-\(batchSize)").path))
            }
            #expect(try await difference(runs[0], runs[1]) < 1e-5)
            for (one, two) in zip(runs[0].epochs, runs[1].epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-5)
                #expect(abs(one.validationLoss - two.validationLoss) < 1e-5)
            }
        }
    }

    @Test("A custom loss receives a target for each class of multi-label data")
    func multiLabel() async throws {
        try await withTemporaryFolder { folder in
            let (_, configuration) = try await prepare(in: folder)
            var table = "path,label\n"
            for number in 0..<9 {
                table += "data/red/\(number).png,warm;\(number < 4 ? "first" : "last")\n"
                table += "data/blue/\(number).png,\(number < 4 ? "first" : "last")\n"
            }
            let file = folder.appending(path: "images.csv")
            try Data(table.utf8).write(to: file)
            let loss = TrainingLoss("binary") { try binaryCrossEntropyWithLogits($0, $1) }
            var runs: [TrainingResult] = []
            for (number, loss) in [nil, loss].enumerated() {
                runs.append(
                    try await ImageClassifier.train(
                        on: file.path, configuration, loss: loss, metrics: [MeanLoss()],
                        directory: folder.appending(path: "run-\(number)").path))
            }
            #expect(runs[0].isMultiLabel)
            #expect(try await difference(runs[0], runs[1]) == 0)
            let epoch = runs[1].epochs[2]
            #expect(abs(epoch.validationLoss - runs[0].epochs[2].validationLoss) < 1e-6)
            #expect(abs(try #require(epoch.custom?["mean loss"]) - epoch.validationLoss) < 1e-6)
            let record = try RunRecord(reading: runs[1].directory.path)
            #expect(record.epochs == runs[1].epochs)
        }
    }

    @Test("A custom metric is part of events, files and reports, and can select the best epoch")
    func metric() async throws {
        try await withTemporaryFolder { folder in
            var (data, configuration) = try await prepare(in: folder)
            configuration.metric = .highest("mean loss")
            (configuration.output.writesReport, configuration.output.writesTensorBoard) = (true, true)
            let events = Collected<TrainingEvent>()
            let run = try await ImageClassifier.train(
                on: data, configuration, loss: Self.focal(2), metrics: [MeanLoss(), Disagreement()],
                directory: folder.appending(path: "run").path, readBy: events.reader)
            let values = try run.epochs.map { try #require($0.custom?["mean loss"]) }
            #expect(Set(values).count == 3)
            #expect(run.best.custom?["mean loss"] == values.max())
            #expect(try run.epochs.allSatisfy { try #require($0.custom?["disagreement"]) < 1e-6 })
            let sent = events.elements.compactMap { event in
                if case .epochEnded(let metrics, _) = event { metrics } else { nil }
            }
            #expect(sent == run.epochs)

            let directory = run.directory
            #expect(try await ImageClassifier(contentsOf: directory.best).description.metrics == run.best)
            let table = try String(contentsOfFile: directory.metrics, encoding: .utf8)
            #expect(table.prefix { $0 != "\n" }.hasSuffix(",validation_accuracy,disagreement,mean loss"))
            let record = try RunRecord(reading: directory.path)
            #expect(record.epochs == run.epochs && record.best == run.best)
            let logged = try RunLog.read(directory.log).compactMap { line in
                if case .epoch(let metrics, _) = line.event { metrics } else { nil }
            }
            #expect(logged == run.epochs)
            #expect(
                try RunLog.read(directory.log).map(\.event).contains(.note("the loss is 'focal, gamma 2.0'")))
            #expect(
                try String(contentsOfFile: directory.report, encoding: .utf8)
                    .contains("| validation accuracy | disagreement | mean loss |"))
            let page = try String(contentsOfFile: directory.page, encoding: .utf8)
            #expect(page.contains("mean loss") && page.contains("values of &#39;focal, gamma 2.0&#39;"))
            #expect(try Data(contentsOf: URL(filePath: directory.events)).contains(Data("mean loss/validation".utf8)))
        }
    }

    @Test("The criterion for the best epoch has a text form")
    func criterion() throws {
        for metric in [BestMetric.accuracy, .loss, .highest("F1: macro"), .lowest("cost")] {
            #expect(BestMetric(metric.description) == metric)
            let json = try JSONEncoder().encode([metric])
            #expect(try JSONDecoder().decode([BestMetric].self, from: json) == [metric])
        }
        #expect(BestMetric("cost") == nil && BestMetric("highest") == nil)
        func epoch(_ cost: Double, loss: Double) -> EpochMetrics {
            EpochMetrics(
                epoch: 1, learningRate: 1, trainingLoss: 1, trainingAccuracy: 1, validationLoss: loss,
                validationAccuracy: 1, custom: ["cost": cost])
        }
        #expect(epoch(1, loss: 2).isBetter(than: epoch(2, loss: 1), by: .lowest("cost")))
        #expect(!epoch(1, loss: 2).isBetter(than: epoch(2, loss: 1), by: .highest("cost")))
        #expect(epoch(1, loss: 1).isBetter(than: epoch(1, loss: 2), by: .highest("cost")))
    }

    @Test("A run resumes only with its loss and its metrics, and ends with the same files")
    func resume() async throws {
        try await withTemporaryFolder { folder in
            let (data, prepared) = try await prepare(in: folder)
            var configuration = prepared
            configuration.metric = .lowest("mean loss")
            let run = folder.appending(path: "run").path
            let custom = CustomParts(loss: Self.focal(2), metrics: [MeanLoss()])
            let asked = configuration
            _ = try await ImageClassifier.train(
                on: data, asked, loss: custom.loss, metrics: custom.metrics, directory: run)
            let whole = folder.appending(path: "whole").path
            try FileManager.default.moveItem(atPath: run, toPath: whole)
            try await ResumeTests().stopped(afterSteps: 5) { events in
                try await ImageClassifier.train(on: data, asked, custom: custom, directory: run, reportingTo: events)
            }

            let other = TrainingLoss("other") { try crossEntropy($0, $1) }
            for (loss, metrics, name) in [
                (nil, [MeanLoss()], "loss"), (other, [MeanLoss()], "loss"), (Self.focal(2), [], "metrics"),
                (Self.focal(2), [MeanLoss(name: "other")], "metrics"),
            ] as [(TrainingLoss?, [any TrainingMetric], String)] {
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier.resume(run, loss: loss, metrics: metrics)
                }
                #expect(error?.code == .configurationChanged && error?.name == name)
                #expect(error?.suggestions == [name == "loss" ? "focal, gamma 2.0" : "mean loss"])
            }
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.resume(run, metrics: [MeanLoss()])
            }
            #expect(
                error?.description
                    == "the run began with the loss 'focal, gamma 2.0' and can't resume with the cross entropy; resume it "
                    + "from the program that began it, with the same `loss`")

            let result = try await ImageClassifier.resume(run, loss: Self.focal(2), metrics: [MeanLoss()])
            #expect(result.epochs.count == 3)
            for file in ResumeTests.files {
                #expect(try FileContents(of: "\(run)/\(file)") == FileContents(of: "\(whole)/\(file)"), "\(file)")
            }
        }
    }

    static let failures: [(loss: TrainingLoss?, metric: (any TrainingMetric)?, text: String)] = [
        (
            TrainingLoss("single") { try crossEntropy($0, $1, reduction: .none) }, nil,
            "the loss 'single' returned a tensor of shape [4], and the loss of a batch is a scalar; return the mean over the "
                + "batch"
        ),
        (
            TrainingLoss("constant") { _, targets in try targets.sum() }, nil,
            "the loss 'constant' has no gradient; compute it from the logits by differentiable operations"
        ),
        (
            TrainingLoss("broken") { _, _ in throw Constant.Failure() }, nil,
            "the loss 'broken' failed: Failure()"
        ),
        (nil, Constant(), "the metric 'constant' failed: Failure()"),
        (
            nil, Constant(value: .nan),
            "the metric 'constant' is nan for the validation images; return a finite number, also for a class without images"
        ),
    ]

    @Test("The error for a failing loss or metric names it", arguments: failures.indices)
    func failure(_ place: Int) async throws {
        try await withTemporaryFolder { folder in
            let (data, configuration) = try await prepare(in: folder)
            let (loss, metric, text) = Self.failures[place]
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(
                    on: data, configuration, loss: loss, metrics: metric.map { [$0] } ?? [],
                    directory: folder.appending(path: "run").path)
            }
            #expect(error?.code == .customPartFailed && error?.description == text)
            #expect(error?.name == loss?.name ?? metric?.name)
        }
    }

    @Test("A NaN loss ends the run, and a loss of another scale does not")
    func scale() async throws {
        try await withTemporaryFolder { folder in
            let (data, configuration) = try await prepare(in: folder)
            let nan = TrainingLoss("nan") { try crossEntropy($0, $1) * Double.nan }
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(
                    on: data, configuration, loss: nan, directory: folder.appending(path: "nan").path)
            }
            #expect(error?.code == .lossDiverged && error?.message.contains("the loss 'nan' is nan") == true)
            let large = TrainingLoss("large") { try crossEntropy($0, $1) + 1e6 }
            let run = try await ImageClassifier.train(
                on: data, configuration, loss: large, directory: folder.appending(path: "large").path)
            #expect(run.best.validationLoss >= 1e6 && run.best.trainingLoss >= 1e6)
            #expect(!run.findings.contains { $0.kind == .rateTooLarge })
        }
    }

    @Test("Impossible combinations are errors before training")
    func combinations() throws {
        var configuration = TrainingConfiguration()
        func error(_ loss: TrainingLoss?, _ names: String...) -> ApusError? {
            #expect(throws: ApusError.self) {
                try CustomParts(loss: loss, metrics: names.map { Constant(name: $0, value: 1) })
                    .validate(with: configuration)
            }
        }
        for name in [
            "", "a,b", "a\nb", "a|b", "\"", "epoch", "Training loss", "loss", "validation_mean_average_precision",
        ] {
            #expect(error(nil, name)?.name == "metrics")
        }
        #expect(error(nil, "F1", "F1")?.value == "F1")
        configuration.metric = .highest("F2")
        let criterion = error(nil, "F1")
        #expect(criterion?.name == "metric" && criterion?.suggestions == ["F1"])
        configuration.metric = .highest("F1")
        try CustomParts(loss: Self.focal(1), metrics: [Constant(name: "F1", value: 1)]).validate(with: configuration)
        configuration.data.classBalancing = .weightedLoss
        let balanced = error(Self.focal(1), "F1")
        #expect(balanced?.name == "data.classBalancing")
        #expect(balanced?.message.contains("'focal, gamma 1.0'") == true)
    }

    @Test("The learning rate finder uses the custom loss")
    func learningRateFinder() async throws {
        try await withTemporaryFolder { folder in
            let (data, configuration) = try await prepare(in: folder)
            let double = TrainingLoss("double") { try crossEntropy($0, $1) * 2 }
            let single = try await ImageClassifier.findLearningRate(on: data, configuration, steps: 6)
            let curve = try await ImageClassifier.findLearningRate(on: data, configuration, loss: double, steps: 6)
            #expect(abs(curve.points[0].loss - 2 * single.points[0].loss) < 1e-5)
        }
    }

    @Test("A custom loss is not compared with the cross-entropy at chance level")
    func diagnosis() {
        var high = curves(epochs(training: [9, 8, 7, 6, 5, 4]))
        #expect(kinds(high).contains(.rateTooLarge))
        high.hasCustomLoss = true
        #expect(!kinds(high).contains(.rateTooLarge))
        var slow = curves(epochs(training: [2.3, 2.29, 2.28, 2.27, 2.26, 2.25]))
        #expect(kinds(slow).contains(.rateTooSmall))
        slow.hasCustomLoss = true
        #expect(!kinds(slow).contains(.rateTooSmall))
    }
}
