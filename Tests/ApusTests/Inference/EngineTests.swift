import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus

@Suite("Engines") struct EngineTests {
    /// Logits of seventeen pictures, which fill one batch and begin another.
    private static func logits(
        _ classifier: ImageClassifier, batchSize: Int, in folder: URL
    ) async throws -> [[Float]] {
        var options = PredictionOptions()
        (options.includesLogits, options.batchSize) = (true, batchSize)
        let list = try PictureList(paths: [folder.path])
        let collected = Collected<[Float]>()
        try await classifier.predict(list, options: options) { result in
            guard case .prediction(let prediction) = result else { return }
            collected.append(prediction.logits ?? [])
        }
        return collected.elements
    }

    @TensorActor
    private static func classifier(
        _ engine: EngineChoice, _ precision: InferencePrecision = .float32, architecture: String = "mobilenet_v2"
    ) throws -> ImageClassifier {
        let plain = try Networks.classifier(classes: ["a", "b", "c"], architecture: architecture)
        return ImageClassifier(
            plain.description, try plain.network, device: .cpu,
            inference: InferenceOptions(engine: engine, precision: precision))
    }

    @Test(
        "OpenVINO and LibTorch give the same logits, whatever the batch",
        arguments: ["mobilenet_v2", "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5"])
    func sameNumbers(architecture: String) async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["a"], count: 17, to: folder)
            let torch = try await Self.logits(
                Self.classifier(.libtorch, architecture: architecture), batchSize: 8, in: folder)
            #expect(torch.count == 17)
            // Pictures that all gave the same would tell nothing about their order.
            #expect(Set(torch).count == 17)
            for batchSize in [4, 16] {
                let other = try await Self.logits(
                    Self.classifier(.openvino, architecture: architecture), batchSize: batchSize, in: folder)
                try #require(other.count == 17)
                for (one, two) in zip(torch, other) {
                    #expect(zip(one, two).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) })
                }
            }
        }
    }

    @Test("A second opening takes the compiled network, and a changed file does not")
    func compiledOnce() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors").path
            let (first, second) = (
                try await Networks.classifier(classes: ["a", "b"]), try await Networks.classifier(classes: ["x", "y"])
            )
            try await first.save(to: file)
            try Samples.writeClasses(["a"], count: 1, to: folder)
            let picture = folder.path + "/a/0.png"

            func open() async throws -> (report: EngineReport, prediction: Prediction) {
                let classifier = try await ImageClassifier(
                    contentsOf: file, device: .cpu, inference: InferenceOptions(engine: .openvino))
                let report = try await classifier.prepare(forPictures: 1)
                return (report, try await classifier.predict(picture))
            }
            let (compiled, answer) = try await open()
            #expect(compiled.details.contains { $0.contains("compiled for this machine") })
            let (taken, again) = try await open()
            #expect(taken.details.contains { $0.contains("compiled before") })
            #expect(answer.top == again.top)

            try await second.save(to: file)
            let (anew, other) = try await open()
            #expect(anew.details.contains { $0.contains("compiled for this machine") })
            #expect(["x", "y"].contains(other.label))
        }
    }

    @Test("int8 without a quantised network says what to do")
    func int8() async throws {
        for engine in [EngineChoice.openvino, .libtorch] {
            let asked = try await Self.classifier(engine, .int8)
            let error = await #expect(throws: ApusError.self) { try await asked.prepare(forPictures: 1) }
            #expect(error?.description.contains("apus export") == true)
        }
    }

    @Test("bfloat16 is computed, or its absence told")
    func bfloat16() async throws {
        let asked = try await Self.classifier(.openvino, .bfloat16)
        let report = try await asked.prepare(forPictures: 1)
        if try await OpenVINO.supports(.bfloat16) {
            #expect(report.summary.contains("bfloat16"))
        } else {
            #expect(report.summary.contains("float32"))
            #expect(report.notes.contains { $0.contains("bfloat16") })
        }
        let torch = try await Self.classifier(.libtorch, .bfloat16)
        #expect(try await torch.prepare(forPictures: 1).summary.contains("bfloat16"))
    }
}
