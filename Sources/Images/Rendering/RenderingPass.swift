internal import CImage

/// A crop, a resize, another crop and flips, in this order, drawn in one pass.
struct RenderingPass: Sendable, Hashable {
    /// The size of the image.
    private let source: PixelSize
    /// The part of the image to resize.
    private(set) var part: PixelRectangle
    /// The size to which this part is resized.
    private(set) var size: PixelSize
    /// The filter of the resize.
    private var interpolation = Interpolation.bilinear
    /// The needed part of the resized image. Beyond the resized image there is the border.
    private var window: PixelRectangle
    /// The pixels beyond the resized image.
    private var border = ImageBorder.fill(.black)
    /// Whether the window is finally flipped horizontally.
    var isMirrored = false
    /// Whether the window is finally flipped vertically.
    var isUpsideDown = false

    /// Creates a pass that returns an image of this size unchanged.
    init(of source: PixelSize) {
        self.source = source
        part = PixelRectangle(source)
        size = source
        window = part
    }

    /// The final width in pixels.
    var width: Int { window.width }

    /// The final height in pixels.
    var height: Int { window.height }

    /// Whether the pass has no effect.
    var isIdentity: Bool { self == RenderingPass(of: source) }

    /// The visible part of the resized image: the window clipped to it.
    var visible: PixelRectangle? { window.intersection(PixelRectangle(size)) }

    /// The number of eighths (1, 2, 4 or 8) at which the image may be decoded so that the resize still does not enlarge
    /// it.
    var smallestScale: Int {
        [1, 2, 4].first { part.width * $0 >= size.width * 8 && part.height * $0 >= size.height * 8 } ?? 8
    }

    // MARK: Steps

    /// Whether a resize can follow in the same pass: nothing is resized or flipped yet.
    var canResize: Bool {
        size.width == part.width && size.height == part.height && visible == window && !isMirrored && !isUpsideDown
    }

    mutating func resize(to newSize: PixelSize, interpolation: Interpolation) {
        self.interpolation = interpolation
        part = PixelRectangle(x: part.x + window.x, y: part.y + window.y, width: width, height: height)
        size = newSize
        window = PixelRectangle(newSize)
    }

    /// Whether a crop can follow in the same pass: it needs no pixels that an earlier crop removed, and the border is
    /// of one kind.
    func canCrop(to rectangle: PixelRectangle, border: ImageBorder) -> Bool {
        let isWithin = rectangle.intersection(PixelRectangle(PixelSize(width: width, height: height))) == rectangle
        if isWithin { return true }
        guard case .fill = border else { return window == PixelRectangle(size) }
        guard visible == window || border == self.border else { return false }
        let cutsOffLeft = isMirrored ? window.maxX < size.width : window.x > 0
        let cutsOffRight = isMirrored ? window.x > 0 : window.maxX < size.width
        let cutsOffAbove = isUpsideDown ? window.maxY < size.height : window.y > 0
        let cutsOffBelow = isUpsideDown ? window.y > 0 : window.maxY < size.height
        let reachesIntoCutOff =
            (rectangle.x < 0 && cutsOffLeft) || (rectangle.maxX > width && cutsOffRight)
            || (rectangle.y < 0 && cutsOffAbove) || (rectangle.maxY > height && cutsOffBelow)
        return !reachesIntoCutOff
    }

    mutating func crop(to rectangle: PixelRectangle, border: ImageBorder) {
        let x = isMirrored ? width - rectangle.maxX : rectangle.x
        let y = isUpsideDown ? height - rectangle.maxY : rectangle.y
        let hadBorder = visible != window
        window = PixelRectangle(
            x: window.x + x, y: window.y + y, width: rectangle.width, height: rectangle.height)
        if !hadBorder, visible != window { self.border = border }
    }

    // MARK: Drawing

    func image(of image: Image) -> Image {
        guard !isIdentity else { return image }
        return Image(width: width, height: height) { write(image, into: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Draws an image into memory of `height * width * 3` bytes.
    func write(_ image: Image, into memory: UnsafeMutableRawBufferPointer) {
        write(into: memory) { window, target, stride in
            draw(image, ResizeSource(part), window: window, at: target, stride: stride)
        }
    }

    /// Lets `draw` fill the visible part of the window, whose rows are `stride` bytes apart, and completes the rest.
    func write<Failure: Error>(
        into memory: UnsafeMutableRawBufferPointer,
        draw: (_ visible: PixelRectangle, _ target: UnsafeMutablePointer<UInt8>, _ stride: Int) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(memory.count >= width * height * 3, "the memory is too small for the image")
        guard let target = memory.bindMemory(to: UInt8.self).baseAddress else { return }
        let stride = width * 3
        switch border {
        case .fill(let color):
            if visible != window {
                cimage_fill_rgb(
                    [color.red, color.green, color.blue], target, Int32(width), Int32(height), stride)
            }
            if let visible {
                try draw(visible, target + (visible.y - window.y) * stride + (visible.x - window.x) * 3, stride)
            }
        case .edge, .reflect, .symmetric:
            try writePadded(into: target, draw: draw)
        }
        if isMirrored {
            cimage_flip_rgb(target, Int32(width), Int32(height), stride)
        }
        if isUpsideDown {
            cimage_flip_rows_rgb(target, Int32(width), Int32(height), stride)
        }
    }

    /// Draws the whole resized image, then the window with the mirrored border.
    private func writePadded<Failure: Error>(
        into target: UnsafeMutablePointer<UInt8>,
        draw: (_ visible: PixelRectangle, _ target: UnsafeMutablePointer<UInt8>, _ stride: Int) throws(Failure) -> Void
    ) throws(Failure) {
        let whole = try Image(width: size.width, height: size.height) { pixels throws(Failure) in
            if let start = pixels.baseAddress { try draw(PixelRectangle(size), start, size.width * 3) }
        }
        var window = cimage_rectangle(window)
        let status = whole.pixels.withUnsafeBufferPointer { pixels in
            cimage_pad_rgb(
                border.code, pixels.baseAddress, Int32(size.width), Int32(size.height), &window, target)
        }
        precondition(status == CIMAGE_OK, "an image and a window of it must have at least one pixel")
    }

    /// The part of a source that a window of the result needs.
    func resizing(_ source: ResizeSource, window: PixelRectangle) -> cimage_resizing {
        cimage_resizing(source, size: size, window: window, interpolation: interpolation)
    }

    /// Resizes a part of an image, and draws a window of the result.
    func draw(
        _ image: Image, _ source: ResizeSource, window: PixelRectangle, at target: UnsafeMutablePointer<UInt8>,
        stride: Int
    ) {
        var resizing = self.resizing(source, window: window)
        let workspaceSize = cimage_resize_workspace_size(&resizing)
        let sourceStride = image.width * 3
        let status = withUnsafeTemporaryAllocation(byteCount: workspaceSize, alignment: 16) { workspace in
            image.pixels.withUnsafeBufferPointer { pixels in
                cimage_resize_rgb(
                    &resizing, pixels.baseAddress.map { $0 + source.pixels.y * sourceStride + source.pixels.x * 3 },
                    sourceStride, target, stride, workspace.baseAddress, workspaceSize)
            }
        }
        precondition(status == CIMAGE_OK, "an image's sides can be at most \(Int32.max / 8) pixels.")
    }
}
