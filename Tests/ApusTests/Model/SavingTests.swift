import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// A classifier is the same after saving and loading.
@TensorActor
@Suite("Saved models") struct SavingTests {
    private func logits(_ classifier: ImageClassifier, _ images: any ImageDataset) async throws -> [[Float]] {
        try await classifier.predictions(of: images).map { $0.logits ?? [] }
    }

    @Test("A loaded model predicts the same bits", arguments: ["mobilenet_v2", "resnet18"])
    func roundTrip(_ name: String) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["x", "y", "z"], count: 2, to: data)
            let classifier = try Networks.classifier(classes: ["x", "y", "z"], architecture: name)
            let path = folder.appending(path: "model.safetensors").path
            try await classifier.save(to: path)
            let loaded = try await ImageClassifier(contentsOf: path)
            #expect(loaded.description == classifier.description)

            let images = try ImageList(paths: [data.path])
            let (before, after) = (try await logits(classifier, images), try await logits(loaded, images))
            #expect(before.count == 6 && Set(before).count == 6)
            #expect(before == after)

            // The tensors have torchvision's names, in its order.
            let network = try #require(Architecture.named(name)).makeNetwork(classes: 3)
            let checkpoint = try Checkpoint.read(path)
            #expect(checkpoint.entries.map(\.name) == network.stateDict.map(\.name))
            #expect(checkpoint.metadata["format"] == "pt")

            // A file that is saved again is the same, and no other file is left behind.
            let again = folder.appending(path: "again.safetensors").path
            try await loaded.save(to: again)
            #expect(try FileContents(of: path) == FileContents(of: again))
            #expect(try names(in: folder.path) == ["again.safetensors", "data", "model.safetensors"])
        }
    }

    @Test("Class names keep their bytes and their order") func classNames() async throws {
        try await withTemporaryFolder { folder in
            // Equal in Swift, but two folders on disk; in byte order the composed one is the last.
            let (decomposed, composed) = ("caf\u{65}\u{301}", "caf\u{E9}")
            let wanted = [decomposed, "cafz", composed, "猫, \"a\"", "🐜"]
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["🐜", composed, "cafz", decomposed, "猫, \"a\""], count: 6, to: data)
            let weights = try await Networks.backbone(in: folder)
            let result = try await ImageClassifier.train(
                on: data.path, .quick(from: weights, epochs: 6), directory: folder.appending(path: "run").path)
            let classifier = try await ImageClassifier(contentsOf: result.directory.last)
            #expect(classifier.classes.map { Array($0.utf8) } == wanted.map { Array($0.utf8) })

            // Each class has the color that its folder had when the images were drawn.
            let evaluation = try await classifier.evaluate(EvaluationData(at: data.path).images)
            #expect(evaluation.top1 == 1)
            #expect(evaluation.classes.map { Array($0.label.utf8) } == wanted.map { Array($0.utf8) })
            #expect(evaluation.classes.map(\.support) == [6, 6, 6, 6, 6])
            for name in [decomposed, composed] {
                let prediction = try await classifier.predict("\(data.path)/\(name)/3.png")
                #expect(Array(prediction.label.utf8) == Array(name.utf8))
                #expect(prediction.index == wanted.firstIndex { $0.utf8.elementsEqual(name.utf8) })
            }
        }
    }

    @Test("A full disk leaves the older model unchanged", .smallDisk) func fullDisk() async throws {
        try await withSmallDisk(megabytes: 14) { disk in
            let classifier = try Networks.classifier(classes: ["x", "y"])
            let path = disk.appending(path: "model.safetensors").path
            try await classifier.save(to: path)
            let before = try FileContents(of: path)
            // The second file needs space of its own before it can replace the first.
            let other = try Networks.classifier(classes: ["x", "y", "z"])
            let error = await #expect(throws: CheckpointError.self) { try await other.save(to: path) }
            #expect(error?.code == .file)
            #expect(error?.description.contains("No space left on device") == true)
            #expect(error?.description.contains(path) == true)
            #expect(error?.advice.contains("free some space") == true)
            #expect(try FileContents(of: path) == before)
            #expect(try names(in: disk.path) == ["model.safetensors"])
            let loaded = try await ImageClassifier(contentsOf: path)
            #expect(loaded.classes == ["x", "y"])
        }
    }
}
