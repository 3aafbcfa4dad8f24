import Foundation
import Inference
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier
@testable import ONNX

@Suite("Export") struct ExportTests {
    @Test("An ONNX file with pixel input predicts as the classifier does")
    func onnxPredicts() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try await Networks.classifier(classes: ["a", "b", "c"])
            let file = folder.appending(path: "model.onnx").path
            try await classifier.export(to: file, format: .onnx, input: .pixels)
            try Samples.writeClasses(["a", "b"], count: 3, to: folder)
            let opened = try await ImageClassifier(contentsOf: file)
            #expect(opened.description == classifier.description)
            for name in ["a/0.png", "a/1.png", "b/0.png", "b/2.png"] {
                let path = folder.appending(path: name).path
                let (one, two) = (try await classifier.predict(path), try await opened.predict(path))
                #expect(one.label == two.label)
                #expect(abs(one.probability - two.probability) < 1e-5)
            }
            // It contains no state dict, so commands that need one refuse it by name.
            let error = await #expect(throws: ApusError.self) {
                try await opened.save(to: folder.appending(path: "again.safetensors").path)
            }
            #expect(error?.code == .unsupportedForONNX && error?.path == file)
        }
    }

    @Test("The metadata contain classes and preprocessing")
    func metadata() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try await Networks.classifier(classes: ["犬", "cat \"x\""])
            let file = folder.appending(path: "model.onnx").path
            try await classifier.export(to: file, format: .onnx, input: .normalization)
            let metadata = try ONNXModel.readMetadata(of: file)
            let classes = try JSONDecoder().decode([String].self, from: Data((metadata["classes"] ?? "").utf8))
            #expect(classes == classifier.classes)
            let preprocessing = try JSONDecoder().decode(
                Preprocessing.self, from: Data((metadata["preprocessing"] ?? "").utf8))
            #expect(preprocessing == Networks.preprocessing)
            let error = await #expect(throws: ApusError.self) { try await ImageClassifier(contentsOf: file) }
            #expect(error?.code == .unsupportedInput && error?.value == "image")
        }
    }

    @Test("A state dict holds the network's tensors in order")
    func stateDict() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try await Networks.classifier(classes: ["a", "b"])
            let file = folder.appending(path: "model.pth").path
            try await classifier.export(to: file, format: .pth)
            try await TensorActor.run {
                let entries = try Checkpoint.read(file).entries
                let state = try classifier.network.stateDict
                try #require(entries.map(\.name) == state.map(\.name))
                for (one, two) in zip(entries, state) { try expectClose(one.tensor, two.tensor, within: 0, one.name) }
            }
        }
    }

    @Test("Files that are not ONNX models are refused by name", arguments: ["", "no model", "\u{08}\u{08}"])
    func noModel(content: String) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "broken.onnx")
            try Data(content.utf8).write(to: file)
            let error = await #expect(throws: (any Error).self) { try await ImageClassifier(contentsOf: file.path) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(file.path))
        }
    }
}
