/// Makes every picture grey; it keeps three equal channels: torchvision's `Grayscale(num_output_channels=3)`.
public struct Grayscale: ImageTransform, Hashable {
    /// The transform.
    public init() {}

    /// Nothing is drawn.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// The picture in grey.
    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.applying([.grayscale])
    }
}
