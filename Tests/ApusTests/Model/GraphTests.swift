import Checkpoints
import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier
@testable import ONNX

/// The graph of a network in its model file, which predicts without the network.
@TensorActor
@Suite("Graphs in model files") struct GraphTests {
    private struct NetworkWasLoaded: Error {}

    /// A classifier of a file that fails when it needs LibTorch's network.
    private func graphOnly(_ path: String) throws -> ImageClassifier {
        let (description, graph) = try ModelFile.read(path)
        let source = NetworkSource(description.preprocessing, path: path, graph: graph, device: .cpu) {
            throw NetworkWasLoaded()
        }
        return ImageClassifier(description, source, InferenceOptions(engine: .openvino))
    }

    private func withModel(
        _ architecture: String = "mobilenet_v2", classes: [String] = ["x", "y"],
        _ body: (URL, ImageClassifier, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            // Equal files would share a compiled network.
            let classifier = try Networks.classifier(
                classes: [folder.lastPathComponent] + classes, architecture: architecture)
            let path = folder.appending(path: "model.safetensors").path
            try await classifier.save(to: path)
            try await body(folder, classifier, path)
        }
    }

    /// Removes the graph of a file, as in files of older versions.
    private func removeGraph(of path: String) throws {
        var checkpoint = try Checkpoint.read(path)
        checkpoint.metadata[ModelGraph.key] = nil
        try checkpoint.writeSafetensors(to: path)
    }

    private func traced(_ classifier: ImageClassifier) throws -> ONNXModel {
        try ONNXModel(tracing: classifier.network, classifier.description.preprocessing, .logits)
    }

    @Test("The graph with the tensors of the file is the recorded network", arguments: ["mobilenet_v2", "resnet18"])
    func sameModel(_ architecture: String) async throws {
        try await withModel(architecture) { _, classifier, path in
            let (description, graph) = try ModelFile.read(path)
            #expect(description == classifier.description)
            let stored = try #require(graph)
            #expect(stored.isKnown && stored.side == 32 && stored.outputCount == 3)
            // It contains neither weights nor metadata.
            #expect(stored.bytes.count < 150_000)
            #expect(try stored.model(with: path).bytes() == traced(classifier).bytes())
        }
    }

    @Test("A file predicts with its graph alone") func prediction() async throws {
        try await withModel { folder, classifier, path in
            try Samples.writeClasses(["a", "b"], count: 3, to: folder)
            let images = try ImageList(paths: [folder.path + "/a", folder.path + "/b"])
            let torch = ImageClassifier(
                classifier.description, try classifier.network, inference: InferenceOptions(engine: .libtorch))
            let expected = try await torch.predictions(of: images).map { $0.logits ?? [] }
            let found = try await graphOnly(path).predictions(of: images).map { $0.logits ?? [] }
            #expect(Set(expected).count == 6 && found.count == 6)
            for (one, two) in zip(expected, found) {
                #expect(zip(one, two).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) })
            }
        }
    }

    @Test("A network that is unknown here predicts with its graph, and is an error where its code is needed")
    func unknownNetwork() async throws {
        try await withModel { folder, classifier, path in
            var checkpoint = try Checkpoint.read(path)
            checkpoint.metadata["apus"] = checkpoint.metadata["apus"]?.replacing("mobilenet_v2", with: "hologram_v9")
            try checkpoint.writeSafetensors(to: path)
            try Samples.writeClasses(["a"], count: 1, to: folder)
            let opened = try await ImageClassifier(
                contentsOf: path, device: .cpu, inference: InferenceOptions(engine: .openvino))
            let image = folder.path + "/a/0.png"
            #expect(try await opened.predict(image).label == classifier.predict(image).label)
            let error = await #expect(throws: ApusError.self) { try await opened.save(to: path + ".2") }
            #expect(error?.code == .unknownModel && error?.name == "hologram_v9")
        }
    }

