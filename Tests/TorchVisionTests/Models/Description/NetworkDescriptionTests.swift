import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import Classifier
@testable import TorchVision

@TensorActor
@Suite("Network descriptions") struct NetworkDescriptionTests {
    /// The description of the small network.
    nonisolated static let animals: String = {
        let file = Goldens.package.appending(path: "Examples/animals.network")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    /// A network for small images that needs no flattening and has a pool on a separate line.
    nonisolated static let small = """
        input 3x16x16
        features:
        conv:4:3 padding=same bias=false, batchnorm, relu
        maxpool:2
        conv:8:3 padding=same groups=2, leakyrelu:0.1
        classifier:
        globalpool, flatten
        16, gelu
        dropout:0.5
        linear:classes
        """

    /// A separate process keeps other tests from drawing random numbers.
    @Test("A few lines describe the small network") func smallNetwork() async {
        await #expect(processExitsWith: .success) { try Self.expectTheSmallNetwork() }
    }

    nonisolated private static func expectTheSmallNetwork() throws {
        try LibTorch.setThreadCount(1)
        let description = try NetworkDescription(Self.animals, name: "animals")
        #expect(description.preprocessing == .imageNet(resizeShortSide: 300, cropSize: 256))
        #expect(try description.parameterCount(classes: 10) == 2_230_170)
        try RandomState.seed(5)
        let described = try DescribedNetwork(description, classes: 10)
        try RandomState.seed(5)
        let known = try SmallCNN(classes: 10)
        #expect(described.stateDict.map(\.name) == known.stateDict.map(\.name))
        for (left, right) in zip(described.stateDict, known.stateDict) {
            try expectClose(left.tensor, right.tensor, within: 0, "\(left.name)")
        }
        #expect(described.headInputs == known.headInputs)
        #expect(described.stages.map { $0.parameters.map(\.shape) } == known.stages.map { $0.parameters.map(\.shape) })
        for network in [described, known] as [any ImageNetwork] { network.eval() }
        let images = try Formula.tensor([1, 3, 256, 256])
        try withInferenceMode { try expectClose(described(images), known(images), within: 0) }
    }

    @Test("Each line with parameters is a stage") func stages() throws {
        let network = try DescribedNetwork(NetworkDescription(Self.small, name: "small"), classes: 3)
        #expect(
            network.stages.map(\.name) == ["features.0-3", "features.4-5", "classifier.0-3", "classifier.4-5"])
        #expect(network.headInputs == 8 * 8 * 8)
        network.eval()
        try withInferenceMode {
            let images = try Formula.tensor([2, 3, 16, 16])
            let features = try network.extractFeatures(images)
            #expect(features.shape == [2, 16])
            #expect(try network.classify(features).shape == [2, 3])
            try expectClose(network.classify(features), network(images), within: 0)
        }
    }

    @Test("The head is replaced partially or completely") func replacedHead() throws {
        let network = try DescribedNetwork(NetworkDescription(Self.small, name: "small"), classes: 3)
        let images = try Formula.tensor([2, 3, 16, 16])
        try network.replaceHead(.lastLayer, classes: 7)
        network.eval()
        #expect(try network(images).shape == [2, 7])
        #expect(network.stateDict.last?.name == "classifier.5.bias")
        try network.replaceHead(Head("32,relu"), classes: 4)
        network.eval()
        #expect(try network(images).shape == [2, 4])
        #expect(network.stages.map(\.name) == ["features.0-3", "features.4-5", "classifier"])
        #expect(network.stateDict.suffix(4).map(\.tensor.shape) == [[32, 512], [32], [4, 32], [4]])
        try network.trainLastStages(1)
        #expect(network.trainableParameters.count == 4)
    }

    @Test("Preprocessing has defaults and can be described") func preprocessing() throws {
        let usual = try NetworkDescription(Self.small, name: "small").preprocessing
        #expect(usual == .imageNet(resizeShortSide: 18, cropSize: 16))
        let described = try NetworkDescription(
            "preprocessing crop=16 mean=0.5,0.4,0.3\npreprocessing std=0.2,0.2,0.1 resize=20\n" + Self.small,
            name: "small"
        ).preprocessing
        #expect(described.mean == [0.5, 0.4, 0.3] && described.standardDeviation == [0.2, 0.2, 0.1])
        #expect(described.resizeShortSide == 20 && described.cropSize == 16)
    }

    @Test("The text of the description is stored") func storedText() throws {
        let description = try NetworkDescription(Self.animals, name: "animals")
        let again = try JSON.decode(NetworkDescription.self, JSON.encode(description))
        #expect(again == description && again.text == Self.animals)
        let long = Self.animals + String(repeating: "#", count: 1 << 16)
        let json = try JSON.encode(["name": "animals", "text": long])
        #expect(throws: DecodingError.self) { try JSON.decode(NetworkDescription.self, json) }
        let bad = try JSON.encode(["name": "animals", "text": "input 3x16x16"])
        #expect(throws: DecodingError.self) { try JSON.decode(NetworkDescription.self, bad) }
    }

    @Test("Windows line endings are accepted") func windowsLineEndings() throws {
        let text = Self.small.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let description = try NetworkDescription(text, name: "small")
        #expect(description.features.map(\.layers.count) == [3, 1, 2])
    }

