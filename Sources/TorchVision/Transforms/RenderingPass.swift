internal import CImage

/// A crop, a resize, another crop and a flip, in this order, which are drawn in one go.
struct RenderingPass: Sendable, Hashable {
    /// The size of the picture.
    private let source: PixelSize
    /// The part of the picture that is resized.
    private(set) var part: PixelRectangle
    /// The size that this part is resized to.
    private(set) var size: PixelSize
    /// The filter that it is resized with.
    private var interpolation = Interpolation.bilinear
    /// The part of the resized picture that is wanted. Where it reaches beyond, there is black.
    private var window: PixelRectangle
    /// Whether the window is mirrored, left to right, in the end.
    var isMirrored = false

    /// A picture of this size, as it is.
    init(of source: PixelSize) {
        self.source = source
        part = PixelRectangle(source)
        size = source
        window = part
    }

    /// Pixels across, in the end.
    var width: Int { window.width }

    /// Pixels down, in the end.
    var height: Int { window.height }

    /// Whether nothing is done.
    var isIdentity: Bool { self == RenderingPass(of: source) }

    /// What of the resized picture is seen: the window, as far as it lies within.
    var visible: PixelRectangle? { window.intersection(PixelRectangle(size)) }

    /// In how many eighths of its size the picture may be decoded so that the resize, which shrinks it, still shrinks or
    /// keeps: 1, 2, 4 or 8.
    var smallestScale: Int {
        [1, 2, 4].first { part.width * $0 >= size.width * 8 && part.height * $0 >= size.height * 8 } ?? 8
    }

    // MARK: Steps

    /// Whether a resize can follow in the same go: nothing is resized or mirrored yet.
    var canResize: Bool {
        size.width == part.width && size.height == part.height && visible == window && !isMirrored
    }

    mutating func resize(to newSize: PixelSize, interpolation: Interpolation) {
        self.interpolation = interpolation
        part = PixelRectangle(x: part.x + window.x, y: part.y + window.y, width: width, height: height)
        size = newSize
        window = PixelRectangle(newSize)
    }

    /// Whether a crop can follow in the same go: what an earlier one cut off does not come back.
    func canCrop(to rectangle: PixelRectangle) -> Bool {
        let reachesIntoCutOff =
            (rectangle.x < 0 && (isMirrored ? window.maxX < size.width : window.x > 0))
            || (rectangle.maxX > width && (isMirrored ? window.x > 0 : window.maxX < size.width))
            || (rectangle.y < 0 && window.y > 0)
            || (rectangle.maxY > height && window.maxY < size.height)
        return !reachesIntoCutOff
    }

    mutating func crop(to rectangle: PixelRectangle) {
        let x = isMirrored ? width - rectangle.maxX : rectangle.x
        window = PixelRectangle(
            x: window.x + x, y: window.y + rectangle.y, width: rectangle.width, height: rectangle.height)
    }

    // MARK: Drawing

    func image(of image: Image) -> Image {
        guard !isIdentity else { return image }
        return Image(width: width, height: height) { write(image, into: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Draws a picture into memory of `height * width * 3` bytes.
    func write(_ image: Image, into memory: UnsafeMutableRawBufferPointer) {
        write(into: memory) { window, target, stride in
            draw(image, ResizeSource(part), window: window, at: target, stride: stride)
        }
    }

    /// Has `draw` fill in the visible part of the window, whose rows lie `stride` bytes apart, and does the rest.
    func write<Failure: Error>(
        into memory: UnsafeMutableRawBufferPointer,
        draw: (_ visible: PixelRectangle, _ target: UnsafeMutablePointer<UInt8>, _ stride: Int) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(memory.count >= width * height * 3, "The memory is too small for the picture.")
        guard let target = memory.bindMemory(to: UInt8.self).baseAddress else { return }
        let stride = width * 3
        if visible != window {
            target.update(repeating: 0, count: stride * height)
        }
        if let visible {
            try draw(visible, target + (visible.y - window.y) * stride + (visible.x - window.x) * 3, stride)
        }
        if isMirrored {
            cimage_flip_rgb(target, Int32(width), Int32(height), stride)
        }
    }

    /// What is to be resized of a source, for a window of the result.
    func resizing(_ source: ResizeSource, window: PixelRectangle) -> cimage_resizing {
        cimage_resizing(source, size: size, window: window, interpolation: interpolation)
    }

    /// Resizes a part of a picture, and draws a window of the result.
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
        precondition(status == CIMAGE_OK, "A picture's sides are at most \(Int32.max / 8) pixels.")
    }
}
