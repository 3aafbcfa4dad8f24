internal import Torch
internal import TorchNN

/// Modules side by side that see the same input; what they make is joined along the channels.
final class Branches: ModuleContainer {
    let namedChildren: [(name: String, module: any Module)]

    init(_ children: [(name: String, module: any Module)]) { namedChildren = children }

    /// `[N, C, H, W]` to `[N, C', H', W']`, C' the sum over the branches.
    func forward(_ input: Tensor) throws -> Tensor {
        try Tensor.cat(namedChildren.map { try $0.module(input) }, along: 1)
    }
}

/// A convolution without bias, batch normalisation and ReLU, as both Inception networks have them (`BasicConv2d`).
final class InceptionConvolution: Module {
    let conv: Conv2d
    let bn: BatchNorm2d

    init(_ inputs: Int, _ outputs: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0) throws {
        conv = try Conv2d(inputs, outputs, kernelSize: kernelSize, stride: stride, padding: padding, bias: false)
        bn = try BatchNorm2d(outputs, epsilon: 1e-3)
    }

    func forward(_ input: Tensor) throws -> Tensor { try bn(conv(input)).relu() }
}

/// Normalises pictures that are normalised with ImageNet's mean and deviation anew, with 0.5 and 0.5: torchvision's
/// `transform_input`, which the weights from TensorFlow want. `[N, 3, H, W]` to the same shape.
func rescaleInput(_ input: Tensor) throws -> Tensor {
    let (means, deviations) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return try Tensor.cat(
        (0..<3).map { channel in
            try input.narrow(1, from: channel, length: 1) * (deviations[channel] / 0.5) + (means[channel] - 0.5) / 0.5
        }, along: 1)
}
