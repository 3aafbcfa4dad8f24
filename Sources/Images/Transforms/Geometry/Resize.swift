/// Resizes with Pillow's antialiased filters: torchvision's `Resize` on images read by Pillow, pixel for pixel.
public struct Resize: GeometricTransform, Hashable {
    enum Target: Sendable, Hashable {
        case shortSide(Int)
        case exactly(PixelSize)
    }

    /// What it makes of an image's size.
    let target: Target

    /// The filter.
    public let interpolation: Interpolation

    /// Resizes the short side to this length and keeps the proportions: torchvision's `Resize(size)`.
    public init(shortSide: Int, interpolation: Interpolation = .bilinear) {
        precondition(shortSide > 0, "A side has at least one pixel.")
        self.interpolation = interpolation
        target = .shortSide(shortSide)
    }

    /// Resizes to exactly this size, whatever the proportions: torchvision's `Resize((height, width))`.
    public init(width: Int, height: Int, interpolation: Interpolation = .bilinear) {
        precondition(width > 0 && height > 0, "A side has at least one pixel.")
        self.interpolation = interpolation
        target = .exactly(PixelSize(width: width, height: height))
    }

    /// The size that an image of this size gets.
    public func size(width: Int, height: Int) -> PixelSize {
        switch target {
        case .exactly(let size): return size
        case .shortSide(let side):
            // The long side is cut off to a whole number, as Python's `int(size * long / short)`. Beyond the bound no
            // memory would hold the image; a crop of it can still be drawn.
            let long = side.multipliedReportingOverflow(by: max(width, height))
            let scaled = long.overflow ? Self.longest : min(long.partialValue / min(width, height), Self.longest)
            return width <= height ? PixelSize(width: side, height: scaled) : PixelSize(width: scaled, height: side)
        }
    }

    private static let longest = 1 << 27

    /// The new size. Nothing is drawn at random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelSize {
        size(width: width, height: height)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: PixelSize, to rendering: inout ImageRendering) {
        rendering.resize(to: parameters, interpolation: interpolation)
    }
}
