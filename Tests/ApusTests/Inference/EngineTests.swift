import Foundation
import Inference
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Engines") struct EngineTests {
    /// Logits of seventeen images, which fill one batch and start another.
    private static func logits(
        _ classifier: ImageClassifier, batchSize: Int, in folder: URL
    ) async throws -> [[Float]] {
        let list = try ImageList(paths: [folder.path])
        return try await classifier.predictions(of: list, options: .init(batchSize: batchSize)).map { $0.logits ?? [] }
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
        "OpenVINO and LibTorch give the same logits for every batch",
        arguments: ["mobilenet_v2", "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5"])
    func sameLogits(architecture: String) async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["a"], count: 17, to: folder)
            let torch = try await Self.logits(
                Self.classifier(.libtorch, architecture: architecture), batchSize: 8, in: folder)
            #expect(torch.count == 17)
            // Equal outputs of all images would not show their order.
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

    @Test("A second start uses the cached network unless the file has changed")
    func compiledOnce() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors").path
            let (first, second) = (
                try await Networks.classifier(classes: [folder.lastPathComponent, "b"]),
                try await Networks.classifier(classes: ["x", folder.lastPathComponent])
            )
            try await first.save(to: file)
            try Samples.writeClasses(["a"], count: 1, to: folder)
            let image = folder.path + "/a/0.png"

            func open() async throws -> (report: EngineReport, prediction: Prediction) {
                let classifier = try await ImageClassifier(
                    contentsOf: file, device: .cpu, inference: InferenceOptions(engine: .openvino))
                let report = try await classifier.prepare(forImages: 1)
                return (report, try await classifier.predict(image))
            }
            let (compiled, answer) = try await open()
            #expect(compiled.details.contains { $0.contains("compiled for this machine") })
            let (taken, again) = try await open()
            #expect(taken.details.contains { $0.contains("loaded from the cache") })
            #expect(answer.top == again.top)

            try await second.save(to: file)
            let (anew, other) = try await open()
            #expect(anew.details.contains { $0.contains("compiled for this machine") })
            #expect(other.label != "b" && other.top.contains { $0.label == "x" })
        }
    }

    @Test("A file overwritten in place with equal size and time is noticed")
    func sameSizeAndTime() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors").path
            let classes = [folder.lastPathComponent, "b"]
            try await Networks.classifier(classes: classes).save(to: file)
            var times = stat()
            #expect(stat(file, &times) == 0)
            try Samples.writeClasses(["a"], count: 1, to: folder)
            func answer() async throws -> Prediction {
                let classifier = try await ImageClassifier(
                    contentsOf: file, device: .cpu, inference: InferenceOptions(engine: .openvino))
                return try await classifier.predict(folder.path + "/a/0.png")
            }
            let before = try await answer()
            // The sign of the last layer is flipped: the same bytes except for one bit of each number.
            let turned = try await TensorActor.run {
                let checkpoint = try Checkpoint.read(file)
                let entries = try checkpoint.entries.map { entry in
                    (name: entry.name, tensor: entry.name.hasPrefix("classifier.") ? try -entry.tensor : entry.tensor)
                }
                let other = folder.appending(path: "other.safetensors").path
                try Checkpoint(entries: entries, metadata: Checkpoint.readMetadata(file)).writeSafetensors(to: other)
                return try bytes(of: other)
            }
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.write(contentsOf: turned)
            try handle.close()
            var kept = [times.st_atim, times.st_mtim]
            #expect(utimensat(AT_FDCWD, file, &kept, 0) == 0)
            #expect(Int(times.st_size) == turned.count)
            let after = try await answer()
            #expect(after.label != before.label)
            #expect(abs(after.probability - before.probability) < 1e-4)
        }
    }

    @Test("The cache distinguishes custom networks by their computation, not by the file alone")
    func customNetwork() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "own.safetensors").path
            func own(_ sign: Double) -> Architecture {
                Architecture("own", preprocessing: Networks.preprocessing) { classes in
                    try Signed(classes: classes, sign: sign)
                }
            }
            try await TensorActor.run {
                let network = try own(1).makeNetwork(classes: 2)
                try Formula.fill(network)
                let description = ModelDescription(
                    architecture: "own", classes: [folder.lastPathComponent, "b"], preprocessing: Networks.preprocessing
                )
                try ModelFile.write(description, network, to: file)
            }
            try Samples.writeClasses(["a"], count: 1, to: folder)
            var logits: [[Float]] = []
            for sign in [1.0, -1.0] {
                let classifier = try await ImageClassifier(
                    contentsOf: file, network: own(sign), device: .cpu, inference: InferenceOptions(engine: .openvino))
                logits += try await Self.logits(classifier, batchSize: 1, in: folder)
            }
            #expect(zip(logits[0], logits[1]).allSatisfy { abs($0 + $1) < 1e-4 } && logits[0][0] != 0)
        }
    }

    @Test("An ONNX file refuses engines and precisions that it does not support")
    func onnxChoices() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "m.onnx").path
            try await Networks.classifier(classes: [folder.lastPathComponent, "b"]).export(
                to: file, format: .onnx, input: .pixels)
            func open(_ engine: EngineChoice, _ precision: InferencePrecision?) async throws -> EngineReport {
                let options = InferenceOptions(engine: engine, precision: precision)
                return try await ImageClassifier(contentsOf: file, inference: options).prepare(forImages: 1)
            }
            #expect(try await open(.openvino, nil).summary.contains("float32"))
            let torch = await #expect(throws: ApusError.self) { try await open(.libtorch, nil) }
            #expect(torch?.code == .engineUnsupported && torch?.path?.hasSuffix("m.onnx") == true)
            await #expect(throws: ApusError.self) { try await open(.auto, .int8) }
            if try await OpenVINO.supports(.bfloat16) {
                #expect(try await open(.auto, .bfloat16).summary.contains("bfloat16"))
            }
        }
    }

    @Test("int8 without a quantized network is an error with advice")
    func int8() async throws {
        for engine in [EngineChoice.openvino, .libtorch] {
            let asked = try await Self.classifier(engine, .int8)
            let error = await #expect(throws: ApusError.self) { try await asked.prepare(forImages: 1) }
            #expect(error?.code == .notQuantized)
        }
    }

    @Test("bfloat16 is computed, or the error states that it is not available")
    func bfloat16() async throws {
        let asked = try await Self.classifier(.openvino, .bfloat16)
        let report = try await asked.prepare(forImages: 1)
        if try await OpenVINO.supports(.bfloat16) {
            #expect(report.summary.contains("bfloat16"))
        } else {
            #expect(report.summary.contains("float32"))
            #expect(report.notes.contains { $0.contains("bfloat16") })
        }
        let torch = try await Self.classifier(.libtorch, .bfloat16)
        #expect(try await torch.prepare(forImages: 1).summary.contains("bfloat16"))
    }
}

/// Two networks with the same parameters and different code.
private final class Signed: ModuleContainer {
    private let layer: Linear
    private let sign: Double

    init(classes: Int, sign: Double) throws {
        layer = try Linear(3, classes)
        self.sign = sign
    }

    var namedChildren: [(name: String, module: any Module)] { [("layer", layer)] }

    func forward(_ input: Tensor) throws -> Tensor { try layer(input.mean(dims: [2, 3])) * sign }
}
