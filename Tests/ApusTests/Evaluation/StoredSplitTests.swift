import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// A model knows which images training set aside, wherever model and data lie.
@Suite struct StoredSplitTests {
    private func names(_ pictures: any ImageDataset) -> Set<String> {
        Set((0..<pictures.count).map { pictures.name(at: $0) })
    }

    /// What the model file of a run on this data would tell.
    private func summary(
        _ data: String, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> (summary: TrainingSummary, data: TrainingData) {
        var configuration = TrainingConfiguration()
        change(&configuration)
        let data = try TrainingData(at: data, configuration)
        var summary = TrainingSummary(
            strategy: .frozen, optimizer: .adam, learningRate: 1, batchSize: 1, seed: configuration.seed,
            trainingPictures: data.training.count, validationSplit: configuration.validationSplit)
        summary.split = try ImageListing(of: data).record
        // As the file has it.
        summary = try JSONDecoder().decode(TrainingSummary.self, from: JSONEncoder().encode(summary))
        return (summary, data)
    }

    @Test("The parts are those of the run, whatever the order of its classes")
    func orderOfClasses() throws {
        try withTemporaryFolder { folder in
            // Ties between classes follow their order.
            try Samples.writeClasses(["cat", "dog", "owl"], count: 7, to: folder)
            let (summary, data) = try summary(folder.path) { $0.data.classes = ["owl", "dog", "cat"] }
            let made = try openDataset(at: folder.path).split(validation: .share(0.2))
            #expect(names(made.validation) != names(data.validation), "these data would not tell")
            for (split, part) in [(EvaluationSplit.val, data.validation), (.train, data.training)] {
                let opened = try EvaluationData(at: folder.path, split: split, training: summary)
                #expect(names(opened.pictures) == names(part) && opened.split == split)
            }
            let calibration = try EvaluationData(calibrationAt: folder.path, training: summary)
            #expect(names(calibration.pictures) == names(data.validation))
        }
    }

    @Test("By default the images are taken that training set aside, and it is said")
    func byDefault() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 10, to: folder)
            let (summary, data) = try summary(folder.path)
            let opened = try EvaluationData(at: folder.path, training: summary)
            #expect(names(opened.pictures) == names(data.validation) && opened.trainedOn == 0)
            #expect(opened.notes.contains { $0.contains("trained on 16 images") && $0.contains("`split = .all`") })
            let all = try EvaluationData(at: folder.path, split: .all, training: summary)
            #expect(all.pictures.count == 20 && all.trainedOn == 16)
            #expect(all.notes.contains { $0.contains("trained on 16 of these 20 images") })

            // What was set aside for the test comes before what the run was chosen by.
            let (tested, parts) = try self.summary(folder.path) { $0.testSplit = 0.3 }
            let test = try EvaluationData(at: folder.path, training: tested)
            #expect(names(test.pictures) == names(try #require(parts.test)) && test.split == .test)
            let calibration = try EvaluationData(calibrationAt: folder.path, training: tested)
            #expect(names(calibration.pictures) == names(parts.validation))
        }
    }

    @Test("Images are known in another place and under other names; new ones count as not trained on")
    func elsewhere() throws {
        try withTemporaryFolder { folder in
            let (first, second) = (folder.appending(path: "first"), folder.appending(path: "second"))
            try FileManager.default.createDirectory(at: first, withIntermediateDirectories: true)
            try Samples.writeClasses(["red", "blue"], count: 10, to: first)
            let (summary, data) = try summary(first.path)
            try FileManager.default.moveItem(at: first, to: second)
            let moved = try EvaluationData(at: second.path, training: summary)
            #expect(moved.pictures.count == data.validation.count && moved.split == .val)

            for number in 0..<10 {
                try FileManager.default.moveItem(
                    at: second.appending(path: "red/\(number).png"),
                    to: second.appending(path: "red/image-\(9 - number).png"))
            }
            #expect(try EvaluationData(at: second.path, training: summary).pictures.count == data.validation.count)
            try Samples.write(0, 50, to: second.appending(path: "red/new.png"))
            let more = try EvaluationData(at: second.path, training: summary)
            #expect(more.pictures.count == data.validation.count + 1 && more.trainedOn == 0 && more.split == nil)

            // Other images, all of which are evaluated.
            let other = folder.appending(path: "other")
            try Samples.writeClasses(["red", "blue"], count: 4, to: other, first: 3)
            let unknown = try EvaluationData(at: other.path, training: summary)
            #expect(unknown.pictures.count == 8 && unknown.notes.isEmpty)
            #expect(try EvaluationData(calibrationAt: other.path, training: summary).pictures.count == 8)
            let error = #expect(throws: DatasetError.self) {
                try EvaluationData(at: other.path, split: .val, training: summary)
            }
            #expect(error?.code == .missing)
        }
    }

    @Test("Evaluating the training folder alone is remarked on")
    func trainingFolder() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 6, to: folder.appending(path: "train"))
            try Samples.writeClasses(["red", "blue"], count: 3, to: folder.appending(path: "val"), first: 3)
            let (summary, _) = try summary(folder.path)
            let train = try EvaluationData(at: folder.path + "/train", training: summary)
            #expect(train.pictures.count == 12 && train.trainedOn == 12)
            #expect(train.notes.contains { $0.contains("trained on all of these 12 images") })
            for path in ["/val", ""] {
                let val = try EvaluationData(at: folder.path + path, training: summary)
                #expect(val.pictures.count == 6 && val.trainedOn == 0 && val.split == .val)
            }
        }
    }

    @Test("The model file of a run holds the split, and its accuracy comes back")
    func modelFile() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.data.classes = ["red", "blue"]
            let run = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            let moved = folder.appending(path: "moved.safetensors").path
            try FileManager.default.moveItem(atPath: run.directory.best, toPath: moved)
            let classifier = try await ImageClassifier(contentsOf: moved)
            let opened = try EvaluationData(at: data, training: classifier.description.training)
            let evaluation = try await classifier.evaluate(opened.pictures)
            #expect(evaluation.count == 4)
            #expect(evaluation.top1 == run.best.validationAccuracy)
        }
    }
}
