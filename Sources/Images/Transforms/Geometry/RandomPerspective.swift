/// Shows the image at an angle: each corner moves inwards by a length drawn at random. torchvision's
/// `RandomPerspective`.
public struct RandomPerspective: ImageTransform, Hashable {
    /// How far a corner moves at most: with 1 to the middle, with 0 nowhere.
    public let distortion: Double

    /// The chance that anything is done, from 0 to 1.
    public let probability: Double

    /// How the image is read between its pixels.
    public let sampling: Sampling

    /// The color of what comes from beyond the image.
    public let fill: RGBColor

    /// Perspectives of at most this distortion.
    public init(
        distortion: Double = 0.5, probability: Double = 0.5, sampling: Sampling = .bilinear, fill: RGBColor = .black
    ) {
        precondition((0...1).contains(distortion), "A distortion lies between 0 and 1.")
        precondition((0...1).contains(probability), "A chance lies between 0 and 1.")
        self.distortion = distortion
        self.probability = probability
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws where the corners go, in whole pixels, or nil where nothing is done.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PictureCorners? {
        guard random.chance(probability) else { return nil }
        let across = Int(distortion * Double(width / 2))
        let down = Int(distortion * Double(height / 2))
        func corner(isRight: Bool, isBottom: Bool) -> PixelPoint {
            let x = random.uniform(in: 0...across)
            let y = random.uniform(in: 0...down)
            return PixelPoint(x: Double(isRight ? width - 1 - x : x), y: Double(isBottom ? height - 1 - y : y))
        }
        return PictureCorners(
            topLeft: corner(isRight: false, isBottom: false), topRight: corner(isRight: true, isBottom: false),
            bottomRight: corner(isRight: true, isBottom: true), bottomLeft: corner(isRight: false, isBottom: true))
    }

    /// The image, seen at an angle.
    public func apply(_ parameters: PictureCorners?, to image: Image) -> Image {
        parameters.map { image.seen(at: $0, sampling: sampling, fill: fill) } ?? image
    }
}
