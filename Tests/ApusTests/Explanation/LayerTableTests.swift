import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

@TensorActor
@Suite("Layers by name") struct LayerTableTests {
    /// On `.meta`, where the largest network needs no memory.
    private func table(_ name: String) throws -> LayerTable {
        let architecture = try #require(Architecture.named(name))
        return try withDefaultDevice(.meta) {
            let network = try architecture.makeNetwork(classes: 10)
            network.eval()
            return try LayerTable(of: network, side: architecture.preprocessing.cropSize, device: .meta)
        }
    }

    @Test(
        "The default layer of each family is its last one with spatial dimensions",
        arguments: [
            ("alexnet", "features", [256, 6, 6]), ("vgg11_bn", "features", [512, 7, 7]),
            ("resnet18", "layer4", [512, 7, 7]), ("densenet121", "features", [1024, 7, 7]),
            ("googlenet", "inception5b", [1024, 7, 7]), ("inception_v3", "Mixed_7c", [2048, 8, 8]),
            ("mnasnet0_5", "layers", [1280, 7, 7]), ("mobilenet_v2", "features", [1280, 7, 7]),
            ("mobilenet_v3_small", "features", [576, 7, 7]), ("shufflenet_v2_x0_5", "conv5", [1024, 7, 7]),
            ("squeezenet1_1", "features", [512, 13, 13]), ("efficientnet_b0", "features", [1280, 7, 7]),
            ("regnet_y_400mf", "trunk_output", [440, 7, 7]), ("convnext_tiny", "features", [768, 7, 7]),
            ("vit_b_32", "encoder.layers.encoder_layer_11.ln_1", [768, 7, 7]),
            ("swin_t", "features.7.1.norm1", [768, 7, 7]), ("swin_v2_t", "norm", [768, 8, 8]),
            ("small_cnn", "features", [256, 4, 4]),
        ])
    func defaults(name: String, layer: String, size: [Int]) throws {
        let table = try table(name)
        #expect(table.defaultLayer == layer)
        let maps = try table.layers.named(layer, of: name).maps
        #expect(maps.map { [$0.channels, $0.height, $0.width] } == size)
    }

    @Test("The channel dimension is recognized in every layout")
    func layouts() throws {
        let swin = try table("swin_t").layers
        func maps(_ name: String) throws -> [Int]? {
            try swin.named(name, of: "swin_t").maps.map { [$0.channels, $0.height, $0.width] }
        }
        #expect(try maps("features.0.0") == [96, 56, 56])
        #expect(try maps("features.0") == [96, 56, 56])
        // The merged windows, and values computed from them.
        #expect(try maps("features.1.1.attn") == [96, 56, 56])
        #expect(try maps("features.1.1.mlp") == [96, 56, 56])
        #expect(try maps("features.2") == [192, 28, 28])
        #expect(try maps("head") == nil)
        let convNeXt = try table("convnext_tiny").layers
        #expect(
            try convNeXt.named("features.1.0.block.3", of: "").maps
                == NetworkLayer.MapSize(channels: 384, height: 56, width: 56))
        #expect(
            try convNeXt.named("features.1.0", of: "").maps
                == NetworkLayer.MapSize(channels: 96, height: 56, width: 56))
    }

    @Test("The error for a mistyped name suggests similar names")
    func mistyped() throws {
        let layers = try table("alexnet").layers
        #expect(try layers.named("features.0", of: "alexnet").shape == [64, 55, 55])
        let error = #expect(throws: ApusError.self) { try layers.named("feature.10", of: "alexnet") }
        #expect("\(error.map { "\($0)" } ?? "")".contains("features.10"))
    }
}
