import Testing
import Torch
import TorchNN
import TorchTestSupport

/// Each layer's output and gradients equal PyTorch's, with weights and inputs from the formula.
@TensorActor
@Suite("Layers against PyTorch") struct LayerGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shape: [Int]
        let make: @Sendable () throws -> any Module

        init(_ name: String, _ shape: [Int], _ make: @escaping @Sendable () throws -> any Module) {
            (testDescription, self.shape, self.make) = (name, shape, make)
        }
    }

    nonisolated static let convolutions: [Case] = [
        Case("conv1d", [2, 3, 11]) { try Conv1d(3, 8, kernelSize: 3) },
        Case("conv1d-groups", [2, 4, 11]) {
            try Conv1d(4, 6, kernelSize: 3, stride: 2, padding: 2, dilation: 2, groups: 2, bias: false)
        },
        Case("conv-transpose2d", [2, 3, 5, 6]) { try ConvTranspose2d(3, 5, kernelSize: 3) },
        Case("conv-transpose2d-rectangle", [2, 3, 5, 6]) {
            try ConvTranspose2d(
                3, 4, kernelSize: Size2D(3, 2), stride: Size2D(2, 3), padding: 1, outputPadding: Size2D(1, 2))
        },
        Case("conv-transpose2d-groups", [2, 4, 5, 6]) {
            try ConvTranspose2d(4, 6, kernelSize: 3, dilation: 2, groups: 2, bias: false)
        },
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
    ]

    /// Layers with running statistics.
    nonisolated static let tracking: [Case] = [
        Case("batchnorm1d", [6, 4]) { try BatchNorm1d(4) },
        Case("batchnorm1d-length", [6, 4, 5]) { try BatchNorm1d(4, momentum: 0.3) },
        Case("batchnorm2d", [3, 4, 5, 6]) { try BatchNorm2d(4) },
        Case("batchnorm2d-eps-momentum", [3, 4, 5, 6]) { try BatchNorm2d(4, epsilon: 1e-3, momentum: 0.01) },
        Case("instancenorm2d-tracking", [3, 4, 5, 6]) {
            try InstanceNorm2d(4, momentum: 0.2, affine: true, tracksRunningStatistics: true)
        },
    ]

    nonisolated static let normalizations: [Case] = [
        Case("layernorm", [2, 5, 7]) { try LayerNorm(7) },
        Case("layernorm-eps", [4, 7]) { try LayerNorm(7, epsilon: 1e-2) },
        Case("groupnorm", [2, 6, 4, 5]) { try GroupNorm(3, channels: 6) },
        Case("groupnorm-plain", [3, 6, 7]) { try GroupNorm(2, channels: 6, epsilon: 1e-3, affine: false) },
        Case("instancenorm1d", [3, 4, 7]) { try InstanceNorm1d(4) },
        Case("instancenorm1d-single", [4, 7]) { try InstanceNorm1d(4, affine: true) },
        Case("instancenorm2d", [3, 4, 5, 6]) { try InstanceNorm2d(4, epsilon: 1e-3, affine: true) },
        Case("instancenorm2d-single", [4, 5, 6]) { try InstanceNorm2d(4) },
    ]

    nonisolated static let attentions: [Case] = [
        Case("multihead-attention", [2, 5, 12]) { try MultiheadAttention(12, heads: 3) },
        Case("multihead-attention-even", [3, 17, 8]) { try MultiheadAttention(8, heads: 2) },
        Case("multihead-attention-no-bias", [2, 5, 12]) { try MultiheadAttention(12, heads: 3, bias: false) },
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
        Case("upsample-nearest", [2, 3, 4, 5]) { Upsample(scaleFactor: 2) },
        Case("upsample-nearest-fraction", [2, 3, 4, 5]) { Upsample(scaleFactor: 1.7) },
        Case("upsample-nearest-size", [2, 3, 4, 5]) { Upsample(size: Size2D(7, 3)) },
        Case("upsample-nearest-exact", [2, 3, 4, 5]) { Upsample(size: Size2D(7, 3), mode: .nearestExact) },
        Case("upsample-bilinear", [2, 3, 4, 5]) { Upsample(size: Size2D(7, 9), mode: .bilinear) },
        Case("upsample-bilinear-corners", [2, 3, 4, 5]) {
            Upsample(scaleFactor: 2.5, mode: .bilinear, alignCorners: true)
        },
        Case("upsample-bicubic", [2, 3, 4, 5]) { Upsample(scaleFactor: 1.6, mode: .bicubic) },
        Case("upsample-bicubic-corners", [2, 3, 4, 5]) {
            Upsample(size: Size2D(9, 4), mode: .bicubic, alignCorners: true)
        },
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
        Case("flatten", [2, 3, 4]) { Flatten() },
        Case("identity", [2, 3, 4]) { Identity() },
    ]

    @Test(
        "Outputs and gradients equal PyTorch's",
        arguments: convolutions + tracking + normalizations + attentions + others)
    func goldens(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let name = example.testDescription
        let layer = try example.make()
        try Formula.fill(layer)
        // An activation's input goes beyond its kinks.
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

    @Test("Running statistics are updated in training mode alone, as in PyTorch", arguments: tracking)
    func runningStatistics(_ example: Case) throws {
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
            let tensor = try #require(layer.stateDict[buffer])
            try expectClose(tensor, #require(goldens["\(name)/\(buffer)"]), within: 1e-6, buffer)
        }
    }

    @Test("Attention is the same in evaluation mode", arguments: attentions)
    func attentionInEvaluation(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let golden = try #require(goldens["\(example.testDescription)/evaluation"])
        try withoutGradient {
            let layer = try example.make()
            try Formula.fill(layer)
            layer.eval()
            try expectClose(layer(Formula.tensor(example.shape)), golden, within: 1e-5)
        }
    }

    @Test("Attention drops weights in training mode alone")
    func attentionDropout() throws {
        let layer = try Formula.fill(MultiheadAttention(8, heads: 2, dropout: 0.5))
        let input = try Formula.tensor([3, 17, 8])
        layer.eval()
        let whole = try layer(input)
        try expectClose(layer(input), whole, within: 0)
        layer.train()
        #expect(try (layer(input) - whole).abs().max().item(as: Float.self) > 0.01)
    }

    @Test("A sequence passes through all modules in order")
    func sequence() throws {
        let (first, second) = (try Formula.fill(Linear(4, 3)), try Formula.fill(Linear(3, 2)))
        let input = try Formula.tensor([5, 4])
        try expectClose(Sequential(first, ReLU(), second)(input), second(first(input).relu()), within: 0)
    }

    @Test("Dropout scales the kept values and does nothing in evaluation mode")
    func dropout() throws {
        let dropout = Dropout(0.25)
        let ones = try Tensor.ones([10_000])
        let kept = try dropout(ones)
        let values = Set(try kept.array(as: Float.self))
        #expect(values == [0, Float(1 / 0.75)])
        let fraction: Float = try (kept .> 0).to(.float32).mean().item()
        #expect(abs(fraction - 0.75) < 0.03)
        dropout.eval()
        try expectClose(dropout(ones), ones, within: 0)
    }

    nonisolated static let misfits: [Case] = [
        Case("linear", [4, 11]) { try Linear(10, 5) },
        Case("conv1d", [1, 4, 8]) { try Conv1d(3, 4, kernelSize: 3) },
        Case("conv2d", [1, 4, 8, 8]) { try Conv2d(3, 4, kernelSize: 3) },
        Case("conv-transpose2d", [1, 4, 8, 8]) { try ConvTranspose2d(3, 4, kernelSize: 3) },
        Case("batchnorm1d", [2, 3, 4, 4]) { try BatchNorm1d(3) },
        Case("batchnorm2d", [2, 3]) { try BatchNorm2d(3) },
        Case("batchnorm2d channels", [2, 4, 2, 2]) { try BatchNorm2d(3) },
        Case("groupnorm", [2, 4, 5]) { try GroupNorm(3, channels: 6) },
        Case("groupnorm rank", [6]) { try GroupNorm(3, channels: 6) },
        Case("instancenorm1d", [2, 3, 4, 4]) { try InstanceNorm1d(3) },
        Case("instancenorm2d", [2, 4, 4, 4]) { try InstanceNorm2d(3) },
        Case("instancenorm2d position", [2, 3, 1, 1]) { try InstanceNorm2d(3) },
        Case("upsample", [3, 4, 4]) { Upsample(scaleFactor: 2) },
        Case("upsample to nothing", [1, 3, 4, 4]) { Upsample(scaleFactor: 0.1) },
        Case("upsample without bounds", [1, 3, 4, 4]) { Upsample(scaleFactor: .infinity) },
        Case("attention", [2, 5, 11]) { try MultiheadAttention(12, heads: 3) },
        Case("attention rank", [5, 12]) { try MultiheadAttention(12, heads: 3) },
    ]

    @Test("A shape that does not fit is an error", arguments: misfits)
    func shapes(_ example: Case) throws {
        let (layer, input) = (try example.make(), try Tensor.zeros(example.shape))
        #expect(throws: TorchError.self) { try layer(input) }
    }

    @Test("The error for a shape that does not fit names it")
    func shapeInError() throws {
        let error = #expect(throws: TorchError.self) { try Linear(10, 5)(Tensor.zeros([4, 11])) }
        #expect(try #require(error).description.contains("[4, 11]"))
        let rank = #expect(throws: TorchError.self) { try BatchNorm2d(3)(Tensor.zeros([4, 3])) }
        #expect(try #require(rank).description.contains("[4, 3]; BatchNorm2d expects [N, C, H, W]"))
    }

    @Test("Invalid layer parameters are an error")
    func impossibleLayers() throws {
        for groups in [0, 2, -1] {
            #expect(throws: TorchError.self) { try Conv2d(3, 4, kernelSize: 3, groups: groups) }
            #expect(throws: TorchError.self) { try GroupNorm(groups, channels: 3) }
        }
        #expect(throws: TorchError.self) { try MultiheadAttention(12, heads: 5) }
        #expect(throws: TorchError.self) { try MultiheadAttention(12, heads: 0) }
        for index in [7, -8] { #expect(throws: TorchError.self) { try Embedding(7, 4, paddingIndex: index) } }
    }
}

@TensorActor
@Suite("Embedding layers") struct EmbeddingTests {
    @Test("Vectors and the gradient of the table equal PyTorch's", arguments: ["embedding", "embedding-padding"])
    func golden(_ name: String) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let layer = try Formula.fill(Embedding(7, 4, paddingIndex: name == "embedding" ? nil : -2))
        let output = try layer(Tensor((0..<10).map { $0 * 3 % 7 }, shape: [2, 5]))
        try expectClose(output, #require(goldens["\(name)/output"]), within: 1e-6)
        try (output * Formula.tensor(output.shape, entry: -2)).sum().backward()
        try expectClose(#require(layer.weight.gradient), #require(goldens["\(name)/gradient.weight"]), within: 1e-6)
    }

    @Test("An index out of range is an error")
    func rows() throws {
        let layer = try Embedding(7, 4)
        for number in [-1, 7] { #expect(throws: TorchError.self) { try layer(Tensor([number])) } }
        #expect(throws: TorchError.self) { try layer(Tensor([Float(1)])) }
    }
}

/// Five queries and seven keys, as in `attentions` of `scripts/goldens/layers.py`.
@TensorActor
@Suite("Multi-head attention") struct AttentionGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var bias = true
        var keySize: Int?
        var valueSize: Int?
        var hasPadding = false
        var pairs: String?
    }

    nonisolated static let cases = [
        Case(testDescription: "attention"),
        Case(testDescription: "attention-sizes", keySize: 10, valueSize: 6),
        Case(testDescription: "attention-no-bias", bias: false, keySize: 10),
        Case(testDescription: "attention-padding", hasPadding: true),
        Case(testDescription: "attention-pairs", pairs: "numbers"),
        Case(testDescription: "attention-both", keySize: 10, hasPadding: true, pairs: "heads"),
    ]

    @Test("Outputs, weights and gradients equal PyTorch's", arguments: cases)
    func golden(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let name = example.testDescription
        func golden(_ part: String) throws -> Tensor { try #require(goldens["\(name)/\(part)"], "\(part)") }
        let layer = try Formula.fill(
            MultiheadAttention(
                12, heads: 3, bias: example.bias, keySize: example.keySize, valueSize: example.valueSize))
        let query = try Formula.tensor([2, 5, 12]).requiresGradient(true)
        let key = try Formula.tensor([2, 7, example.keySize ?? 12], entry: -3).requiresGradient(true)
        let value = try Formula.tensor([2, 7, example.valueSize ?? 12], entry: -4).requiresGradient(true)
        let padding = example.hasPadding ? try Tensor((0..<14).map { $0 >= 12 }, shape: [2, 7]) : nil
        let pairs: Tensor? =
            switch example.pairs {
            case "numbers": try Formula.tensor([5, 7], entry: -5, scale: 2)
            case "heads": try Formula.tensor([6, 5, 7], entry: -6) .> 0.5
            default: nil
            }
        let output = try layer(
            query: query, key: key, value: value, keyPaddingMask: padding, attentionMask: pairs)
        try expectClose(output, golden("output"), within: 1e-5)
        try (output * Formula.tensor(output.shape, entry: -2)).sum().backward()
        for (part, tensor) in [("query", query), ("key", key), ("value", value)] {
            try expectClose(#require(tensor.gradient), golden("gradient.\(part)"), within: 1e-5, part)
        }
        for (part, tensor) in layer.namedParameters {
            try expectClose(#require(tensor.gradient), golden("gradient.\(part)"), within: 1e-4, part)
        }
        for isMean in [true, false] {
            let (attended, weights) = try layer.attend(
                query: query, key: key, value: value, keyPaddingMask: padding, attentionMask: pairs,
                averagesWeights: isMean)
            try expectClose(attended, golden("output"), within: 1e-5)
            try expectClose(weights, golden(isMean ? "weights" : "weights-heads"), within: 1e-6)
        }
    }

    @Test("Attention to the same sequence is self-attention")
    func selfAttention() throws {
        let layer = try Formula.fill(MultiheadAttention(12, heads: 3))
        let input = try Formula.tensor([2, 5, 12])
        try expectClose(layer(query: input, key: input, value: input), layer(input), within: 1e-6)
    }

    @Test("The error for masks and sequences that do not match gives the shapes")
    func misfits() throws {
        let layer = try MultiheadAttention(12, heads: 3)
        let (query, key) = (try Tensor.zeros([2, 5, 12]), try Tensor.zeros([2, 7, 12]))
        let mask = try Tensor.zeros([2, 5])
        let error = #expect(throws: TorchError.self) {
            try layer(query: query, key: key, value: key, keyPaddingMask: mask)
        }
        #expect(try #require(error).description.contains("[2, 5], not [2, 7]"))
        #expect(throws: TorchError.self) { try layer(query: query, key: key, value: key, attentionMask: mask) }
        #expect(throws: TorchError.self) { try layer(query: query, key: key, value: query) }
        #expect(throws: TorchError.self) { try layer(query: query, key: key[0], value: key) }
    }
}

@TensorActor
@Suite("Batch normalization of a single value") struct BatchNormRefusalTests {
    @Test("A single value per channel has no variance")
    func singleValue() throws {
        let layer = try BatchNorm2d(3)
        #expect(throws: TorchError.self) { try layer(Tensor.ones([1, 3, 1, 1])) }
        #expect(try layer(Tensor.ones([2, 3, 1, 1])).shape == [2, 3, 1, 1])
        // In evaluation mode the statistics exist.
        layer.eval()
        #expect(try layer(Tensor.ones([1, 3, 1, 1])).shape == [1, 3, 1, 1])
        #expect(try layer.runningVariance.isFinite().all().item(as: Bool.self))
    }
}
