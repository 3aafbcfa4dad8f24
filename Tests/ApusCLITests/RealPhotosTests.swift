import Foundation
import TestSupport
import Testing
import TorchVision

/// The main use on real photos, with published weights.
@Suite("Commands on real photos", .serialized, .testData) struct RealPhotosTests {
    private struct Training: Decodable {
        struct Epoch: Decodable {
            let epoch: Int
            let validationAccuracy: Double
        }
        let epochs: [Epoch]
        let best: Epoch
        let model: String
        let unreadable: Int
    }

    private struct Metrics: Decodable {
        let count: Int
        let top1: Double
        let top5: Double
        let errors: Int
    }

    private struct Row: Decodable {
        let file: String
        let label: String?
        let index: Int?
        let logits: [Float]?
        let error: String?
    }

    /// Weights come from the test data, through a separate cache.
    private func environment(_ folder: URL) throws -> [String: String] {
        [
            "TORCH_HOME": folder.appending(path: "torch").path,
            "APUS_WEIGHTS_MIRROR": try TestData.url("weights").path,
        ]
    }

    @Test("Ants and bees are trained to a high accuracy") func antsAndBees() throws {
        try withTemporaryFolder { folder in
            let data = try TestData.url("datasets/hymenoptera_data").path
            let command = try Command(
                "train", data, "--model", "mobilenet_v2", "--strategy", "frozen", "--epochs", "3", "--batch-size", "16",
                "--no-report", "--out", "run", "--format", "json", environment: environment(folder), folder: folder)
            try #require(command.status == 0, "\(command.messages)")
            let training: Training = try command.json()
            #expect(training.best.validationAccuracy >= 0.93, "\(training)")
            #expect(training.unreadable == 0)
            #expect(!command.messages.contains("ignored"))
            #expect(
                FileManager.default.fileExists(
                    atPath: folder.appending(path: "torch/hub/checkpoints/mobilenet_v2-b0353104.pth").path))

            // The validation images are those of the data's val/.
            let evaluation: Metrics = try Command(
                "evaluate", training.model, data, "--format", "json", "-q", folder: folder
            ).json()
            #expect(evaluation.count == 153)
            #expect(abs(evaluation.top1 - training.best.validationAccuracy) < 1e-9)
            #expect(evaluation.top5 == 1)
        }
    }

    @Test("Cats and dogs are labeled by their file names") func catsAndDogs() throws {
        try withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
            for animal in ["cat", "dog"] {
                let source = try TestData.url("datasets/cats_dogs/\(animal)")
                for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
                    try FileManager.default.createSymbolicLink(
                        at: photos.appending(path: name), withDestinationURL: source.appending(path: name))
                }
            }
            let command = try Command(
                "train", "photos", "--model", "mobilenet_v2", "--epochs", "2", "--batch-size", "16", "--limit", "200",
                "--no-report", "--out", "run", "--format", "json", environment: environment(folder), folder: folder)
            try #require(command.status == 0, "\(command.messages)")
            let training: Training = try command.json()
            #expect(training.best.validationAccuracy >= 0.95, "\(training)")

            // The label is in the name. Predictions of held-out images agree with it.
            let evaluation: Metrics = try Command(
                "evaluate", training.model, "photos", "--split", "val", "--format", "json", "-q", folder: folder
            ).json()
            // A fifth of 1,399 files; one of them is a text named dog.0.jpg.
            #expect(evaluation.count + evaluation.errors == 280)
            #expect(evaluation.errors <= 1)
            #expect(evaluation.top1 >= 0.95)
        }
    }

    @Test("The best class of every photo equals PyTorch's") func bestClass() throws {
        try withTemporaryFolder { folder in
            let data = try TestData.url("datasets").path
            let rows = try Goldens.table("models/mobilenet_v2-pretrained.tsv")
            let paths = Set(rows.compactMap { $0["path"]?.split(separator: "/").first.map(String.init) })
            #expect(paths == ["imagenet_samples_256", "imagenette_224"])
            let command = try Command(
                "predict", "mobilenet_v2", "\(data)/imagenet_samples_256", "\(data)/imagenette_224/val", "--format",
                "json", "--logits", "--top", "1", "-q", environment: environment(folder))
            try #require(command.status == 0, "\(command.messages)")
            let predictions = try command.jsonLines(Row.self)
            let byFile = Dictionary(
                uniqueKeysWithValues: predictions.map { (String($0.file.dropFirst(data.count + 1)), $0) })
            #expect(rows.count == 1000 && byFile.count == 1000)
            for row in rows {
                let path = try #require(row["path"])
                let prediction = try #require(byFile[path], "\(path)")
                #expect(prediction.index.map(String.init) == row["index"], "\(path)")
                let (logit, golden) = (prediction.logits?.max() ?? 0, row["logit"].flatMap(Float.init) ?? .infinity)
                #expect(abs(logit - golden) < max(1e-3, 1e-4 * abs(golden)), "\(path)")
            }

            // The folders are WordNet identifiers. The golden file has the number that PyTorch classifies correctly.
            let recognized = rows.count { row in
                let parts = (row["path"] ?? "").split(separator: "/").map(String.init)
                return parts[0] == "imagenette_224" && row["index"].flatMap(Int.init).map(wordNetID) == parts[2]
            }
            let evaluation: Metrics = try Command(
                "evaluate", "mobilenet_v2", "\(data)/imagenette_224/val", "--format", "json", "-q",
                environment: environment(folder)
            ).json()
            #expect(evaluation.count == 500)
            #expect(evaluation.top1 == Double(recognized) / 500)
            #expect(evaluation.top1 > 0.6 && evaluation.top5 > 0.85)
        }
    }

    private func wordNetID(_ index: Int) -> String { ImageNetClasses.wordNetIDs[index] }

    @Test("A backbone without its head trains") func backbone() throws {
        try withTemporaryFolder { folder in
            let data = try TestData.url("datasets/hymenoptera_data").path
            let weights = try TestData.url("weights/resnet18-backbone-fp16rounded-bnrecal.pth").path
            let flags = [
                "train", data, "--model", "resnet18", "--weights", weights, "--epochs", "2", "--batch-size", "8",
                "--limit", "120", "--no-report", "--out", "run", "--format", "json",
            ]
            let strict = try Command(arguments: flags, folder: folder)
            #expect(strict.status == 1)
            #expect(strict.messages.contains("missing: fc.weight, fc.bias") && strict.messages.contains("--partial"))
            let command = try Command(arguments: flags + ["--partial"], folder: folder)
            try #require(command.status == 0, "\(command.messages)")
            #expect(command.messages.contains("loaded 120 entries; missing: fc.weight, fc.bias"))
            let training: Training = try command.json()
            #expect(training.best.validationAccuracy >= 0.9, "\(training)")
        }
    }

    @Test("Hostile files are reported, and the other files are predicted") func hostileFiles() throws {
        let folder = try TestData.url("robustness").path
        let images = try ImageList(paths: [folder])
        let command = try Command(
            "predict", TrainedRun.model, folder, "--format", "json", "--top", "1", "--batch-size", "4")
        #expect(command.status == 1)
        let rows = try command.jsonLines(Row.self)
        #expect(rows.map(\.file) == (0..<images.count).map { images.name(at: $0) })
        #expect(rows.count { $0.label != nil } > 100)
        #expect(rows.count { $0.error != nil } > 100)
        #expect(rows.allSatisfy { ($0.label == nil) != ($0.error == nil) })
    }
}
