import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

/// Every network equals torchvision's: its state dict, its first weights, its logits, a step of training.
///
/// One test at a time, since the largest networks take a gigabyte.
@Suite(.serialized) struct ModelGoldenTests {
    struct Golden: Decodable {
        let name: String
        let input: [Int]
        let parameters: Int
        let state: [TensorDigest]
        let trainingLoss: Double?
        let gradients: [TensorDigest]?

        init(_ name: String) throws { self = try Goldens.json("models/\(name).json") }
    }

    static let names = Architecture.all.map(\.name)

    static func makeNetwork(_ golden: Golden) throws -> any ImageNetwork {
        let architecture = try #require(Architecture.named(golden.name))
        return try architecture.makeNetwork(classes: golden.state.last?.shape?.first ?? 0)
    }

    @Test func allTheIssuesNetworksAreThere() {
        #expect(
            Set(Self.names).isSuperset(of: [
                "alexnet", "vgg16", "resnet18", "resnet34", "resnet50", "mobilenet_v2", "small_cnn",
            ]))
        #expect(Set(Self.names).count == Self.names.count)
    }

    /// A process of its own keeps other tests from drawing from LibTorch's one generator meanwhile.
    @Test(arguments: names) func stateFirstWeightsAndLogitsEqualPyTorchs(_ name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            // Threads that wait for each other take many times longer while other tests run.
            try LibTorch.setThreadCount(1)
            let golden = try Golden(name)
            try RandomState.seed(0)
            let network = try Self.makeNetwork(golden)
            try #require(network.stateDict.map(\.name) == golden.state.map(\.key))
            for (entry, digest) in zip(network.stateDict, golden.state) {
                try expectDigest(entry.tensor, digest, within: 1e-6)
            }
            let parameterCount = network.parameters.map(\.count).reduce(0, +)
            #expect(parameterCount == golden.parameters)
            #expect(Architecture.named(name)?.parameterCount == golden.parameters)

            try Formula.fill(network)
            network.eval()
            let logits = try withInferenceMode { try network(Formula.tensor(golden.input)) }
            let expected = try #require(Goldens.tensors("models/\(name).safetensors")["logits"])
            try expectClose(logits, expected, within: 1e-4)
        }
    }

    @Test(arguments: ["resnet18", "mobilenet_v2", "small_cnn"])
    func channelsLastGivesTheSameLogits(_ name: String) throws {
        let golden = try Golden(name)
        let network = try Self.makeNetwork(golden)
        try Formula.fill(network)
        network.eval()
        try network.to(.channelsLast)
        let logits = try withInferenceMode { try network(Formula.tensor(golden.input).contiguous(.channelsLast)) }
        let expected = try #require(Goldens.tensors("models/\(name).safetensors")["logits"])
        try expectClose(logits, expected, within: 1e-4)
    }

    /// With statistics of the batch, and without dropout, whose random numbers would hide all else.
    @Test(arguments: ["resnet18", "mobilenet_v2", "small_cnn"])
    func aTrainingStepEqualsPyTorchs(_ name: String) throws {
        let golden = try Golden(name)
        let tensors = try Goldens.tensors("models/\(name).safetensors")
        let network = try Self.makeNetwork(golden)
        try Formula.fill(network)
        network.train()
        for case let dropout as Dropout in network.namedModules.map(\.module) { dropout.isTraining = false }
        let logits = try network(Formula.tensor(golden.input))
        try expectClose(logits, #require(tensors["training/logits"]), within: 1e-4)

        let loss = try crossEntropy(logits, Tensor([1, 2]))
        let value: Double = try loss.item()
        let expectedLoss = try #require(golden.trainingLoss)
        #expect(abs(value - expectedLoss) < 1e-4)
        try loss.backward()
        let parameters = Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.tensor) })
        for digest in try #require(golden.gradients) {
            let gradient = try #require(parameters[digest.key]?.gradient, "no gradient of \(digest.key)")
            // Where an activation lies at a bend of ReLU6, its gradient hangs on the last bit: PyTorch's own gradients of
            // MobileNetV2 differ by up to 0.02 (elements) and 0.006 (sums) between one thread and two, and layouts.
            try expectDigest(gradient, digest, within: 0.01, elements: 0.1)
        }

        let parameterNames = Set(parameters.keys)
        for (key, tensor) in network.stateDict where !parameterNames.contains(key) {
            let expected = try #require(tensors["training/\(key)"], "no golden \(key)")
            try expectClose(tensor, expected, within: 1e-4, key)
        }
    }
}
