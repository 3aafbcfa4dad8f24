/// Crops, resizes and flips that are drawn later, for any image of one size.
///
/// Steps are added one by one and merged. If an image is resized and then cropped, only the pixels of the crop are
/// computed, and only the needed part of a JPEG file is decoded. The result equals that of the separate steps, bit for
/// bit.
public struct ImageRendering: Sendable, Hashable {
    /// The size of the source image.
    let source: PixelSize

    /// The passes that are drawn one after the other, usually a single one.
    private(set) var passes: [RenderingPass]

    /// Creates a rendering that returns an image of this size unchanged.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "an image must have at least one pixel")
        source = PixelSize(width: width, height: height)
        passes = [RenderingPass(of: source)]
    }

    /// The width in pixels after all steps so far.
    public var width: Int { last.width }

    /// The height in pixels after all steps so far.
    public var height: Int { last.height }

    private var last: RenderingPass {
        get { passes[passes.count - 1] }
        set { passes[passes.count - 1] = newValue }
    }

    // MARK: Steps

    /// Resizes with Pillow's antialiased filter. Resizing to the same size has no effect.
    public mutating func resize(to size: PixelSize, interpolation: Interpolation = .bilinear) {
        precondition(size.width > 0 && size.height > 0, "an image must have at least one pixel")
        guard size != PixelSize(width: width, height: height) else { return }
        if !last.canResize { startPass() }
        last.resize(to: size, interpolation: interpolation)
    }

    /// Crops to a rectangle. Beyond the image there is the border, black by default.
    public mutating func crop(to rectangle: PixelRectangle, border: ImageBorder = .fill(.black)) {
        precondition(rectangle.width > 0 && rectangle.height > 0, "an image must have at least one pixel")
        if !last.canCrop(to: rectangle, border: border) { startPass() }
        last.crop(to: rectangle, border: border)
    }

    /// Adds pixels on each side.
    public mutating func pad(_ padding: Padding, border: ImageBorder = .fill(.black)) {
        crop(to: padding.rectangle(width: width, height: height), border: border)
    }

    /// Flips horizontally.
    public mutating func mirror() {
        last.isMirrored.toggle()
    }

    /// Flips vertically: the last row comes first.
    public mutating func flipVertically() {
        last.isUpsideDown.toggle()
    }

    private mutating func startPass() {
        passes.append(RenderingPass(of: PixelSize(width: width, height: height)))
    }

    // MARK: Drawing

    /// Draws an image.
    public func image(of image: Image) -> Image {
        precondition(source == PixelSize(width: image.width, height: image.height), "the image has another size")
        return passes.reduce(image) { $1.image(of: $0) }
    }

    /// Draws an image into memory of `height * width * 3` bytes, such as its place in a batch.
    public func write(_ image: Image, into memory: UnsafeMutableRawBufferPointer) {
        precondition(source == PixelSize(width: image.width, height: image.height), "the image has another size")
        last.write(passes.dropLast().reduce(image) { $1.image(of: $0) }, into: memory)
    }
}

extension Image {
    /// Resizes the image with Pillow's antialiased filter, bit for bit.
    public func resized(width: Int, height: Int, interpolation: Interpolation = .bilinear) -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.resize(to: PixelSize(width: width, height: height), interpolation: interpolation)
        return rendering.image(of: self)
    }

    /// Crops the image to a rectangle, with black beyond its edges.
    public func cropped(to rectangle: PixelRectangle) -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.crop(to: rectangle)
        return rendering.image(of: self)
    }

    /// Flips the image horizontally.
    public func mirrored() -> Image {
        var rendering = ImageRendering(width: self.width, height: self.height)
        rendering.mirror()
        return rendering.image(of: self)
    }

    /// Flips the image vertically.
    public func flippedVertically() -> Image {
        var rendering = ImageRendering(width: width, height: height)
        rendering.flipVertically()
        return rendering.image(of: self)
    }

    /// Pads the image on each side.
    public func padded(_ padding: Padding, border: ImageBorder = .fill(.black)) -> Image {
        var rendering = ImageRendering(width: width, height: height)
        rendering.pad(padding, border: border)
        return rendering.image(of: self)
    }
}
