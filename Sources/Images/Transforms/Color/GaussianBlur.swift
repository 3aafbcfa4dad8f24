internal import CImage
internal import LibC

/// Blurs with a Gaussian of random standard deviation: torchvision's `GaussianBlur`.
public struct GaussianBlur: ImageTransform, Hashable {
    /// The width and height of the kernel in pixels, both odd.
    public let kernelSize: PixelSize

    /// The range of standard deviations, in pixels.
    public let sigma: ClosedRange<Double>

    /// Creates a blur with a square kernel of this odd side, and the range of standard deviations in pixels.
    public init(kernelSize: Int, sigma: ClosedRange<Double> = 0.1...2) {
        self.init(kernelSize: PixelSize(width: kernelSize, height: kernelSize), sigma: sigma)
    }

    /// Creates a blur with a kernel of odd sides, and the range of standard deviations in pixels.
    public init(kernelSize: PixelSize, sigma: ClosedRange<Double> = 0.1...2) {
        for side in [kernelSize.width, kernelSize.height] {
            precondition(side > 0 && side % 2 == 1, "a kernel's side must be odd and above 0, not \(side)")
        }
        precondition(
            sigma.lowerBound > 0 && sigma.upperBound.isFinite,
            "standard deviations must be above 0 and finite, not \(sigma)")
        self.kernelSize = kernelSize
        self.sigma = sigma
    }

    /// Draws the standard deviation.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Double {
        random.uniform(in: sigma)
    }

    /// Blurs the image with this standard deviation.
    public func apply(_ parameters: Double, to image: Image) -> Image {
        image.blurred(kernelSize: kernelSize, sigma: parameters)
    }
}

extension Image {
    /// The image blurred by a Gaussian with this standard deviation in pixels; the kernel's sides must be odd.
    ///
    /// torchvision weights all pixels of the kernel at once; this function weights those of its column and then those
    /// of its row. The float sums differ in their last bits, so a byte halfway between two values may be rounded
    /// differently. The image is mirrored at the edges. If the kernel extends beyond the mirrored image, which
    /// torchvision rejects, it is mirrored again.
    public func blurred(kernelSize: PixelSize, sigma: Double) -> Image {
        let across = gaussianKernel(count: kernelSize.width, sigma: sigma)
        let down = gaussianKernel(count: kernelSize.height, sigma: sigma)
        let workspaceSize = cimage_blur_workspace_size(Int32(width), Int32(across.count))
        return Image(width: width, height: height) { target in
            withUnsafeTemporaryAllocation(byteCount: workspaceSize, alignment: 16) { workspace in
                cimage_blur_rgb(
                    pixels, Int32(width), Int32(height), across, Int32(across.count), down, Int32(down.count),
                    target.baseAddress, workspace.baseAddress)
            }
        }
    }
}

/// The weights of an odd number of pixels in a row; they sum to 1.
private func gaussianKernel(count: Int, sigma: Double) -> [Float] {
    // torchvision computes in single precision from here on.
    let sigma = Float(sigma)
    let weights = (0..<count).map { index in
        let place = Float(index - count / 2) / sigma
        return exp(-0.5 * (place * place))
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
}
