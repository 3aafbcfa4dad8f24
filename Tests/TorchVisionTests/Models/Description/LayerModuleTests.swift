import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import Classifier
@testable import TorchVision

@TensorActor
@Suite("Modules of described layers") struct LayerModuleTests {
    /// Sizes computed from a layer's text equal those of its module.
    @Test(
        "The computed size of a map equals the module's output",
        arguments: [
            "conv:6:3", "conv:6:3 stride=2 padding=1", "conv:6:3 padding=same dilation=2",
            "conv:9:5 groups=3 bias=false",
            "conv:6:1", "conv:6:2 stride=3", "maxpool:2", "maxpool:3 stride=2",
            "maxpool:3 stride=2 padding=1 ceil=true",
            "maxpool:2 ceil=true", "maxpool:3 stride=5 ceil=true", "maxpool:2 stride=3 padding=1 ceil=true",
            "avgpool:3 stride=2 padding=1", "avgpool:4 stride=3 ceil=true", "globalpool", "adaptivepool:4", "flatten",
            "batchnorm", "dropout", "relu", "relu6", "leakyrelu", "elu", "gelu", "silu", "hardswish", "tanh", "sigmoid",
        ])
    func mapSizes(_ text: String) throws {
        let layer = try #require(LayerDescription.layers(in: text).first)
        for (height, width) in [(7, 7), (8, 11), (13, 9), (10, 5)] {
            let input = FeatureSize.map(channels: 3, height: height, width: width)
            let module = try layer.makeModule(for: input, classes: 2)
            let output = try module(Formula.tensor([2, 3, height, width]))
            switch try layer.outputSize(for: input, classes: 2) {
            case .map(let channels, let height, let width): #expect(output.shape == [2, channels, height, width])
            case .features(let count): #expect(output.shape == [2, count])
            }
            #expect(layer.parameterCount(for: input, classes: 2) == module.parameters.reduce(0) { $0 + $1.count })
        }
    }

    @Test(
        "The computed size of features equals the module's output",
        arguments: [
            "12", "linear:5 bias=false", "linear:classes", "batchnorm", "layernorm", "dropout:0.3", "relu", "flatten",
        ])
    func featureSizes(_ text: String) throws {
        let layer = try #require(LayerDescription.layers(in: text).first)
        let module = try layer.makeModule(for: .features(8), classes: 3)
        let size = try layer.outputSize(for: .features(8), classes: 3)
        #expect(try module(Formula.tensor([4, 8])).shape == [4, size.count])
        #expect(layer.parameterCount(for: .features(8), classes: 3) == module.parameters.reduce(0) { $0 + $1.count })
    }
}
