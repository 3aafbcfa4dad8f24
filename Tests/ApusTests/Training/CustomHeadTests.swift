import Foundation
import Inference
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Custom heads: trained, saved and opened again.
@TensorActor
@Suite("Custom heads") struct CustomHeadTests {
    private func train(
        in folder: URL, _ change: (inout TrainingConfiguration) -> Void
    ) async throws -> (result: TrainingResult, data: String) {
        let data = folder.appending(path: "data")
        if !FileManager.default.fileExists(atPath: data.path) {
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
        }
        var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 3)
        change(&configuration)
        let result = try await ImageClassifier.train(
            on: data.path, configuration, directory: folder.appending(path: "run-\(UUID().uuidString)").path)
        return (result, data.path)
    }

    private func version(of path: String) throws -> Int {
        struct Envelope: Decodable { let version: Int }
        let text = try #require(Checkpoint.readMetadata(path)["apus"])
        return try JSONDecoder().decode(Envelope.self, from: Data(text.utf8)).version
    }

    @Test("A custom head is trained, saved and opened") func customHead() async throws {
        try await withTemporaryFolder { folder in
            let head = try Head("16,batchnorm,relu,dropout:0.2")
            let (result, data) = try await train(in: folder) { $0.network.head = head }
            let tensors = try Networks.tensors(result.directory.best)
            #expect(tensors["classifier.0.weight"]?.shape == [16, 1280])
            #expect(tensors["classifier.1.running_mean"]?.shape == [16])
            #expect(tensors["classifier.4.weight"]?.shape == [2, 16])
            #expect(try version(of: result.directory.best) == 3)

            let classifier = try await ImageClassifier(contentsOf: result.directory.best)
            #expect(classifier.description.options.head == head)
            let evaluation = try await classifier.evaluate(EvaluationData(at: data).images)
            #expect(evaluation.top1 == 1)
            // Both engines and the exported file have the head.
            for engine in [EngineChoice.openvino, .libtorch] {
                var options = InferenceOptions()
                options.engine = engine
                let other = try await ImageClassifier(
                    contentsOf: result.directory.best, device: .cpu, inference: options)
                #expect(try await other.predict("\(data)/red/1.png").label == "red")
            }
            let onnx = folder.appending(path: "model.onnx").path
            try await classifier.export(to: onnx, format: .onnx, input: .pixels)
            #expect(try await ImageClassifier(contentsOf: onnx).predict("\(data)/blue/1.png").label == "blue")
            // A file that is saved again is the same.
            let again = folder.appending(path: "again.safetensors").path
            try await classifier.save(to: again)
            #expect(try FileContents(of: again) == FileContents(of: result.directory.best))
        }
    }

    /// Files without new features stay readable for older versions.
    @Test("The standard head is not stored in the file") func standardHead() async throws {
        try await withTemporaryFolder { folder in
            let (result, _) = try await train(in: folder) { $0.epochs = 1 }
            #expect(try version(of: result.directory.best) == 3)
            let text = try #require(Checkpoint.readMetadata(result.directory.best)["apus"])
            for word in ["\"options\"", "\"head\"", "\"network\"", "layerwiseDecay"] {
                #expect(!text.contains(word), "\(word)")
            }
        }
    }

    /// A file with a custom head starts another training run: with an equal fresh head, or with another.
    @Test("Training starts from a file with a custom head") func initialWeights() async throws {
        try await withTemporaryFolder { folder in
            let (first, _) = try await train(in: folder) {
                ($0.epochs, $0.network.head) = (1, Head([.linear(16), .relu]))
            }
            for (head, shapes) in [(nil, [[16, 1280], [2, 16]]), (Head([.linear(2)]), [[2, 1280]])] {
                let (second, _) = try await train(in: folder) {
                    ($0.epochs, $0.network.head) = (1, head)
                    $0.network.initialWeights = .file(path: first.directory.best, isPartial: false)
                }
                let entries = try Checkpoint.read(second.directory.best).entries
                let weights = entries.filter { $0.name.hasPrefix("classifier.") && $0.name.hasSuffix("weight") }
                #expect(weights.map(\.tensor.shape) == shapes)
                let stem = "features.0.0.weight"
                let (before, after) = (
                    try Networks.tensors(first.directory.best)[stem], try Networks.tensors(second.directory.best)[stem]
                )
                #expect(try haveEqualBits(#require(before), #require(after)))
            }
        }
    }

    @Test("A head that does not fit is refused before anything is created") func misfit() async throws {
        try await withTemporaryFolder { folder in
            let error = await #expect(throws: HeadError.self) {
                try await train(in: folder) { $0.network.head = Head([.linear(16), .relu, .linear(3)]) }
            }
            #expect(error?.description.contains("3 outputs") == true)
            #expect(error?.description.contains("2 classes") == true)
            let present = try names(in: folder.path)
            #expect(present == ["backbone.safetensors", "data"])
        }
    }

    /// A head in the description that is larger than the file is refused before its memory is allocated.
    @Test("A description larger than its file is refused") func oversizedDescription() async throws {
        try await withTemporaryFolder { folder in
            var description = try Networks.classifier(classes: ["a", "b"]).description
            description.options.head = Head([.linear(65_536), .relu, .linear(65_536), .relu, .linear(65_536)])
            let network = try #require(Architecture.named("mobilenet_v2")).makeNetwork(classes: 2)
            let path = folder.appending(path: "model.safetensors").path
            try ModelFile.write(description, network, to: path)
            let classifier = try await ImageClassifier(contentsOf: path)
            let error = await #expect(throws: ApusError.self) { try await classifier.prepare(forImages: 1) }
            #expect(error?.description.contains(path) == true, "\(error?.description ?? "")")
        }
    }
}

