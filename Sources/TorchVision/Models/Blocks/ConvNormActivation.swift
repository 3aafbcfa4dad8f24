internal import TorchNN

/// A convolution without bias, its batch normalisation, and an activation unless that is nil: `0`, `1` and `2`, as
/// `torchvision.ops.Conv2dNormActivation`. With stride 1 and an odd kernel the picture keeps its size.
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

/// The multiple of `divisor` nearest to a number of channels, at least `divisor`, and no more than a tenth below the
/// number, as torchvision's `_make_divisible`.
func makeDivisible(_ channels: Double, by divisor: Int) -> Int {
    let nearest = max(divisor, Int(channels + Double(divisor) / 2) / divisor * divisor)
    return Double(nearest) < 0.9 * channels ? nearest + divisor : nearest
}
