import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// Custom networks: described in a file, or defined in a program.
@TensorActor
@Suite("Custom networks") struct CustomNetworkTests {
    private static let text = """
        input 3x24x24
        features:
        conv:8:3, batchnorm, relu, maxpool:2
        conv:16:3, batchnorm, relu, maxpool:2
        classifier:
        dropout:0.1, 32, relu
        linear:classes
        """

    private func configuration(_ model: String) -> TrainingConfiguration {
        var configuration = TrainingConfiguration.fresh(epochs: 8)
        (configuration.model, configuration.network.initialWeights) = (model, .pretrained)
        configuration.optimizer.learningRate = 0.01
        return configuration
    }

    private func withData(_ body: (URL, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            try await body(folder, data.path)
        }
    }

    @Test("A trained model of a described network no longer needs the description file")
    func describedNetwork() async throws {
        try await withData { folder, data in
            let file = folder.appending(path: "tiny.network")
            try Data(Self.text.utf8).write(to: file)
            let events = Collected<TrainingEvent>()
            let run = try await ImageClassifier.train(
                on: data, configuration(file.path), directory: folder.appending(path: "run").path,
                readBy: events.reader)
            guard case .started(let plan) = events.elements.first else { throw CancellationError() }
            #expect(plan.model == "tiny, random weights" && plan.phases.map(\.strategy) == [.all])
            try FileManager.default.removeItem(at: file)

            let classifier = try await ImageClassifier(contentsOf: run.directory.best)
            #expect(classifier.description.architecture == "tiny")
            #expect(classifier.description.network?.text == Self.text)
            #expect(classifier.description.preprocessing.cropSize == 24)
            #expect(try await classifier.evaluate(EvaluationData(at: data).images).top1 == 1)
            let names = try Checkpoint.read(run.directory.best).entries.map(\.name)
            #expect(names.prefix(2) == ["features.0.weight", "features.0.bias"])
            #expect(
                names.suffix(4) == [
                    "classifier.1.weight", "classifier.1.bias", "classifier.3.weight", "classifier.3.bias",
                ])

            // It starts another training run, partially frozen.
            try Data(Self.text.utf8).write(to: file)
            var next = configuration(file.path)
            next.network.initialWeights = .file(path: run.directory.best, isPartial: false)
            (next.epochs, next.network.strategy) = (1, .last(2))
            let second = try await ImageClassifier.train(
                on: data, next, directory: folder.appending(path: "next").path)
            let (before, after) = (
                try Networks.tensors(run.directory.best), try Networks.tensors(second.directory.best)
            )
            for (name, tensor) in before where !name.hasPrefix("classifier.") {
                #expect(try haveEqualBits(tensor, #require(after[name])), "\(name)")
            }
            let hidden = "classifier.1.weight"
            #expect(try !haveEqualBits(#require(before[hidden]), #require(after[hidden])))
        }
    }

    @Test("Options that a described network does not support are errors") func refusals() async throws {
        try await withData { folder, data in
            let file = folder.appending(path: "tiny.network")
            try Data(Self.text.replacing("conv:16:3", with: "conv:16:33").utf8).write(to: file)
            let directory = folder.appending(path: "run").path
            let misfit = await #expect(throws: ModelReferenceError.self) {
                try await ImageClassifier.train(on: data, configuration(file.path), directory: directory)
            }
            for word in [file.path, "line 4", "33 x 33", "8 x 11 x 11"] {
                #expect(misfit?.description.contains(word) == true, "\(misfit?.description ?? "")")
            }
            try Data(Self.text.utf8).write(to: file)
            let opened = await #expect(throws: ApusError.self) { try await ImageClassifier.open(file.path) }
            #expect(opened?.code == .noWeights && opened?.path == file.path)
            var frozen = configuration(file.path)
            frozen.network.strategy = .frozen
            let refused = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data, frozen, directory: directory)
            }
            #expect(refused?.code == .invalidConfiguration && refused?.name == "network.strategy")
            var cached = configuration(file.path)
            cached.compute.cachesFeatures = true
            let uncached = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data, cached, directory: directory)
            }
            #expect(uncached?.code == .invalidConfiguration && uncached?.name == "compute.cachesFeatures")
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }

    /// Any module from images to logits.
    final class Tiny: Module {
        let features: Sequential
        let output: Linear

        init(classes: Int) throws {
            features = Sequential(
                try Conv2d(3, 8, kernelSize: 3), try BatchNorm2d(8), ReLU(), AdaptiveAvgPool2d(2))
            output = try Linear(32, classes)
        }

        func forward(_ input: Tensor) throws -> Tensor { try output(features(input).flatten(from: 1)) }
    }

    @Test("A module of the program is trained and opened") func customModule() async throws {
        let tiny = Architecture("tiny", preprocessing: .imageNet(resizeShortSide: 28, cropSize: 24)) {
            try Tiny(classes: $0)
        }
        try await withData { folder, data in
            let run = try await ImageClassifier.train(
                on: data, configuration("another name"), network: tiny, directory: folder.appending(path: "run").path)
            let path = run.directory.best
            let classifier = try await ImageClassifier(contentsOf: path, network: tiny)
            #expect(try await classifier.evaluate(EvaluationData(at: data).images).top1 == 1)
            #expect(try String(contentsOfFile: run.directory.configuration, encoding: .utf8).contains(#""tiny""#))

            // A program without the network predicts with the graph in the file; what needs the code is an error. So is
            // another network.
            let graph = try await ImageClassifier(
                contentsOf: path, device: .cpu, inference: InferenceOptions(engine: .openvino))
            #expect(try await graph.evaluate(EvaluationData(at: data).images).top1 == 1)
            let unknown = await #expect(throws: ApusError.self) { try await graph.save(to: path) }
            #expect(unknown?.code == .unknownModel && unknown?.name == "tiny")
            let other = Architecture("other") { try Tiny(classes: $0) }
            let wrong = await #expect(throws: ApusError.self) {
                try await ImageClassifier(contentsOf: path, network: other)
            }
            #expect(wrong?.code == .weightsMismatch && wrong?.description.contains("'tiny', not 'other'") == true)

            // It defines no stages, so none can be frozen.
            var next = configuration("tiny")
            next.network.initialWeights = .file(path: path, isPartial: false)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(
                    on: data, next, network: tiny, directory: folder.appending(path: "next").path)
            }
            #expect(error?.code == .invalidConfiguration && error?.name == "network.strategy")
            (next.network.strategy, next.epochs) = (.all, 1)
            _ = try await ImageClassifier.train(
                on: data, next, network: tiny, directory: folder.appending(path: "next").path)
        }
    }

    /// A module for images of one size only.
    final class Fixed: Module {
        let output: Linear

        init(side: Int, outputs: Int) throws { output = try Linear(3 * side * side, outputs) }

        func forward(_ input: Tensor) throws -> Tensor { try output(input.flatten(from: 1)) }
    }

    @Test("A module for images of another size, or with other outputs, is an error that says what to do")
    func misfittingModule() async throws {
        // The crop is larger than the resized image, and not what the module is for.
        let large = Architecture("large", preprocessing: .imageNet(resizeShortSide: 24, cropSize: 28)) { _ in
            try Fixed(side: 24, outputs: 2)
        }
        let many = Architecture("many", preprocessing: .imageNet(resizeShortSide: 24, cropSize: 24)) { _ in
            try Fixed(side: 24, outputs: 10)
        }
        try await withData { folder, data in
            let directory = folder.appending(path: "run").path
            for (network, words) in [
                (large, ["'large' can't compute images of 28 x 28 pixels", "set `cropSize` to the size"]),
                (many, ["'many' returns a tensor of shape [1, 10]", "[1, 2]", "`classes`"]),
            ] {
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier.train(
                        on: data, configuration("another name"), network: network, directory: directory)
                }
                #expect(error?.code == .invalidConfiguration)
                for word in words {
                    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
                }
            }
        }
    }
}
