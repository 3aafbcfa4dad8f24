import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

@TensorActor
@Suite("Embeddings") struct EmbeddingTests {
    private func embeddings(of folder: URL, ignoresLabels: Bool = false) async throws -> Embeddings {
        let classifier = try Networks.classifier(classes: ["red", "blue"])
        let input = try ImageInput(at: folder.path, ignoresLabels: ignoresLabels)
        let extractor = try await FeatureExtractor(classifier, forImages: input.images.count)
        return try await extractor.embeddings(of: input)
    }

    @Test("Features are the input of the head") func features() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 3, to: folder)
            try Data("no image".utf8).write(to: folder.appending(path: "blue/torn.png"))
            let found = try await embeddings(of: folder)
            #expect(found.count == 6 && found.failures.map(\.name) == ["\(folder.path)/blue/torn.png"])
            #expect(found.dimension == 1280)

            // The last layer applied to the features gives the logits of a prediction.
            let classifier = try Networks.classifier(classes: ["red", "blue"])
            let list = try ImageList(paths: (0..<6).map { found.image(at: $0).path })
            let logits = try await classifier.predictions(of: list).flatMap { $0.logits ?? [] }
            let head = try classifier.network.classify(found.tensor()).array(as: Float.self)
            #expect(zip(head, logits).allSatisfy { abs($0 - $1) < 1e-3 })
        }
    }

    @Test("Files hold the features, paths, labels and splits") func files() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["a,b", "c"], count: 2, to: data.appending(path: "train"))
            try Samples.writeClasses(["a,b", "c"], count: 1, to: data.appending(path: "val"))
            let found = try await embeddings(of: data)
            let file = folder.appending(path: "f.safetensors").path
            try await found.write(to: file, model: "tiny")
            let read = try Checkpoint.read(file)
            #expect(try read["features"]?.array(as: Float.self) == found.values)
            #expect(try read["labels"]?.array(as: Int.self) == [0, 0, 1, 1, 0, 1])
            #expect(read.metadata["classes"] == #"["a,b","c"]"#)
            #expect(read.metadata["splits"] == #"["train","train","train","train","val","val"]"#)
            let paths = try JSONDecoder().decode([String].self, from: Data((read.metadata["paths"] ?? "").utf8))
            #expect(paths.first == "\(data.path)/train/a,b/0.png" && paths.count == 6)

            let (kept, streamed) = (folder.appending(path: "f.csv"), folder.appending(path: "g.csv"))
            try await found.write(to: kept.path, model: "tiny")
            let classifier = try Networks.classifier(classes: ["red", "blue"])
            let extractor = try await FeatureExtractor(classifier, forImages: 6)
            let count = try await extractor.writeCSV(of: found.input, to: streamed.path)
            let text = try String(contentsOf: kept, encoding: .utf8)
            let other = try String(contentsOf: streamed, encoding: .utf8)
            #expect(count == 6 && other == text)
            let lines = text.split(separator: "\n")
            #expect(lines[0].hasPrefix("path,label,split,f0,f1,"))
            #expect(
                lines[1].hasPrefix("\"\(data.path)/train/a,b/0.png\",\"a,b\",train,\(found.values[0].description),"))
        }
    }

    @Test("Feature maps are averaged over their positions") func featureMaps() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["x"], count: 5, to: folder)
            let classifier = try Networks.classifier(classes: ["a", "b"], architecture: "squeezenet1_1")
            let extractor = try await FeatureExtractor(classifier, forImages: 5)
            #expect(extractor.dimension == 512)
            let found = try await extractor.features(of: "\(folder.path)/x/0.png")
            #expect(found.count == 512)
            // The head also averages over positions: a convolution of 1 x 1 commutes with that, except for its
            // activation.
            #expect(found.contains { $0 != 0 } && found.allSatisfy { $0 >= 0 })
        }
    }

    @Test("Images need no labels") func unlabeledImages() throws {
        try withTemporaryFolder { folder in
            for number in 0..<4 { try Samples.write(number, 0, to: folder.appending(path: "IMG_\(number).png")) }
            let camera = try ImageInput(at: folder.path)
            #expect(!camera.isLabeled && camera.images.count == 4 && camera.entry(at: 1).label == nil)
            let one = try ImageInput(at: folder.appending(path: "IMG_2.png").path)
            #expect(!one.isLabeled && one.images.count == 1)
            try Samples.writeClasses(["red"], count: 1, to: folder)
            #expect(try ImageInput(at: folder.path).images.count == 5)
        }
        #expect(throws: DatasetError.self) { try ImageInput(at: nowhere) }
    }

    @Test("The nearest neighbors of an image have its color") func neighbors() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue", "green"], count: 4, to: folder)
            let found = try await embeddings(of: folder)
            let path = "\(folder.path)/blue/2.png"
            let row = try #require((0..<found.count).first { found.image(at: $0).path == path })
            let near = try await found.neighbors(of: Array(found.features(at: row)), count: 3, excluding: path)
            #expect(near.map(\.image.label) == ["blue", "blue", "blue"])
            #expect(near.map(\.similarity) == near.map(\.similarity).sorted(by: >))
            let all = try await found.neighbors(of: Array(found.features(at: row)), count: 100)
            #expect(all.count == 12 && all[0].image.path == path && abs(all[0].similarity - 1) < 1e-5)
        }
    }

    @Test("Wrong labels are found, and the table is fixed") func wrongLabels() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue", "green"], count: 12, to: data)
            // A green image among the blue ones, which are named from 0 on.
            try Samples.write(2, 3, to: data.appending(path: "blue/5.png"))
            let events = Collected<LabelCheck.Event>()
            let checked = try await LabelCheck().run(try await embeddings(of: data), readBy: events.reader)
            guard case .fold(5, of: 5) = events.elements.last else {
                Issue.record("\(events.elements)")
                return
            }
            let issue = try #require(checked.report.issues.first)
            #expect(checked.report.issues.count == 1 && issue.image.path == "\(data.path)/blue/5.png")
            #expect(
                issue.given == "blue" && issue.likely == "green" && issue.likelyProbability > issue.givenProbability)
            #expect(checked.report.images == 36 && abs(checked.report.agreement - 35.0 / 36) < 1e-9)

            let dropped = try checked.table(.drop, in: folder.path)
            #expect(dropped.images == 35 && dropped.changed == 1 && !dropped.text.contains("blue/5.png"))
            let relabeled = try checked.table(.relabel, in: folder.path)
            #expect(relabeled.images == 36 && relabeled.text.contains("data/blue/5.png,green\n"))
            #expect(relabeled.text.contains("data/blue/4.png,blue\n"))
        }
    }

    @Test("A map reports its steps, and a canceled task or a reader that fails ends it") func mapEvents() async throws {
        struct Stop: Error {}
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["red", "blue"], count: 6, to: folder)
            let found = try await embeddings(of: folder)
            let events = Collected<EmbeddingMap.Event>()
            _ = try await found.map(by: .tsne, perplexity: 3, readBy: events.reader)
            guard case .step(1000, of: 1000) = events.elements.last else {
                Issue.record("\(events.elements)")
                return
            }
            await #expect(throws: Stop.self) {
                try await found.map(by: .tsne, perplexity: 3) { events in for await _ in events { throw Stop() } }
            }
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await found.map(by: .tsne, perplexity: 3)
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Data whose labels cannot be checked are refused") func refusals() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["red"], count: 5, to: folder)
            let one = try await embeddings(of: folder)
            await #expect(throws: ApusError.self) { try await LabelCheck().run(one) }
            let unlabeled = try await embeddings(of: folder, ignoresLabels: true)
            let error = await #expect(throws: ApusError.self) { try await LabelCheck().run(unlabeled) }
            #expect(error?.description.contains("no labels") == true)
            await #expect(throws: ApusError.self) { try await one.map(by: .tsne, perplexity: 9) }
        }
    }
}
