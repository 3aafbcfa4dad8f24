import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import TorchVision

@TensorActor
@Suite("Vision transformers")
struct VisionTransformerTests {
    /// Two small blocks for patches of 16 pixels.
    private func small(imageSize: Int) throws -> VisionTransformer {
        try VisionTransformer(
            imageSize: imageSize, patchSize: 16, layers: 2, heads: 2, size: 8, hidden: 16, classes: 5)
    }

    @Test("Position embeddings for another size equal torchvision's", arguments: [10, 3])
    func interpolation(side: Int) throws {
        let golden = try #require(Goldens.tensors("models/transformers.safetensors")["positions/\(side)"])
        let entries: StateDict = try ["encoder.pos_embedding": Formula.tensor([1, 50, 8])]
        let adapted = try small(imageSize: 16 * side).adapt(entries)
        #expect(adapted.map(\.name) == ["encoder.pos_embedding"])
        try expectClose(adapted[0].tensor, golden, within: 1e-6)
        // Embeddings of the same size are used unchanged.
        let same = try small(imageSize: 112).adapt(entries)
        #expect(same[0].tensor.identity == entries[0].tensor.identity)
    }

    @Test("A checkpoint of another size loads, unless its positions are not a square")
    func loading() throws {
        let (given, other) = (try small(imageSize: 32), try small(imageSize: 48))
        #expect(try other.loadWeights(given.stateDict).isComplete)
        let state = Dictionary(uniqueKeysWithValues: other.stateDict.map { ($0.name, $0.tensor) })
        for (name, tensor) in given.stateDict where name != "encoder.pos_embedding" {
            try expectClose(#require(state[name]), tensor, within: 0, name)
        }
        var entries = given.stateDict
        entries["encoder.pos_embedding"] = try Tensor.zeros([1, 8, 8])
        let error = #expect(throws: LoadError.self) { try other.loadWeights(entries) }
        #expect(error?.report.mismatched.map(\.name) == ["encoder.pos_embedding"])
    }

    @Test("Names in older files are read")
    func olderNames() throws {
        let network = try small(imageSize: 32)
        let older = network.stateDict.map { name, tensor in
            (
                name: name.replacing(".mlp.0.", with: ".mlp.linear_1.").replacing(".mlp.3.", with: ".mlp.linear_2."),
                tensor: tensor
            )
        }
        #expect(older.filter { $0.name.contains(".mlp.linear_") }.count == 8)
        #expect(try small(imageSize: 32).loadWeights(StateDict(older)).isComplete)
    }

    @Test("The state has torchvision's module versions")
    func versions() throws {
        let versions = try small(imageSize: 32).moduleVersions
        let second = versions.filter { $0.version == 2 }.map(\.module)
        #expect(second == ["encoder.layers.encoder_layer_0.mlp", "encoder.layers.encoder_layer_1.mlp"])
    }

    @Test("The error for an image of another size gives both sizes")
    func wrongSize() throws {
        let network = try small(imageSize: 32)
        let error = #expect(throws: TorchError.self) { try network(Tensor.zeros([2, 3, 48, 32])) }
        #expect(error?.description.contains("32 x 32") == true)
        #expect(error?.description.contains("32 x 48") == true)
        let size = #expect(throws: TorchError.self) { try small(imageSize: 100) }
        #expect(size?.description.contains("multiple of 16") == true)
    }

    @Test("All parameters belong to a stage; class token and positions to the first")
    func stages() throws {
        let network = try small(imageSize: 32)
        #expect(
            network.stages.map(\.name) == [
                "conv_proj", "encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1", "heads.head",
            ])
        #expect(network.stages.flatMap(\.parameters).count == network.parameters.count)
        try network.trainLastStages(3)
        #expect(
            network.namedParameters.filter { !$0.tensor.requiresGradient }.map(\.name) == [
                "class_token", "conv_proj.weight", "conv_proj.bias", "encoder.pos_embedding",
            ])
    }
}

@TensorActor
@Suite("Swin transformers")
struct SwinTransformerTests {
    @Test(
        "Images may have any size: windows cross the border or cover a dimension",
        arguments: ["v1", "v2"], [[52, 36], [60, 16], [16, 19], [8, 4]])
    func sizes(version: String, size: [Int]) throws {
        let goldens = try Goldens.tensors("models/transformers.safetensors")
        let network = try Formula.fill(
            SwinTransformer(
                version == "v1" ? SwinBlockV1.self : SwinBlockV2.self, channels: 16, blocks: [2, 2], heads: [2, 4],
                window: 4, stochasticDepth: 0.1, classes: 5))
        network.eval()
        let input = try Formula.tensor([2, 3] + size).requiresGradient(true)
        let output = try network(input)
        let key = "\(version)/\(size[0])x\(size[1])"
        try expectClose(output, #require(goldens["\(key)/output"]), within: 1e-5)
        try (output * Formula.tensor(output.shape, entry: -2)).sum().backward()
        try expectClose(#require(input.gradient), #require(goldens["\(key)/gradient.input"]), within: 1e-5)
    }

    @Test("All parameters belong to a stage")
    func stages() throws {
        let network = try SwinTransformer(
            SwinBlockV2.self, channels: 16, blocks: [1, 2, 1], heads: [2, 4, 4], window: 4, stochasticDepth: 0.1,
            classes: 5)
        #expect(network.stages.map(\.name) == ["features.0-1", "features.2-3", "features.4-5", "head"])
        #expect(network.stages.flatMap(\.parameters).count == network.parameters.count)
    }
}