    @Test("The description repeats how to use the graph") func note() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["x", "y"])
            let path = folder.appending(path: "model.safetensors").path
            struct Envelope: Decodable {
                struct Graph: Decodable, Equatable {
                    let input, output, activation: String
                    let temperature: Double?
                }
                let graph: Graph?
            }
            func graph(_ classifier: ImageClassifier) async throws -> Envelope.Graph? {
                try await classifier.save(to: path)
                let text = try #require(try Checkpoint.readMetadata(path)["apus"])
                #expect(try JSONSchema("model").problems(in: text) == [])
                return try JSONDecoder().decode(Envelope.self, from: Data(text.utf8)).graph
            }
            let plain = try await graph(classifier)
            #expect(plain == .init(input: "pixels", output: "logits", activation: "softmax", temperature: nil))
            let calibrated = try await graph(classifier.with(ModelCalibration(temperature: 1.5, images: 9)))
            #expect(calibrated?.temperature == 1.5)
            var description = classifier.description
            description.isMultiLabel = true
            let several = try await graph(ImageClassifier(description, try classifier.network))
            #expect(several?.activation == "sigmoid")
        }
    }

    @Test("A damaged graph, or one for another network, is an error that names the file") func damages() async throws {
        try await withModel { folder, _, path in
            let other = folder.appending(path: "other.safetensors").path
            try await Networks.classifier(classes: ["a", "b", "c"], architecture: "resnet18").save(to: other)
            let foreign = try #require(try Checkpoint.readMetadata(other)[ModelGraph.key])
            let own = try #require(try Checkpoint.readMetadata(path)[ModelGraph.key])
            let sound = try Checkpoint.read(path)
            for (graph, words) in [
                ("no base64!", "base64"), ("", "damaged"), (String(own.dropLast(own.count / 2 / 4 * 4)), "damaged"),
                (foreign, "no tensor"),
            ] {
                var checkpoint = sound
                checkpoint.metadata[ModelGraph.key] = graph
                try checkpoint.writeSafetensors(to: path)
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier(
                        contentsOf: path, device: .cpu, inference: InferenceOptions(engine: .openvino)
                    ).prepare(forImages: 1)
                }
                #expect(error?.code == .damagedFile && error?.path == path)
                #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            }
        }
    }

    @Test("A graph that makes a much larger model of its file is an error") func repeatedTensors() async throws {
        try await withModel { _, classifier, path in
            let model = try traced(classifier)
            let names = Set(try classifier.network.stateDict.names)
            let large = try #require(model.initializers.max { $0.tensor.byteCount < $1.tensor.byteCount })
            for (count, isAccepted) in [(1, true), (100, false)] {
                let copies = (0..<count).map { (name: "copy\($0)", tensor: large.tensor) }
                let bytes = try ONNXModel(message: model.message, initializers: model.initializers + copies)
                    .graph { name, _ in name.hasPrefix("copy") ? large.name : names.contains(name) ? name : nil }
                let graph = try ModelGraph(bytes, path: path)
                guard !isAccepted else {
                    #expect(try graph.model(with: path).initializers.count == model.initializers.count + count)
                    continue
                }
                let error = #expect(throws: ApusError.self) { try graph.model(with: path) }
                #expect(error?.code == .damagedFile && error?.path == path)
                #expect(error?.description.contains("many times") == true, "\(error?.description ?? "")")
            }
        }
    }

    @Test("A graph for other classes than those of the description is an error") func otherClasses() async throws {
        try await withModel { _, _, path in
            var checkpoint = try Checkpoint.read(path)
            checkpoint.metadata["apus"] = checkpoint.metadata["apus"]?.replacing(#""x","y"]"#, with: #""x"]"#)
            try checkpoint.writeSafetensors(to: path)
            let error = await #expect(throws: ApusError.self) { try await ImageClassifier(contentsOf: path) }
            #expect(error?.code == .damagedFile && error?.path == path)
            #expect(error?.description.contains("2 classes") == true, "\(error?.description ?? "")")
        }
    }

    @Test("Recording changes neither the network nor random numbers") func sideEffects() throws {
        let network = try #require(Architecture.named("small_cnn")).makeNetwork(classes: 2)
        let normed = try #require(Architecture.named("mobilenet_v2")).makeNetwork(classes: 2)
        for network in [network, normed] {
            network.train()
            // A frozen part is in evaluation mode, the rest is in training mode.
            try network.children.first?.module.freeze()
            network.train()
            func modes() -> [Bool] {
                network.namedModules.compactMap { $0.module as? any ModeDependent }.map(\.isTraining)
            }
            let state = try network.stateDict.mapValues { try $0.detach().clone() }
            let (before, gradients) = (modes(), network.parameters.map(\.requiresGradient))
            #expect(before.contains(true))
            let preprocessing = Preprocessing.imageNet(resizeShortSide: 260, cropSize: 256)
            let size = network === normed ? Networks.preprocessing : preprocessing
            try RandomState.seed(5)
            let generator = try RandomState.current()
            let graph = try ModelGraph(tracing: network, size)
            #expect(graph.outputCount == 2)
            #expect(try haveEqualBits(generator, RandomState.current()))
            #expect(modes() == before && network.parameters.map(\.requiresGradient) == gradients)
            for (name, tensor) in network.stateDict {
                #expect(try haveEqualBits(tensor, #require(state[name])), "\(name)")
            }
            // The same in evaluation mode.
            network.eval()
            #expect(try ModelGraph(tracing: network, size).bytes == graph.bytes)
        }
    }

    @Test("All files of a run have the same graph") func run() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 6, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 2)
            (configuration.output.keepEvery, configuration.output.keepLast) = (1, 2)
            (configuration.optimizer.emaDecay, configuration.loss.labelSmoothing) = (0.9, 0.1)
            let run = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path)
            let files = try names(in: run.directory.path).filter {
                $0.hasSuffix(".safetensors") && !$0.hasPrefix("checkpoint")
            }
            #expect(files.count == 4)
            let graphs = try files.map { try Checkpoint.readMetadata("\(run.directory.path)/\($0)")[ModelGraph.key] }
            #expect(Set(graphs).count == 1 && graphs.first != .some(nil))
            let opened = try await ImageClassifier(
                contentsOf: run.directory.best, device: .cpu, inference: InferenceOptions(engine: .libtorch))
            let traced = try ModelGraph(tracing: opened.network, opened.description.preprocessing)
            #expect(traced.text == graphs.first)
        }
    }

    /// A module with an operator that has no counterpart in ONNX.
    private final class Curved: Module {
        let output: Linear

        init(classes: Int) throws { output = try Linear(3, classes) }

        func forward(_ input: Tensor) throws -> Tensor { try output(input.mean(dims: [2, 3]).expm1()) }
    }

    /// A module whose operators depend on the batch size.
    private final class Uneven: Module {
        let output: Linear

        init(classes: Int) throws { output = try Linear(3, classes) }

        func forward(_ input: Tensor) throws -> Tensor {
            let means = try input.mean(dims: [2, 3])
            return try output(input.shape[0] == 1 ? means : means.relu())
        }
    }

    @Test("A custom network that can't be recorded is trained, with a note, and LibTorch runs it")
    func withoutGraph() async throws {
        let preprocessing = Preprocessing.imageNet(resizeShortSide: 28, cropSize: 24)
        let curved = Architecture("curved", preprocessing: preprocessing) { try Curved(classes: $0) }
        let uneven = Architecture("uneven", preprocessing: preprocessing) { try Uneven(classes: $0) }
        for (network, reason) in [(curved, "no ONNX counterpart"), (uneven, "no single graph")] {
            try await withTemporaryFolder { folder in
                let data = folder.appending(path: "data")
                try Samples.writeClasses(["red", "blue"], count: 6, to: data)
                var configuration = TrainingConfiguration.fresh(epochs: 2)
                (configuration.model, configuration.network.initialWeights) = (network.name, .pretrained)
                let events = Collected<TrainingEvent>()
                let run = try await ImageClassifier.train(
                    on: data.path, configuration, network: network, directory: folder.appending(path: "run").path,
                    readBy: events.reader)
                let notes = events.elements.compactMap { if case .note(let text) = $0 { text } else { nil } }
                #expect(notes.filter { $0.contains("have no graph") && $0.contains(reason) }.count == 1)
                let log = try String(contentsOfFile: run.directory.log, encoding: .utf8)
                #expect(log.contains("have no graph"))
                let best = run.directory.best
                #expect(try ModelFile.read(best).graph == nil)
                let opened = try await ImageClassifier(contentsOf: best, network: network, device: .cpu)
                let report = try await opened.prepare(forImages: 1)
                #expect(report.notes.contains { $0.contains(reason) && $0.hasSuffix("LibTorch is used instead.") })
                let image = data.path + "/red/0.png"
                #expect(try await ["blue", "red"].contains(opened.predict(image).label))
                let strict = try await ImageClassifier(
                    contentsOf: best, network: network, device: .cpu, inference: InferenceOptions(engine: .openvino))
                await #expect(throws: InferenceError.self) { try await strict.prepare(forImages: 1) }
                let unknown = await #expect(throws: ApusError.self) { try await ImageClassifier(contentsOf: best) }
                #expect(unknown?.code == .unknownModel)
            }
        }
    }

    @Test("A model file needs a trial, unless this process wrote it") func trust() async throws {
        try await withModel { _, _, path in
            for isTrusted in [false, true] {
                let opened = try ImageClassifier(
                    modelFile: path, network: nil, device: .cpu, inference: InferenceOptions(), isTrusted: isTrusted)
                #expect((opened.source.untrustedFile(for: .logits) == nil) == isTrusted)
                #expect(opened.source.untrustedFile(for: .features) == nil)
            }
        }
    }

    @Test("A file with a graph is exported to ONNX without its network, with equal bytes") func export() async throws {
        try await withModel { folder, classifier, path in
            let (one, two) = (folder.appending(path: "1.onnx").path, folder.appending(path: "2.onnx").path)
            try await classifier.export(to: one, format: .onnx, input: .pixels)
            try await graphOnly(path).export(to: two, format: .onnx, input: .pixels)
            #expect(try FileContents(of: one) == FileContents(of: two))
            await #expect(throws: NetworkWasLoaded.self) {
                try await graphOnly(path).export(to: two, format: .onnx, input: .normalized)
            }
        }
    }

    @Test("An older file gets its graph at first use, and needs its network only once") func olderFile() async throws {
        try await withModel { _, classifier, path in
            try removeGraph(of: path)
            #expect(try ModelFile.read(path).graph == nil)
            await #expect(throws: NetworkWasLoaded.self) { try await graphOnly(path).prepare(forImages: 1) }
            let first = try await ImageClassifier(
                contentsOf: path, device: .cpu, inference: InferenceOptions(engine: .openvino))
            try await first.prepare(forImages: 1)
            // Another number of images needs another compiled network.
            let report = try await graphOnly(path).prepare(forImages: 100)
            #expect(report.details.contains { $0.contains("compiled for this machine") })
        }
    }

    @Test("Graphs are kept for files of every kind", arguments: ["safetensors", "pth", "renamed", "float16"])
    func store(_ kind: String) async throws {
        try await withModel { folder, classifier, path in
            let model = try traced(classifier)
            let file = folder.appending(path: "weights.\(kind)").path
            var checkpoint = Checkpoint(of: try classifier.network)
            switch kind {
            case "pth": try checkpoint.writePyTorch(to: file)
            case "renamed":
                // Old names, as in the published weights of DenseNet.
                checkpoint.entries = checkpoint.entries.map { ("old.\($0.name)", $0.tensor) }
                try checkpoint.writeSafetensors(to: file)
            case "float16":
                checkpoint.entries = try checkpoint.entries.map { name, tensor in
                    (name, tensor.dtype.isFloatingPoint ? try tensor.to(.float16) : tensor)
                }
                try checkpoint.writeSafetensors(to: file)
            default: try checkpoint.writeSafetensors(to: file)
            }
            let cache = EngineCache(folder: folder.appending(path: "cache").path)
            let store = GraphStore(cache)
            #expect(store.graph(for: file, key: "a") == nil)
            store.keep(model, of: file, key: "a")
            #expect(store.graph(for: file, key: "b") == nil)
            // Other values than those of the file would be too large for the cache.
            guard kind != "float16" else {
                #expect(store.graph(for: file, key: "a") == nil)
                return
            }
            let graph = try #require(store.graph(for: file, key: "a"))
            #expect(graph.bytes.count < 150_000)
            #expect(try graph.model(with: file).bytes() == model.bytes())

            // A damaged graph is not used.
            let name = try #require(try names(in: cache.folder).first { $0.hasSuffix(".graph") })
            var content = try bytes(of: "\(cache.folder)/\(name)")
            content[content.count / 2] ^= 1
            try content.write(to: URL(filePath: "\(cache.folder)/\(name)"))
            #expect(store.graph(for: file, key: "a") == nil)
        }
    }

    @Test("Graphs count for the limit of the cache") func limit() async throws {
        try await withModel { folder, classifier, path in
            let cache = EngineCache(folder: folder.appending(path: "cache").path, limit: 1)
            let store = GraphStore(cache)
            for key in ["a", "b"] { store.keep(try traced(classifier), of: path, key: key) }
            #expect(store.graph(for: path, key: "a") == nil && store.graph(for: path, key: "b") != nil)
        }
    }
}
