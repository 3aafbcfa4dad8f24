import Foundation
import Testing
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Training configurations") struct ConfigurationTests {
    @Test("Every field is read back as it was written") func roundTrip() throws {
        var full = TrainingConfiguration(
            model: "resnet50:DEFAULT", epochs: 7, patience: 3, metric: .loss, seed: .max,
            network: .init(head: Head([.linear(64), .relu, .dropout(0.5)]), dropout: 0.25, strategy: .last(3)),
            data: .init(
                dataset: DatasetOptions(labelPattern: "^([a-z]+)_", groupPattern: "_([0-9]+)_", classes: ["b", "a"]),
                validationSplit: 0.4, testSplit: 0.1, limit: 9,
                trainingTransforms: try TransformList("resize(40), randomCrop(32), flip(0.3), mixup(0.2)"),
                classBalancing: .weightedLoss, appliesOrientation: false, decoding: .fast,
                maximumUnreadable: .fraction(0.5), batchSize: 5, dropsLastBatch: true),
            optimizer: .init(
                .sgd, learningRate: 0.1, schedule: .multiStep(milestones: [2, 5], factor: 0.3), warmUpEpochs: 0.5,
                layerwiseDecay: 0.4, backboneLearningRateScale: 0.5, momentum: 0.5, nesterov: true, weightDecay: 0.25,
                excludesNormsFromWeightDecay: true, l1: 0.125, clipNorm: 2, gradientAccumulationSteps: 2,
                emaDecay: 0.99),
            loss: .init(labelSmoothing: 0.1),
            output: .init(
                keepEvery: 3, keepLast: 2, checkpointMinutes: 1, coverage: 0.9, writesReport: false,
                writesTensorBoard: true, writesHistograms: true),
            compute: .init(
                workers: 0, device: "cpu", isDeterministic: true, engine: .libtorch, precision: .auto,
                cachesFeatures: true, cachedViews: 4))
        let starts: [TrainingConfiguration.InitialWeights] = [
            .pretrained, .random, .file(path: "a/é \"b\".pth", isPartial: true),
            .file(path: "random", isPartial: false),
            .file(path: "a.pth", isPartial: false, stateKey: "model_ema"),
        ]
        for start in starts {
            full.network.initialWeights = start
            let data = try JSONEncoder().encode(full)
            #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == full)
        }
        let plain = try JSONEncoder().encode(TrainingConfiguration())
        #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: plain) == TrainingConfiguration())
    }

    @Test(
        "Each notation gives its strategy",
        arguments: [
            ("frozen", TrainingStrategy.frozen), ("all", .all), ("last:1", .last(1)), ("last:12", .last(12)),
            ("auto", .auto), ("gradual:2", .gradual(headEpochs: 2)),
        ])
    func strategies(_ text: String, _ strategy: TrainingStrategy) {
        #expect(TrainingStrategy(text) == strategy)
        #expect(strategy.description == text)
    }

    @Test(
        "Other texts are not strategies",
        arguments: [
            "", "Frozen", "last", "last:", "last:0", "last:-1", "last:x", "last:2 ", "everything", "gradual:0",
            "gradual:",
            "auto:1",
        ])
    func invalidStrategies(_ text: String) {
        #expect(TrainingStrategy(text) == nil)
    }

    static let refused: [(String, @Sendable (inout TrainingConfiguration) -> Void)] = [
        ("epochs", { $0.epochs = 0 }), ("epochs", { $0.epochs = .max }), ("patience", { $0.patience = 0 }),
        ("patience", { $0.patience = .max }), ("network.dropout", { $0.network.dropout = 1 }),
        ("network.minimumLoadedFraction", { $0.network.minimumLoadedFraction = 2 }),
        ("data.batchSize", { $0.data.batchSize = 0 }), ("data.batchSize", { $0.data.batchSize = .max }),
        ("data.validationSplit", { $0.data.validationSplit = 0 }),
        ("data.validationSplit", { $0.data.validationSplit = 1 }),
        ("data.validationSplit", { $0.data.validationSplit = .nan }), ("data.testSplit", { $0.data.testSplit = 0.9 }),
        ("data.limit", { $0.data.limit = 1 }), ("optimizer.learningRate", { $0.optimizer.learningRate = 0 }),
        ("optimizer.learningRate", { $0.optimizer.learningRate = -1 }),
        ("optimizer.learningRate", { $0.optimizer.learningRate = .infinity }),
        ("optimizer.learningRate", { $0.optimizer.learningRate = .nan }),
        ("optimizer.layerwiseDecay", { $0.optimizer.layerwiseDecay = 0 }),
        ("optimizer.layerwiseDecay", { $0.optimizer.layerwiseDecay = 1.5 }),
        ("optimizer.layerwiseDecay", { $0.optimizer.layerwiseDecay = .nan }),
        ("optimizer.backboneLearningRateScale", { $0.optimizer.backboneLearningRateScale = 0 }),
        ("optimizer.momentum", { $0.optimizer.momentum = 1 }),
        ("optimizer.nesterov", { $0.optimizer.nesterov = true }),
        ("optimizer.weightDecay", { $0.optimizer.weightDecay = -0.1 }), ("optimizer.l1", { $0.optimizer.l1 = -1 }),
        ("optimizer.gradientAccumulationSteps", { $0.optimizer.gradientAccumulationSteps = 0 }),
        ("optimizer.gradientAccumulationSteps", { $0.optimizer.gradientAccumulationSteps = .max }),
        ("optimizer.warmUpEpochs", { $0.optimizer.warmUpEpochs = -1 }),
        ("optimizer.clipNorm", { $0.optimizer.clipNorm = 0 }), ("optimizer.emaDecay", { $0.optimizer.emaDecay = 1 }),
        ("loss.labelSmoothing", { $0.loss.labelSmoothing = 1 }), ("output.keepEvery", { $0.output.keepEvery = 0 }),
        ("output.keepEvery", { $0.output.keepEvery = .max }), ("output.keepLast", { $0.output.keepLast = 2 }),
        ("output.checkpointMinutes", { $0.output.checkpointMinutes = 0 }),
        ("output.checkpointMinutes", { $0.output.checkpointMinutes = 1e300 }),
        ("output.coverage", { $0.output.coverage = 0 }),
        ("output.writesHistograms", { $0.output.writesHistograms = true }),
        ("compute.cachedViews", { $0.compute.cachedViews = 2 }), ("compute.workers", { $0.compute.workers = -1 }),
        ("compute.workers", { $0.compute.workers = .max }),
    ]

    @Test("The error for an invalid value names the property", arguments: refused.indices)
    func invalidValues(_ place: Int) throws {
        let (name, change) = Self.refused[place]
        var configuration = TrainingConfiguration()
        try configuration.validate()
        change(&configuration)
        let error = #expect(throws: ApusError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration && error?.name == name, "\(error?.description ?? "")")
    }
}