    /// A replacement in `small`, and parts of the error.
    @Test(
        "The error for a layer that does not fit gives the line",
        arguments: [
            ("conv:8:3 padding=same", "conv:8:19", ["line 5", "'conv:8:19", "19 x 19", "4 x 8 x 8"]),
            ("groups=2", "groups=3", ["line 5", "3 groups", "4 input", "8 output"]),
            ("globalpool, flatten", "globalpool, relu", ["line 7", "'globalpool'", "a map", "512 features"]),
            ("16, gelu", "16, gelo", ["line 8", "layer 2, 'gelo'", "unknown layer"]),
            ("16, gelu", "maxpool:2", ["line 8", "'maxpool:2'", "8 features"]),
            ("linear:classes", "linear:3", ["line 10", "last layer", "'linear:classes'"]),
            ("16, gelu", "linear:classes, gelu", ["line 8", "must be the last layer"]),
            ("linear:classes", "linear:classes, relu", ["line 10", "last layer"]),
            ("features:", "", ["line 3", "features:"]), ("classifier:", "head:", ["line 6", "'head'", "classifier"]),
            ("classifier:", "features:", ["line 6", "'features:'", "once"]),
            ("classifier:", "", ["'classifier:' has no layers"]),
            ("input 3x16x16", "", ["the line 'input"]),
            ("input 3x16x16", "input 16x16", ["line 1", "input 3x256x256", "16x16"]),
            ("input 3x16x16", "input 1x16x16", ["line 1", "3 channels, not 1"]),
            ("input 3x16x16", "input 3x16x20", ["line 1", "16 x 20"]),
            ("input 3x16x16", "input 3x99999x99999", ["line 1", "4096"]),
            ("features:", "input 3x8x8\nfeatures:", ["line 2", "twice"]),
            ("features:", "preprocessing crop=12\nfeatures:", ["line 2", "12", "the input size, 16"]),
            ("features:", "preprocessing size=12\nfeatures:", ["line 2", "'size'", "resize, crop, mean, std"]),
            ("features:", "preprocessing resize\nfeatures:", ["line 2", "'resize'", "NAME=VALUE"]),
            ("features:", "preprocessing resize=0\nfeatures:", ["line 2", "'0'"]),
            ("features:", "preprocessing mean=1,2\nfeatures:", ["line 2", "three numbers", "'1,2'"]),
            ("features:", "preprocessing std=1,0,1\nfeatures:", ["line 2", "three numbers"]),
        ])
    func errors(_ wanted: String, _ given: String, words: [String]) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "small.network")
            try Data(Self.small.replacing(wanted, with: given, maxReplacements: 1).utf8).write(to: file)
            let error = try #require(throws: NotationError.self) {
                try NetworkDescription(contentsOf: file.path)
            }
            for word in words + [file.path] { #expect(error.description.contains(word), "\(error)") }
        }
    }

    @Test("The error marks the layer in its line")
    func excerpt() throws {
        let error = try #require(throws: NotationError.self) {
            try NetworkDescription(Self.small.replacing("groups=2", with: "groups=3"), name: "small")
        }
        #expect(error.line == 5 && error.column == 1)
        #expect(
            error.description.hasSuffix(
                "\nconv:8:3 padding=same groups=3, leakyrelu:0.1\n^" + String(repeating: "~", count: 29)))
    }

    @Test("The path of a description is a model reference") func path() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "animals.network")
            try Data(Self.animals.utf8).write(to: file)
            let reference = try ModelReference(file.path)
            #expect(reference.architecture.name == "animals" && reference.architecture.isOwn)
            #expect(reference.weights == nil && reference.description == "animals")
            #expect(reference.architecture.networkDescription?.text == Self.animals)
            #expect(try reference.architecture.makeNetwork(classes: 3).stateDict.last?.tensor.shape == [3])

            try Data([0xff, 0xfe, 0]).write(to: file)
            let error = #expect(throws: ModelReferenceError.self) { try ModelReference(file.path) }
            #expect(error?.description.contains("not a text file") == true)
            #expect(throws: ModelReferenceError.self) { try ModelReference(folder.path) }
        }
    }
}

/// Architectures that a program defines.
@TensorActor
@Suite("Custom architectures") struct CustomArchitectureTests {
    final class Perceptron: Module {
        let hidden: Linear
        let output: Linear

        init(classes: Int) throws {
            hidden = try Linear(12, 5)
            output = try Linear(5, classes)
        }

        func forward(_ input: Tensor) throws -> Tensor { try output(hidden(input.flatten(from: 1)).relu()) }
    }

    @Test("Any module can be a network") func customModule() throws {
        let architecture = Architecture("perceptron") { try Perceptron(classes: $0) }
        let network = try architecture.makeNetwork(classes: 3)
        #expect(network.stateDict.map(\.name) == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"])
        #expect(network.stages.count == 1)
        let images = try Formula.tensor([4, 3, 2, 2])
        #expect(try network(images).shape == [4, 3])
        try expectClose(network.classify(network.extractFeatures(images)), network(images), within: 0)
        let hidden = try network.stateDict[0].tensor.detach().clone()
        try network.replaceHead(.lastLayer, classes: 7)
        #expect(try network(images).shape == [4, 7])
        try expectClose(network.stateDict[0].tensor, hidden, within: 0)
        let error = #expect(throws: HeadError.self) { try network.replaceHead(Head("8"), classes: 8) }
        #expect(error?.description.contains("features") == true)
    }
}
