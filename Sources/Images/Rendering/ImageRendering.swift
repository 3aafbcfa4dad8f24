/// Crops, resizes and flips that are yet to be drawn, of any image of one size.
///
/// Steps are added one by one and merged: of an image that is resized and then cropped, only the pixels that the crop
/// keeps are ever computed, and of a JPEG file only those decoded that they depend on. What comes out is what the steps
/// give one by one, bit for bit.
public struct ImageRendering: Sendable, Hashable {
    /// The size of the image that is drawn.
    let source: PixelSize

    /// What is drawn in one go, one after the other: as a rule it is one.
    private(set) var passes: [RenderingPass]

    /// An image of this size, as it is.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "An image has at least one pixel.")
        source = PixelSize(width: width, height: height)
        passes = [RenderingPass(of: source)]
    }

    /// Pixels across, after all steps so far.
    public var width: Int { last.width }

    /// Pixels down, after all steps so far.
    public var height: Int { last.height }

    private var last: RenderingPass {
        get { passes[passes.count - 1] }
        set { passes[passes.count - 1] = newValue }
    }

    // MARK: Steps

    /// Resizes as Pillow's antialiased filter does. To the size that it has, nothing is done.
    public mutating func resize(to size: PixelSize, interpolation: Interpolation = .bilinear) {
        precondition(size.width > 0 && size.height > 0, "An image has at least one pixel.")
        guard size != PixelSize(width: width, height: height) else { return }
        if !last.canResize { startPass() }
        last.resize(to: size, interpolation: interpolation)
    }

    /// Cuts a rectangle out. Where it reaches beyond the image, there is the border: black by default.
    public mutating func crop(to rectangle: PixelRectangle, border: PictureBorder = .fill(.black)) {
        precondition(rectangle.width > 0 && rectangle.height > 0, "An image has at least one pixel.")
        if !last.canCrop(to: rectangle, border: border) { startPass() }
        last.crop(to: rectangle, border: border)
    }

    /// Adds pixels on each side.
    public mutating func pad(_ padding: Padding, border: PictureBorder = .fill(.black)) {
        crop(to: padding.rectangle(width: width, height: height), border: border)
    }

    /// Mirrors left to right.
    public mutating func mirror() {
        last.isMirrored.toggle()
    }

    /// Turns upside down without mirroring: the last row comes first.
    public mutating func flipVertically() {
        last.isUpsideDown.toggle()
    }

    private mutating func startPass() {
        passes.append(RenderingPass(of: PixelSize(width: width, height: height)))
    }

    // MARK: Drawing

    /// Draws an image.
    public func image(of image: Image) -> Image {
        precondition(source == PixelSize(width: image.width, height: image.height), "The image has another size.")
        return passes.reduce(image) { $1.image(of: $0) }
    }

    /// Draws an image into memory of `height * width * 3` bytes, such as its place in a batch.
    public func write(_ image: Image, into memory: UnsafeMutableRawBufferPointer) {
        precondition(source == PixelSize(width: image.width, height: image.height), "The image has another size.")
        last.write(passes.dropLast().reduce(image) { $1.image(of: $0) }, into: memory)
    }
}

extension Image {
    /// The image at another size, by Pillow's antialiased filter, bit for bit.
    public func resized(width: Int, height: Int, interpolation: Interpolation = .bilinear) -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.resize(to: PixelSize(width: width, height: height), interpolation: interpolation)
        return rendering.image(of: self)
    }

    /// A rectangle of the image. Where it reaches beyond, there is black.
    public func cropped(to rectangle: PixelRectangle) -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.crop(to: rectangle)
        return rendering.image(of: self)
    }

    /// The image mirrored, left to right.
    public func mirrored() -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.mirror()
        return rendering.image(of: self)
    }

    /// The image upside down: its last row comes first.
    public func flippedVertically() -> Image {
        var rendering = ImageRendering(width: width, height: height)
        rendering.flipVertically()
        return rendering.image(of: self)
    }

    /// The image with pixels added on each side.
    public func padded(_ padding: Padding, border: PictureBorder = .fill(.black)) -> Image {
        var rendering = ImageRendering(width: width, height: height)
        rendering.pad(padding, border: border)
        return rendering.image(of: self)
    }
}
