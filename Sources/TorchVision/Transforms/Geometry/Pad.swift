/// Adds pixels on each side: torchvision's `Pad`.
public struct Pad: GeometricTransform, Hashable {
    /// How many.
    public let padding: Padding

    /// What they show.
    public let border: PictureBorder

    /// So many pixels of a border.
    public init(_ padding: Padding, border: PictureBorder = .fill(.black)) {
        self.padding = padding
        self.border = border
    }

    /// Nothing is drawn at random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// Adds this step to a picture that is yet to be drawn.
    public func apply(_ parameters: Void, to rendering: inout ImageRendering) {
        rendering.pad(padding, border: border)
    }
}
