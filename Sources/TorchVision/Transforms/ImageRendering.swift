internal import CImage

/// A picture that is cropped, resized and mirrored, but not yet drawn.
///
/// Steps are added one by one and merged: of a picture that is resized and then cropped, only the pixels that the crop
/// keeps are ever computed. What comes out is what the steps give one by one, bit for bit.
public struct ImageRendering: Sendable {
    private var source: Image
    /// The part of the source that is resized.
    private var part: PixelRectangle
    /// The size that this part is resized to.
    private var size: PixelSize
    /// The part of the resized picture that is wanted. Where it reaches beyond, there is black.
    private var window: PixelRectangle
    /// Whether the window is mirrored, left to right, in the end.
    private var isMirrored: Bool

    /// The picture as it is.
    public init(of image: Image) {
        let whole = PixelRectangle(x: 0, y: 0, width: image.width, height: image.height)
        source = image
        part = whole
        size = PixelSize(width: image.width, height: image.height)
        window = whole
        isMirrored = false
    }

    /// Pixels across, after all steps so far.
    public var width: Int { window.width }

    /// Pixels down, after all steps so far.
    public var height: Int { window.height }

    // MARK: Steps

    /// Resizes as Pillow's antialiased bilinear filter does. To the size that it has, nothing is done.
    public mutating func resize(to newSize: PixelSize) {
        precondition(newSize.width > 0 && newSize.height > 0, "A picture has at least one pixel.")
        guard newSize != PixelSize(width: width, height: height) else { return }
        let isWhole = size.width == part.width && size.height == part.height
        let isInside = window.x >= 0 && window.y >= 0 && window.maxX <= size.width && window.maxY <= size.height
        if !isWhole || !isInside || isMirrored {
            self = ImageRendering(of: image())
        }
        part = PixelRectangle(x: part.x + window.x, y: part.y + window.y, width: width, height: height)
        size = newSize
        window = PixelRectangle(x: 0, y: 0, width: newSize.width, height: newSize.height)
    }

    /// Cuts a rectangle out. Where it reaches beyond the picture, there is black.
    public mutating func crop(to rectangle: PixelRectangle) {
        precondition(rectangle.width > 0 && rectangle.height > 0, "A picture has at least one pixel.")
        let reachesIntoCutOff =
            (rectangle.x < 0 && (isMirrored ? window.maxX < size.width : window.x > 0))
            || (rectangle.maxX > width && (isMirrored ? window.x > 0 : window.maxX < size.width))
            || (rectangle.y < 0 && window.y > 0)
            || (rectangle.maxY > height && window.maxY < size.height)
        if reachesIntoCutOff {
            // What an earlier crop cut off must not come back.
            self = ImageRendering(of: image())
        }
        let x = isMirrored ? width - rectangle.maxX : rectangle.x
        window = PixelRectangle(
            x: window.x + x, y: window.y + rectangle.y, width: rectangle.width, height: rectangle.height)
    }

    /// Mirrors left to right.
    public mutating func mirror() {
        isMirrored.toggle()
    }

    // MARK: Drawing

    /// Draws the picture.
    public func image() -> Image {
        if window == PixelRectangle(x: 0, y: 0, width: source.width, height: source.height), part == window,
            size == PixelSize(width: source.width, height: source.height), !isMirrored
        {
            return source
        }
        return Image(width: width, height: height) { write(into: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Draws the picture into memory of `height * width * 3` bytes, such as its place in a batch.
    public func write(into memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count >= width * height * 3, "The memory is too small for the picture.")
        guard let target = memory.bindMemory(to: UInt8.self).baseAddress else { return }
        let all = PixelRectangle(x: 0, y: 0, width: size.width, height: size.height)
        let stride = width * 3
        let visible = window.intersection(all)
        if visible != window {
            target.update(repeating: 0, count: stride * height)
        }
        if let visible {
            let start = (visible.y - window.y) * stride + (visible.x - window.x) * 3
            draw(visible, at: target + start, stride: stride)
        }
        if isMirrored {
            cimage_flip_rgb(target, Int32(width), Int32(height), stride)
        }
    }

    private func draw(_ visible: PixelRectangle, at target: UnsafeMutablePointer<UInt8>, stride: Int) {
        var resizing = cimage_resizing(
            source_width: Int32(part.width), source_height: Int32(part.height), full_width: Int32(size.width),
            full_height: Int32(size.height),
            window: cimage_rectangle(
                x: Int32(visible.x), y: Int32(visible.y), width: Int32(visible.width), height: Int32(visible.height)))
        let workspaceSize = cimage_resize_workspace_size(&resizing)
        let sourceStride = source.width * 3
        let status = withUnsafeTemporaryAllocation(byteCount: workspaceSize, alignment: 16) { workspace in
            source.pixels.withUnsafeBufferPointer { pixels in
                cimage_resize_rgb(
                    &resizing, pixels.baseAddress.map { $0 + part.y * sourceStride + part.x * 3 }, sourceStride, target,
                    stride, workspace.baseAddress, workspaceSize)
            }
        }
        precondition(status == CIMAGE_OK, "A picture's sides are at most \(Int32.max / 8) pixels.")
    }
}

extension Image {
    /// The picture at another size, by Pillow's antialiased bilinear filter, bit for bit.
    public func resized(width: Int, height: Int) -> Image {
        var rendering = ImageRendering(of: self)
        rendering.resize(to: PixelSize(width: width, height: height))
        return rendering.image()
    }

    /// A rectangle of the picture. Where it reaches beyond, there is black.
    public func cropped(to rectangle: PixelRectangle) -> Image {
        var rendering = ImageRendering(of: self)
        rendering.crop(to: rectangle)
        return rendering.image()
    }

    /// The picture mirrored, left to right.
    public func mirrored() -> Image {
        var rendering = ImageRendering(of: self)
        rendering.mirror()
        return rendering.image()
    }
}
