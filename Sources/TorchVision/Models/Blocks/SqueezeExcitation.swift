internal import Torch
internal import TorchNN

/// Scales each channel by what two small layers make of the means of all, as `torchvision.ops.SqueezeExcitation`.
///
/// J. Hu et al.: Squeeze-and-Excitation Networks, 2017, arXiv:1709.01507.
final class SqueezeExcitation: Module {
    let avgpool = AdaptiveAvgPool2d(1)
    let fc1: Conv2d
    let fc2: Conv2d
    let activation: any Module
    let scale: any Module

    /// Makes a block for `inputs` channels, of which the first layer makes `squeezed`.
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
