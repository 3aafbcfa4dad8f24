internal import CImage
internal import Platform

/// An image whose header has been read and whose pixels have not. They are decoded once, as far as they are wanted.
final class ImageReader {
    /// Pixels across and down, once the image is turned as the options ask.
    let size: PixelSize

    private let bytes: PictureBytes
    private let options: ImageReadingOptions
    private let decoder: OpaquePointer
    /// EXIF's orientation as far as the options heed it: 1 is upright.
    private let orientation: Int32
    private let path: FilePath?

    /// Reads the header.
    convenience init(_ picture: EncodedImage, options: ImageReadingOptions) throws(ImageError) {
        switch picture.content {
        case .bytes(let bytes): try self.init(PictureBytes(copying: bytes), options: options, path: nil)
        case .file(let path):
            do throws(ImageError) {
                try self.init(PictureBytes(contentsOf: path, options: options), options: options, path: path)
            } catch {
                throw error.naming(path: path.text)
            }
        }
    }

    /// Reads the header of an image in memory that lives longer than the reader.
    convenience init(decoding bytes: UnsafeRawBufferPointer, options: ImageReadingOptions) throws(ImageError) {
        try self.init(PictureBytes(borrowing: bytes), options: options, path: nil)
    }

    init(_ bytes: PictureBytes, options: ImageReadingOptions, path: FilePath?) throws(ImageError) {
        var decoder: OpaquePointer?
        var info = cimage_info()
        var error = cimage_error()
        let limit = UInt64(max(0, options.maximumPixels))
        let status = cimage_decoder_open(bytes.start, bytes.count, limit, &decoder, &info, &error)
        guard status == CIMAGE_OK, let decoder else { throw ImageError(error) }
        self.bytes = bytes
        self.options = options
        self.decoder = decoder
        self.path = path
        orientation = options.appliesOrientation ? info.orientation : 1
        size = PixelSize(info, orientation: orientation)
    }

    deinit {
        cimage_decoder_close(decoder)
    }

    /// The whole image, exactly.
    func image() throws(ImageError) -> Image {
        try whole(storedSize: orientation > 4 ? size.transposed : size)
    }

    /// Draws into memory of `height * width * 3` bytes. Throws for what is no whole image, whatever part is wanted.
    func write(_ rendering: ImageRendering, into memory: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(rendering.source == size, "A rendering is made for images of one size.")
        if rendering.passes.count == 1, rendering.passes[0].visible != nil {
            try write(rendering.passes[0], into: memory)
        } else {
            memory.copyBytes(from: try image(rendering).pixels)
        }
    }

    /// Draws the image.
    func image(_ rendering: ImageRendering) throws(ImageError) -> Image {
        precondition(rendering.source == size, "A rendering is made for images of one size.")
        let first = rendering.passes[0]
        guard first.visible != nil, !first.isIdentity else { return rendering.image(of: try image()) }
        let image = try Image(width: first.width, height: first.height) { pixels throws(ImageError) in
            try write(first, into: UnsafeMutableRawBufferPointer(pixels))
        }
        return rendering.passes.dropFirst().reduce(image) { $1.image(of: $0) }
    }

    /// Draws what can be drawn in one go.
    private func write(_ pass: RenderingPass, into memory: UnsafeMutableRawBufferPointer) throws(ImageError) {
        let eighths = options.decoding == .fast ? pass.smallestScale : 8
        var info = cimage_info()
        var error = cimage_error()
        try check(cimage_decoder_set_scale(decoder, Int32(eighths), &info, &error), error)
        // What is no JPEG keeps its size.
        let isScaled = PixelSize(info, orientation: orientation) != size
        let source =
            isScaled
            ? ResizeSource(pass.part, of: size, eighths: eighths, orientation: orientation) : ResizeSource(pass.part)
        guard orientation == 1 else {
            let image = try whole(storedSize: PixelSize(info, orientation: 1))
            return pass.write(into: memory) { window, target, stride in
                pass.draw(image, source, window: window, at: target, stride: stride)
            }
        }
        try takeMemory(whole: false)
        try pass.write(into: memory) { window, target, stride throws(ImageError) in
            var part = cimage_rectangle(source.pixels)
            var resizing = pass.resizing(source, window: window)
            try check(cimage_decoder_draw_rgb(decoder, &part, &resizing, target, stride, &error), error)
        }
    }

    /// All pixels, turned.
    private func whole(storedSize: PixelSize) throws(ImageError) -> Image {
        try takeMemory(whole: true)
        let image = try Image(width: storedSize.width, height: storedSize.height) { pixels throws(ImageError) in
            var error = cimage_error()
            try check(cimage_decoder_read_rgb(decoder, pixels.baseAddress, pixels.count, &error), error)
        }
        return orientation == 1 ? image : image.oriented(orientation)
    }

    /// The bytes that decoding takes at most, and turning the image after it: of the whole image, or of what a
    /// rendering needs.
    func memoryNeeded(whole: Bool) -> Int {
        let turned = whole && orientation != 1 ? size.width * size.height * 3 : 0
        return Int(clamping: cimage_decoder_memory(decoder, whole)) + turned
    }

    /// Waits for the memory that decoding takes.
    private func takeMemory(whole: Bool) throws(ImageError) {
        do throws(ImageError) {
            try bytes.memory.take(memoryNeeded(whole: whole))
        } catch {
            throw path.map { error.naming(path: $0.text) } ?? error
        }
    }

    private func check(_ status: cimage_status, _ error: @autoclosure () -> cimage_error) throws(ImageError) {
        guard status != CIMAGE_OK else { return }
        let error = ImageError(error())
        throw path.map { error.naming(path: $0.text) } ?? error
    }
}

extension PixelSize {
    /// What a header contains, turned.
    fileprivate init(_ info: cimage_info, orientation: Int32) {
        self.init(width: Int(info.width), height: Int(info.height))
        if orientation > 4 { self = transposed }
    }

    fileprivate var transposed: PixelSize { PixelSize(width: height, height: width) }
}
