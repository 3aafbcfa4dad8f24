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
        ("0 epochs", { $0.epochs = 0 }), ("batch of 0", { $0.batchSize = 0 }),
        ("learning rate of 0", { $0.learningRate = 0 }), ("learning rate of -1", { $0.learningRate = -1 }),
        ("learning rate of inf", { $0.learningRate = .infinity }), ("learning rate of nan", { $0.learningRate = .nan }),
        ("rate of 0.0 from stage", { $0.stageRate = 0 }), ("rate of 1.5 from stage", { $0.stageRate = 1.5 }),
        ("rate of nan from stage", { $0.stageRate = .nan }), ("momentum of 1", { $0.momentum = 1 }),
        ("weight decay of -0.1", { $0.weightDecay = -0.1 }),
        ("rate of 0.0 of all but", { $0.backboneRate = 0 }), ("after 0 batches", { $0.accumulation = 0 }),
        ("warm-up of -1", { $0.warmUpEpochs = -1 }), ("Nesterov", { $0.looksAhead = true }),
        ("L1 share of -1", { $0.absoluteDecay = -1 }), ("norm of 0", { $0.clipNorm = 0 }),
        ("smoothing of 1", { $0.labelSmoothing = 1 }), ("keeps 1.0", { $0.averageDecay = 1 }),
        ("dropout of 1", { $0.dropout = 1 }), ("patience of 0", { $0.patience = 0 }),
        ("every 0 epochs", { $0.keepEvery = 0 }), ("how often", { $0.keepLast = 2 }),
        ("every 0.0 minutes", { $0.checkpointMinutes = 0 }), ("cached features", { $0.cachedViews = 2 }),
        ("--tensorboard too", { $0.writesHistograms = true }), ("sum is below 1", { $0.testSplit = 0.9 }),
        ("drawn evenly", { ($0.balancesLoss, $0.balancesSampling) = (true, true) }),
        ("share of 0", { $0.validationSplit = 0 }), ("share of 1", { $0.validationSplit = 1 }),
        ("share of nan", { $0.validationSplit = .nan }), ("-1 workers", { $0.workers = -1 }),
        ("1 pictures", { $0.limit = 1 }), ("epochs are too many", { $0.epochs = .max }),
        ("in a batch are too many", { $0.batchSize = .max }), ("for a step are too many", { $0.accumulation = .max }),
        ("of patience are too many", { $0.patience = .max }), ("kept models are too many", { $0.keepEvery = .max }),
        ("workers are too many", { $0.workers = .max }), ("every 1e+300 minutes", { $0.checkpointMinutes = 1e300 }),
    ]

    @Test(arguments: refused.indices) func whatCannotBeIsRefusedByName(_ place: Int) throws {
        let (words, change) = Self.refused[place]
        var configuration = TrainingConfiguration()
        try configuration.validate()
        change(&configuration)
        let error = #expect(throws: ApusError.self) { try configuration.validate() }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
