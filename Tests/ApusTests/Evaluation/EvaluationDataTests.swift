import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

/// Which pictures are evaluated, with models that do not tell which images they were trained on.
@Suite struct EvaluationDataTests {
    private func names(_ pictures: any ImageDataset) -> [String] {
        (0..<pictures.count).map { pictures.name(at: $0) }
    }

    private func summary(_ configuration: TrainingConfiguration, _ data: TrainingData) -> TrainingSummary {
        TrainingSummary(
            startedFrom: nil, strategy: .frozen, optimizer: .adam, learningRate: 1, batchSize: 1,
            seed: configuration.seed, trainingPictures: data.training.count,
            validationSplit: data.hasOwnValidation ? nil : configuration.validationSplit)
    }

    @Test(arguments: [(0, 0.2), (1, 0.2), (7, 0.5)])
    func thePicturesThatTrainingSetAsideComeBack(_ seed: Int, _ share: Double) throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue", "green"], count: 10, to: folder)
            var configuration = TrainingConfiguration()
            configuration.seed = UInt64(seed)
            configuration.validationSplit = share
            let trained = try TrainingData(at: folder.path, configuration)
            let summary = summary(configuration, trained)
            let aside = try EvaluationData(at: folder.path, split: .val, training: summary)
            let learned = try EvaluationData(at: folder.path, split: .train, training: summary)
            #expect(names(aside.pictures) == names(trained.validation))
            #expect(names(learned.pictures) == names(trained.training))
            #expect(aside.pictures.count == Int(30 * share))
            let all = try EvaluationData(at: folder.path, training: summary)
            #expect(Set(names(aside.pictures) + names(learned.pictures)) == Set(names(all.pictures)))
            #expect(aside.pictures.count + learned.pictures.count == 30)

            // Another seed sets others aside.
            var other = summary
            other.seed += 1
            let others = try EvaluationData(at: folder.path, split: .val, training: other)
            #expect(names(others.pictures) != names(aside.pictures))
            // Without a training there is no such part.
            let error = #expect(throws: DatasetError.self) { try EvaluationData(at: folder.path, split: .val) }
            #expect(error?.description.contains("'val'") == true)
        }
    }

    @Test func theLastPartThatThereIsIsTaken() throws {
        try withTemporaryFolder { folder in
            func first(_ split: EvaluationSplit?) throws -> String {
                let pictures = try EvaluationData(at: folder.path, split: split).pictures
                return String(pictures.name(at: 0).dropFirst(folder.path.count + 1).prefix { $0 != "/" })
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

    @Test func aLimitSpreadsOverTheClasses() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue", "green"], count: 6, to: folder)
            let pictures = try EvaluationData(at: folder.path, limit: 6).pictures
            #expect(pictures.countsByClass == [2, 2, 2])
        }
    }
}
