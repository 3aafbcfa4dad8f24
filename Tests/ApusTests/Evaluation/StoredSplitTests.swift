import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// A model knows which images training held out, even if model and data have moved.
@Suite("Splits stored in a model") struct StoredSplitTests {
    private func names(_ images: any ImageDataset) -> Set<String> {
        Set((0..<images.count).map { images.name(at: $0) })
    }

    /// The training summary that the model file of a run on this data would have.
    private func summary(
        _ data: String, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> (summary: TrainingSummary, data: TrainingData) {
        var configuration = TrainingConfiguration()
        change(&configuration)
        let data = try TrainingData(at: data, configuration)
        var summary = TrainingSummary(
            strategy: .frozen, optimizer: .adam, learningRate: 1, batchSize: 1, seed: configuration.seed,
            trainingImages: data.training.count, validationSplit: configuration.data.validationSplit)
        summary.split = try ImageListing(of: data).record
        // The summary as the file stores it.
        summary = try JSONDecoder().decode(TrainingSummary.self, from: JSONEncoder().encode(summary))
        return (summary, data)
    }

    @Test("The split equals that of the run, regardless of the order of its classes")
    func orderOfClasses() throws {
        try withTemporaryFolder { folder in
            // Ties between classes follow their order.
            try Samples.writeClasses(["cat", "dog", "owl"], count: 7, to: folder)
            let (summary, data) = try summary(folder.path) { $0.data.dataset.classes = ["owl", "dog", "cat"] }
            let made = try openDataset(at: folder.path).split(validation: .fraction(0.2))
            #expect(names(made.validation) != names(data.validation), "the splits of both orders are equal")
            for (split, part) in [(EvaluationSplit.val, data.validation), (.train, data.training)] {
                let opened = try EvaluationData(at: folder.path, split: split, training: summary)
                #expect(names(opened.images) == names(part) && opened.split == split)
            }
            let calibration = try EvaluationData(calibrationAt: folder.path, training: summary)
            #expect(names(calibration.images) == names(data.validation))
        }
    }

    @Test("By default the images that training held out are evaluated, and a note states this")
    func byDefault() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 10, to: folder)
            let (summary, data) = try summary(folder.path)
            let opened = try EvaluationData(at: folder.path, training: summary)
            #expect(names(opened.images) == names(data.validation) && opened.trainedOn == 0)
            #expect(opened.notes.contains { $0.contains("trained on 16 images") && $0.contains("`split = .all`") })
            let all = try EvaluationData(at: folder.path, split: .all, training: summary)
            #expect(all.images.count == 20 && all.trainedOn == 16)
            #expect(all.notes.contains { $0.contains("trained on 16 of these 20 images") })

            // The test split is preferred to the validation split that selected the best epoch.
            let (tested, parts) = try self.summary(folder.path) { $0.data.testSplit = 0.3 }
            let test = try EvaluationData(at: folder.path, training: tested)
            #expect(names(test.images) == names(try #require(parts.test)) && test.split == .test)
            let calibration = try EvaluationData(calibrationAt: folder.path, training: tested)
            #expect(names(calibration.images) == names(parts.validation))
        }
    }

    @Test("Moved and renamed images are recognized; new ones count as not trained on")
    func elsewhere() throws {
        try withTemporaryFolder { folder in
            let (first, second) = (folder.appending(path: "first"), folder.appending(path: "second"))
            try FileManager.default.createDirectory(at: first, withIntermediateDirectories: true)
            try Samples.writeClasses(["red", "blue"], count: 10, to: first)
            let (summary, data) = try summary(first.path)
            try FileManager.default.moveItem(at: first, to: second)
            let moved = try EvaluationData(at: second.path, training: summary)
            #expect(moved.images.count == data.validation.count && moved.split == .val)

            for number in 0..<10 {
                try FileManager.default.moveItem(
                    at: second.appending(path: "red/\(number).png"),
                    to: second.appending(path: "red/image-\(9 - number).png"))
            }
            #expect(try EvaluationData(at: second.path, training: summary).images.count == data.validation.count)
            try Samples.write(0, 50, to: second.appending(path: "red/new.png"))
            let more = try EvaluationData(at: second.path, training: summary)
            #expect(more.images.count == data.validation.count + 1 && more.trainedOn == 0 && more.split == nil)

            // Other images, which are all evaluated.
            let other = folder.appending(path: "other")
            try Samples.writeClasses(["red", "blue"], count: 4, to: other, first: 3)
            let unknown = try EvaluationData(at: other.path, training: summary)
            #expect(unknown.images.count == 8 && unknown.notes.isEmpty)
            #expect(try EvaluationData(calibrationAt: other.path, training: summary).images.count == 8)
            let error = #expect(throws: DatasetError.self) {
                try EvaluationData(at: other.path, split: .val, training: summary)
            }
            #expect(error?.code == .missing)
        }
    }

    @Test("An evaluation of the training folder alone has a note")
    func trainingFolder() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 6, to: folder.appending(path: "train"))
            try Samples.writeClasses(["red", "blue"], count: 3, to: folder.appending(path: "val"), first: 3)
            let (summary, _) = try summary(folder.path)
            let train = try EvaluationData(at: folder.path + "/train", training: summary)
            #expect(train.images.count == 12 && train.trainedOn == 12)
            #expect(train.notes.contains { $0.contains("trained on all of these 12 images") })
            for path in ["/val", ""] {
                let val = try EvaluationData(at: folder.path + path, training: summary)
                #expect(val.images.count == 6 && val.trainedOn == 0 && val.split == .val)
            }
        }
    }

    @Test("The model file of a run holds the split and reproduces its accuracy")
    func modelFile() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.data.dataset.classes = ["red", "blue"]
            let run = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            let moved = folder.appending(path: "moved.safetensors").path
            try FileManager.default.moveItem(atPath: run.directory.best, toPath: moved)
            let classifier = try await ImageClassifier(contentsOf: moved)
            let opened = try EvaluationData(at: data, training: classifier.description.training)
            let evaluation = try await classifier.evaluate(opened.images)
            #expect(evaluation.count == 4)
            #expect(evaluation.top1 == run.best.validationAccuracy)
        }
    }
}
