import Foundation
import Testing
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

@Suite struct ConfigurationTests {
    @Test func everyFieldRoundTrips() throws {
        var full = TrainingConfiguration()
        full.model = "resnet50:DEFAULT"
        full.strategy = .last(3)
        full.head = Head([.linear(64), .relu, .dropout(0.5)])
        full.stageRate = 0.4
        full.epochs = 7
        full.batchSize = 5
        full.learningRate = 0.1
        full.optimizer = .sgd
        full.momentum = 0.5
        full.weightDecay = 0.25
        full.schedule = .multiStep(milestones: [2, 5], factor: 0.3)
        full.warmUpEpochs = 0.5
        full.accumulation = 2
        full.trainingTransforms = try TransformList("resize(40), randomCrop(32), flip(0.3), mixup(0.2)")
        full.data = DatasetOptions(labelPattern: "^([a-z]+)_", groupPattern: "_([0-9]+)_", classes: ["b", "a"])
        full.averageDecay = 0.99
        full.patience = 3
        full.metric = .loss
        full.validationSplit = 0.4
        full.seed = .max
        full.workers = 0
        full.limit = 9
        (full.dropsLastBatch, full.isDeterministic) = (true, true)
        full.device = "cpu"
        let starts: [TrainingConfiguration.Start] = [
            .pretrained, .fresh, .file(path: "a/é \"b\".pth", isPartial: true), .file(path: "fresh", isPartial: false),
            .file(path: "a.pth", isPartial: false, stateKey: "model_ema"),
        ]
        for start in starts {
            full.start = start
            let data = try JSONEncoder().encode(full)
            #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == full)
        }
        let plain = try JSONEncoder().encode(TrainingConfiguration())
        #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: plain) == TrainingConfiguration())
    }

    @Test(arguments: [
        ("frozen", TrainingStrategy.frozen), ("all", .all), ("last:1", .last(1)), ("last:12", .last(12)),
        ("auto", .auto), ("gradual:2", .gradual(headEpochs: 2)),
    ])
    func strategiesAreRead(_ text: String, _ strategy: TrainingStrategy) {
        #expect(TrainingStrategy(text) == strategy)
        #expect(strategy.description == text)
    }

    @Test(arguments: [
        "", "Frozen", "last", "last:", "last:0", "last:-1", "last:x", "last:2 ", "everything", "gradual:0", "gradual:",
        "auto:1",
    ])
    func otherTextsAreNoStrategy(_ text: String) {
        #expect(TrainingStrategy(text) == nil)
    }

    static let refused: [(String, @Sendable (inout TrainingConfiguration) -> Void)] = [
        ("epochs", { $0.epochs = 0 }), ("epochs", { $0.epochs = .max }), ("batchSize", { $0.batchSize = 0 }),
        ("batchSize", { $0.batchSize = .max }), ("learningRate", { $0.learningRate = 0 }),
        ("learningRate", { $0.learningRate = -1 }), ("learningRate", { $0.learningRate = .infinity }),
        ("learningRate", { $0.learningRate = .nan }), ("stageRate", { $0.stageRate = 0 }),
        ("stageRate", { $0.stageRate = 1.5 }), ("stageRate", { $0.stageRate = .nan }),
        ("backboneRate", { $0.backboneRate = 0 }), ("momentum", { $0.momentum = 1 }),
        ("weightDecay", { $0.weightDecay = -0.1 }), ("accumulation", { $0.accumulation = 0 }),
        ("accumulation", { $0.accumulation = .max }), ("warmUpEpochs", { $0.warmUpEpochs = -1 }),
        ("looksAhead", { $0.looksAhead = true }), ("absoluteDecay", { $0.absoluteDecay = -1 }),
        ("clipNorm", { $0.clipNorm = 0 }), ("labelSmoothing", { $0.labelSmoothing = 1 }),
        ("averageDecay", { $0.averageDecay = 1 }), ("dropout", { $0.dropout = 1 }), ("patience", { $0.patience = 0 }),
        ("patience", { $0.patience = .max }), ("keepEvery", { $0.keepEvery = 0 }),
        ("keepEvery", { $0.keepEvery = .max }), ("keepLast", { $0.keepLast = 2 }),
        ("checkpointMinutes", { $0.checkpointMinutes = 0 }),
        ("checkpointMinutes", { $0.checkpointMinutes = 1e300 }), ("cachedViews", { $0.cachedViews = 2 }),
        ("writesHistograms", { $0.writesHistograms = true }), ("testSplit", { $0.testSplit = 0.9 }),
        ("balancesSampling", { ($0.balancesLoss, $0.balancesSampling) = (true, true) }),
        ("validationSplit", { $0.validationSplit = 0 }), ("validationSplit", { $0.validationSplit = 1 }),
        ("validationSplit", { $0.validationSplit = .nan }), ("workers", { $0.workers = -1 }),
        ("workers", { $0.workers = .max }), ("limit", { $0.limit = 1 }),
    ]

    @Test(arguments: refused.indices) func whatCannotBeIsRefusedByName(_ place: Int) throws {
        let (name, change) = Self.refused[place]
        var configuration = TrainingConfiguration()
        try configuration.validate()
        change(&configuration)
        let error = #expect(throws: ApusError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration && error?.name == name, "\(error?.description ?? "")")
    }
}