/// A learning rate for each stage.
@TensorActor
@Suite("Layerwise learning rates") struct LayerwiseLearningRateTests {
    @Test("Each stage has its fraction of the learning rate", arguments: OptimizerKind.allCases)
    func layerwiseDecay(_ kind: OptimizerKind) throws {
        let network = try #require(Architecture.named("mobilenet_v2")).makeNetwork(classes: 2)
        try network.trainLastStages(3)
        var configuration = TrainingConfiguration()
        (configuration.optimizer.kind, configuration.optimizer.learningRate, configuration.optimizer.layerwiseDecay) = (
            kind, 0.5, 0.1
        )
        let optimizer = configuration.optimizer.makeOptimizer(for: network)
        let stages = Array(network.stages.reversed())
        // Frozen stages have no learning rate.
        #expect(optimizer.groups.count == 3)
        for (group, stage) in zip(optimizer.groups, stages).prefix(3) {
            #expect(group.parameters.map { ObjectIdentifier($0) } == stage.parameters.map { ObjectIdentifier($0) })
        }
        #expect(optimizer.groups.prefix(3).map(\.learningRate) == [0.5, 0.5 * 0.1, 0.5 * (0.1 * 0.1)])
        #expect(optimizer.groups.allSatisfy { $0.weightDecay == ([.adamw, .lamb].contains(kind) ? 0.01 : 0) })
        // A schedule scales all learning rates equally.
        optimizer.setLearningRate(0.2)
        #expect(optimizer.groups.prefix(3).map(\.learningRate) == [0.2, 0.2 * 0.1, 0.2 * (0.1 * 0.1)])
    }

    /// With plain SGD, the step of every stage is proportional to its learning rate.
    @Test("Steps are proportional to the learning rates") func steps() throws {
        let text = """
            input 3x8x8
            features:
            conv:4:3, relu
            conv:4:3, relu
            classifier:
            linear:classes
            """
        try RandomState.seed(1)
        let network = try DescribedNetwork(NetworkDescription(text, name: "small"), classes: 3)
        var configuration = TrainingConfiguration()
        (configuration.optimizer.kind, configuration.optimizer.momentum) = (.sgd, 0)
        (configuration.optimizer.learningRate, configuration.optimizer.layerwiseDecay) = (0.1, 0.25)
        let optimizer = configuration.optimizer.makeOptimizer(for: network)
        let before = try network.parameters.map { try $0.detach().clone() }
        try crossEntropy(network(Formula.tensor([4, 3, 8, 8])), Tensor([0, 1, 2, 0])).backward()
        let gradients = try network.parameters.map { try #require($0.gradient) }
        try optimizer.step()
        let rates = [0.00625, 0.00625, 0.025, 0.025, 0.1, 0.1]
        for (place, rate) in rates.enumerated() {
            try expectClose(
                network.parameters[place].detach(), before[place] - gradients[place] * rate, within: 1e-7)
        }
    }
}
