import TestSupport
import Testing
import Torch
import TorchNN

/// Each layer's output and gradients equal PyTorch's, with weights and inputs from the formula.
@TensorActor
@Suite struct LayerGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shape: [Int]
        let make: @Sendable () throws -> any Module

        init(_ name: String, _ shape: [Int], _ make: @escaping @Sendable () throws -> any Module) {
            (testDescription, self.shape, self.make) = (name, shape, make)
        }
    }

    nonisolated static let convolutions: [Case] = [
        Case("conv2d", [2, 3, 9, 11]) { try Conv2d(3, 8, kernelSize: 3) },
        Case("conv2d-stride-padding", [2, 3, 9, 11]) { try Conv2d(3, 4, kernelSize: 5, stride: 2, padding: 2) },
        Case("conv2d-rectangle", [2, 3, 9, 11]) {
            try Conv2d(3, 4, kernelSize: Size2D(3, 1), stride: Size2D(1, 2), padding: Size2D(1, 0))
        },
        Case("conv2d-dilation", [2, 3, 9, 11]) { try Conv2d(3, 4, kernelSize: 3, dilation: 2, bias: false) },
        Case("conv2d-groups", [2, 4, 6, 7]) { try Conv2d(4, 8, kernelSize: 3, padding: 1, groups: 2) },
        Case("conv2d-depthwise", [2, 6, 6, 7]) {
            try Conv2d(6, 6, kernelSize: 3, padding: 1, groups: 6, bias: false)
        },
        Case("linear", [4, 10]) { try Linear(10, 5) },
        Case("linear-no-bias", [2, 3, 10]) { try Linear(10, 5, bias: false) },
        Case("batchnorm2d", [3, 4, 5, 6]) { try BatchNorm2d(4) },
        Case("batchnorm2d-eps-momentum", [3, 4, 5, 6]) { try BatchNorm2d(4, epsilon: 1e-3, momentum: 0.01) },
    ]

    nonisolated static let others: [Case] = [
        Case("maxpool2d", [2, 3, 7, 9]) { MaxPool2d(2) },
        Case("maxpool2d-stride-padding", [2, 3, 7, 9]) { MaxPool2d(3, stride: 2, padding: 1) },
        Case("maxpool2d-ceil", [2, 3, 8, 10]) { MaxPool2d(3, stride: 2, ceilMode: true) },
        Case("avgpool2d", [2, 3, 7, 9]) { AvgPool2d(2) },
        Case("avgpool2d-padding", [2, 3, 7, 9]) { AvgPool2d(3, stride: 2, padding: 1) },
        Case("avgpool2d-ceil", [2, 3, 8, 10]) {
            AvgPool2d(3, stride: 2, padding: 1, ceilMode: true, countsPadding: false)
        },
        Case("adaptive-avgpool2d-1", [2, 3, 7, 9]) { AdaptiveAvgPool2d(1) },
        Case("adaptive-avgpool2d-7", [2, 3, 13, 9]) { AdaptiveAvgPool2d(7) },
        Case("adaptive-avgpool2d-6x3", [2, 3, 5, 11]) { AdaptiveAvgPool2d(Size2D(6, 3)) },
        Case("adaptive-maxpool2d-1", [2, 3, 7, 9]) { AdaptiveMaxPool2d(1) },
        Case("adaptive-maxpool2d-4x5", [2, 3, 7, 9]) { AdaptiveMaxPool2d(Size2D(4, 5)) },
        Case("relu", [3, 7]) { ReLU() },
        Case("relu6", [3, 7]) { ReLU6() },
        Case("leaky-relu", [3, 7]) { LeakyReLU(slope: 0.2) },
        Case("elu", [3, 7]) { ELU(alpha: 0.7) },
        Case("sigmoid", [3, 7]) { Sigmoid() },
        Case("tanh", [3, 7]) { Tanh() },
        Case("silu", [3, 7]) { SiLU() },
        Case("gelu", [3, 7]) { GELU() },
        Case("hardsigmoid", [3, 7]) { Hardsigmoid() },
        Case("hardswish", [3, 7]) { Hardswish() },
        Case("layernorm", [2, 5, 7]) { try LayerNorm(7) },
        Case("layernorm-eps", [4, 7]) { try LayerNorm(7, epsilon: 1e-2) },
        Case("multihead-attention", [2, 5, 12]) { try MultiheadAttention(12, heads: 3) },
        Case("multihead-attention-even", [3, 17, 8]) { try MultiheadAttention(8, heads: 2) },
        Case("flatten", [2, 3, 4]) { Flatten() },
        Case("identity", [2, 3, 4]) { Identity() },
    ]

    @Test(arguments: convolutions + others)
    func outputAndGradientsEqualPyTorchs(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let name = example.testDescription
        let layer = try example.make()
        try Formula.fill(layer)
        // An activation's input goes beyond its bends.
        let input = try Formula.tensor(example.shape, scale: example.shape == [3, 7] ? 10 : 1).requiresGradient(true)
        let output = try layer(input)
        try expectClose(output, #require(goldens["\(name)/output"]), within: 1e-5)

        try (output * Formula.tensor(output.shape, entry: -2)).sum().backward()
        try expectClose(#require(input.gradient), #require(goldens["\(name)/gradient.input"]), within: 1e-5)
        for (parameter, tensor) in layer.namedParameters {
            let golden = try #require(goldens["\(name)/gradient.\(parameter)"])
            try expectClose(#require(tensor.gradient), golden, within: 1e-4, parameter)
        }
    }

    @Test(arguments: convolutions.filter { $0.testDescription.hasPrefix("batchnorm2d") })
    func batchNormMovesItsStatisticsInTrainingAlone(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let name = example.testDescription
        let layer = try example.make()
        try Formula.fill(layer)
        let input = try Formula.tensor(example.shape)
        layer.eval()
        try expectClose(layer(input), #require(goldens["\(name)/evaluation"]), within: 1e-5)
        layer.train()
        _ = try layer(input)
        layer.eval()
        _ = try layer(input)
        for buffer in ["running_mean", "running_var", "num_batches_tracked"] {
            let tensor = try #require(layer.stateDict.first { $0.name == buffer }?.tensor)
            try expectClose(tensor, #require(goldens["\(name)/\(buffer)"]), within: 1e-6, buffer)
        }
    }

    @Test(arguments: others.filter { $0.testDescription.hasPrefix("multihead-attention") })
    func attentionIsTheSameInEvaluation(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let golden = try #require(goldens["\(example.testDescription)/evaluation"])
        try withoutGradient {
            let layer = try example.make()
            try Formula.fill(layer)
            layer.eval()
            try expectClose(layer(Formula.tensor(example.shape)), golden, within: 1e-5)
        }
    }

    @Test func attentionDropsWeightsInTrainingAlone() throws {
        let layer = try Formula.fill(MultiheadAttention(8, heads: 2, dropout: 0.5))
        let input = try Formula.tensor([3, 17, 8])
        layer.eval()
        let whole = try layer(input)
        try expectClose(layer(input), whole, within: 0)
        layer.train()
        #expect(try (layer(input) - whole).abs().max().item(as: Float.self) > 0.01)
    }

    @Test func sequentialPassesThroughAllInOrder() throws {
        let (first, second) = (try Formula.fill(Linear(4, 3)), try Formula.fill(Linear(3, 2)))
        let input = try Formula.tensor([5, 4])
        try expectClose(Sequential(first, ReLU(), second)(input), second(first(input).relu()), within: 0)
    }

    @Test func dropoutScalesWhatItKeepsAndRestsInEvaluation() throws {
        let dropout = Dropout(0.25)
        let ones = try Tensor.ones([10_000])
        let kept = try dropout(ones)
        let values = Set(try kept.array(as: Float.self))
        #expect(values == [0, Float(1 / 0.75)])
        let share: Float = try (kept .> 0).to(.float32).mean().item()
        #expect(abs(share - 0.75) < 0.03)
        dropout.eval()
        try expectClose(dropout(ones), ones, within: 0)
    }

    @Test func aShapeThatDoesNotFitIsAnErrorThatNamesIt() throws {
        let error = #expect(throws: TorchError.self) { try Linear(10, 5)(Tensor.zeros([4, 11])) }
        #expect(try #require(error).description.contains("[4, 11]"))
        #expect(throws: TorchError.self) { try Conv2d(3, 4, kernelSize: 3)(Tensor.zeros([1, 4, 8, 8])) }
    }
}

@TensorActor
@Suite struct BatchNormRefusalTests {
    @Test func aSingleValueAChannelHasNoVariance() throws {
        let layer = try BatchNorm2d(3)
        #expect(throws: TorchError.self) { try layer(Tensor.ones([1, 3, 1, 1])) }
        #expect(try layer(Tensor.ones([2, 3, 1, 1])).shape == [2, 3, 1, 1])
        // In evaluation the statistics are there already.
        layer.eval()
        #expect(try layer(Tensor.ones([1, 3, 1, 1])).shape == [1, 3, 1, 1])
        #expect(try layer.runningVariance.isFinite().all().item(as: Bool.self))
    }
}
