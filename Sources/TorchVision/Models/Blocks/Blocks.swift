internal import Torch
internal import TorchNN

/// A convolution without bias, its batch normalization, and an activation unless it is nil: `0`, `1` and `2`, as
/// `torchvision.ops.Conv2dNormActivation`. With stride 1 and an odd kernel the size stays the same.
func makeConvNormActivation(
    _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1, dilation: Int = 1,
    epsilon: Double = 1e-5, momentum: Double = 0.1, activation: (any Module)? = ReLU()
) throws -> Sequential {
    let convolution = try Conv2d(
        inputs, outputs, kernelSize: Size2D(kernelSize), stride: Size2D(stride),
        padding: Size2D((kernelSize - 1) / 2 * dilation), dilation: Size2D(dilation), groups: groups, bias: false)
    let norm = try BatchNorm2d(outputs, epsilon: epsilon, momentum: momentum)
    return Sequential([convolution, norm] + (activation.map { [$0] } ?? []))
}

/// Rounds a number of channels to a multiple of `divisor`, at least `divisor` and at most 10 % below the number, as
/// torchvision's `_make_divisible`.
func makeDivisible(_ channels: Double, by divisor: Int) -> Int {
    let nearest = max(divisor, Int(channels + Double(divisor) / 2) / divisor * divisor)
    return Double(nearest) < 0.9 * channels ? nearest + divisor : nearest
}

/// Modules in parallel with the same input; their outputs are concatenated along the channels.
final class Branches: ModuleContainer {
    let namedChildren: [(name: String, module: any Module)]

    init(_ children: [(name: String, module: any Module)]) { namedChildren = children }

    /// `[N, C, H, W]` to `[N, C', H', W']`, where C' is the sum over the branches.
    func forward(_ input: Tensor) throws -> Tensor {
        try Tensor.cat(namedChildren.map { try $0.module(input) }, dim: 1)
    }
}

/// A convolution without bias, batch normalization and ReLU, as in both Inception networks (`BasicConv2d`).
final class InceptionConvolution: Module {
    let conv: Conv2d
    let bn: BatchNorm2d

    init(_ inputs: Int, _ outputs: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0) throws {
        conv = try Conv2d(inputs, outputs, kernelSize: kernelSize, stride: stride, padding: padding, bias: false)
        bn = try BatchNorm2d(outputs, epsilon: 1e-3)
    }

    func forward(_ input: Tensor) throws -> Tensor { try bn(conv(input)).relu() }
}

/// Converts ImageNet's normalization to one with mean and standard deviation 0.5: torchvision's `transform_input`,
/// which the weights from TensorFlow need. The shape `[N, 3, H, W]` stays the same.
func rescaleInput(_ input: Tensor) throws -> Tensor {
    let (means, deviations) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return try Tensor.cat(
        (0..<3).map { channel in
            try input.narrow(dim: 1, from: channel, length: 1) * (deviations[channel] / 0.5) + (means[channel] - 0.5)
                / 0.5
        }, dim: 1)
}

/// Another order of the dimensions, as `torchvision.ops.Permute`.
final class Permute: Module {
    private let dimensions: [Int]

    init(_ dimensions: Int...) { self.dimensions = dimensions }

    func forward(_ input: Tensor) throws -> Tensor { try input.permute(dims: dimensions) }
}

/// Scales each channel by a factor that two small layers compute from the means of all channels, as
/// `torchvision.ops.SqueezeExcitation`.
///
/// J. Hu et al.: Squeeze-and-Excitation Networks, 2017, arXiv:1709.01507.
final class SqueezeExcitation: Module {
    let avgpool = AdaptiveAvgPool2d(1)
    let fc1: Conv2d
    let fc2: Conv2d
    let activation: any Module
    let scale: any Module

    /// Creates a block for `inputs` channels; the first layer has `squeezed` outputs.
    init(
        _ inputs: Int, squeezed: Int, activation: any Module = ReLU(), scale: any Module = Sigmoid()
    ) throws {
        fc1 = try Conv2d(inputs, squeezed, kernelSize: 1)
        fc2 = try Conv2d(squeezed, inputs, kernelSize: 1)
        self.activation = activation
        self.scale = scale
    }

    /// `[N, C, H, W]` to the same shape.
    func forward(_ input: Tensor) throws -> Tensor {
        try scale(fc2(activation(fc1(avgpool(input))))) * input
    }
}

extension Operator {
    static let bernoulliInPlace = Operator("aten::bernoulli_.float")
}

/// Drops whole images at random in training, and scales the others by 1 / (1 - p), as `torchvision.ops.StochasticDepth`
/// does by rows. In the branch of a residual block, a dropped image skips the branch.
///
/// G. Huang et al.: Deep Networks with Stochastic Depth, 2016, arXiv:1603.09382.
final class StochasticDepth: FreezableModule {
    /// The probability of dropping an image.
    let probability: Double
    /// Whether images are dropped.
    var isTraining = true
    /// Whether dropping is also disabled in training.
    var isFrozen = false

    /// Creates the layer.
    init(_ probability: Double) { self.probability = probability }

    /// The output has the shape of the input, `[N, …]`.
    func forward(_ input: Tensor) throws -> Tensor {
        guard isTraining, probability > 0 else { return input }
        let survival = 1 - probability
        let noise = try Tensor.empty(
            [input.shape[0]] + input.shape.dropFirst().map { _ in 1 }, dtype: input.dtype, device: input.device)
        try Operator.bernoulliInPlace.run(noise, survival)
        if survival > 0 { try noise /= survival }
        return try input * noise
    }
}

/// The two layers after attention in a transformer, `0` and `3`, as `torchvision.ops.MLP` with GELU between them, and
/// with torchvision's initialization. There is no dropout, as in torchvision's default.
func makeTransformerMLP(_ size: Int, hidden: Int) throws -> Sequential {
    let layers = [try Linear(size, hidden), try Linear(hidden, size)]
    for layer in layers {
        try Initialization.xavierUniform(layer.weight)
        if let bias = layer.bias { try Initialization.normal(bias, standardDeviation: 1e-6) }
    }
    return Sequential(layers[0], GELU(), Dropout(0), layers[1], Dropout(0))
}
