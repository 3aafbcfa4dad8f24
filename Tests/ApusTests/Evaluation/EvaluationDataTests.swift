import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

/// The evaluated images for models that do not store their training images.
@Suite("Data of an evaluation") struct EvaluationDataTests {
    private func names(_ images: any ImageDataset) -> [String] {
        (0..<images.count).map { images.name(at: $0) }
    }

    private func summary(_ configuration: TrainingConfiguration, _ data: TrainingData) -> TrainingSummary {
        TrainingSummary(
            startedFrom: nil, strategy: .frozen, optimizer: .adam, learningRate: 1, batchSize: 1,
            seed: configuration.seed, trainingImages: data.training.count,
            validationSplit: data.hasOwnValidation ? nil : configuration.data.validationSplit)
    }

    @Test("An evaluation opens the images that training held out", arguments: [(0, 0.2), (1, 0.2), (7, 0.5)])
    func heldOut(_ seed: Int, _ share: Double) throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue", "green"], count: 10, to: folder)
            var configuration = TrainingConfiguration()
            configuration.seed = UInt64(seed)
            configuration.data.validationSplit = share
            let trained = try TrainingData(at: folder.path, configuration)
            let summary = summary(configuration, trained)
            let aside = try EvaluationData(at: folder.path, split: .val, training: summary)
            let learned = try EvaluationData(at: folder.path, split: .train, training: summary)
            #expect(names(aside.images) == names(trained.validation))
            #expect(names(learned.images) == names(trained.training))
            #expect(aside.images.count == Int(30 * share))
            let all = try EvaluationData(at: folder.path, training: summary)
            #expect(Set(names(aside.images) + names(learned.images)) == Set(names(all.images)))
            #expect(aside.images.count + learned.images.count == 30)

            // Another seed holds out other images.
            var other = summary
            other.seed += 1
            let others = try EvaluationData(at: folder.path, split: .val, training: other)
            #expect(names(others.images) != names(aside.images))
            // Without a training run there is no such split.
            let error = #expect(throws: DatasetError.self) { try EvaluationData(at: folder.path, split: .val) }
            #expect(error?.description.contains("'val'") == true)
        }
    }

    @Test("The default split is test if available, then val, then train") func defaultSplit() throws {
        try withTemporaryFolder { folder in
            func first(_ split: EvaluationSplit?) throws -> String {
                let images = try EvaluationData(at: folder.path, split: split).images
                return String(images.name(at: 0).dropFirst(folder.path.count + 1).prefix { $0 != "/" })
            }
            try Samples.writeClasses(["red", "blue"], count: 2, to: folder.appending(path: "train"))
            #expect(try first(nil) == "train")
            try Samples.writeClasses(["red", "blue"], count: 2, to: folder.appending(path: "val"))
            #expect(try first(nil) == "val")
            try Samples.writeClasses(["red", "blue"], count: 2, to: folder.appending(path: "test"))
            #expect(try first(nil) == "test")
            for split in [EvaluationSplit.train, .val, .test] { #expect(try first(split) == split.rawValue) }
        }
    }

    @Test("A limit takes images of all classes") func limit() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue", "green"], count: 6, to: folder)
            let images = try EvaluationData(at: folder.path, limit: 6).images
            #expect(images.countsByClass == [2, 2, 2])
        }
    }
}
