internal import CImage
internal import Platform
internal import Web

/// An image whose header has been read. Its pixels are decoded once, as far as needed.
final class ImageReader {
    /// The width and height in pixels, after the orientation of the options.
    let size: PixelSize

    /// The content of the header; nil for an unknown format.
    var facts: ImageFacts? { ImageFacts(info) }

    /// Whether there are several frames or pages. Only the first is read.
    var hasMoreFrames: Bool { info.has_more_frames }

    private let info: cimage_info
    private let bytes: ImageBytes
    private let options: ImageReadingOptions
    private let decoder: OpaquePointer
    /// The orientation as far as the options or the format apply it: 1 is upright.
    private let orientation: Int32
    private let path: FilePath?

    /// Reads the header.
    convenience init(_ image: EncodedImage, options: ImageReadingOptions) throws(ImageError) {
        switch image.content {
        case .bytes(let bytes): try self.init(ImageBytes(copying: bytes), options: options, path: nil)
        case .url(let url, let cache):
            let name = FilePath(url.printable)
            do throws(ImageError) {
                try self.init(ImageBytes(fetching: url, cache: cache, options: options), options: options, path: name)
            } catch {
                throw error.naming(path: name.text)
            }
        case .file(let path):
            do throws(ImageError) {
                try self.init(ImageBytes(contentsOf: path, options: options), options: options, path: path)
            } catch {
                throw error.naming(path: path.text)
            }
        }
    }

    /// Reads the header of an image in memory that outlives the reader.
    convenience init(decoding bytes: UnsafeRawBufferPointer, options: ImageReadingOptions) throws(ImageError) {
        try self.init(ImageBytes(borrowing: bytes), options: options, path: nil)
    }

    init(_ bytes: ImageBytes, options: ImageReadingOptions, path: FilePath?) throws(ImageError) {
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
        self.info = info
        orientation = options.appliesOrientation || info.is_orientation_inherent ? info.orientation : 1
        size = PixelSize(info, orientation: orientation)
    }

    deinit {
        cimage_decoder_close(decoder)
    }

    /// The whole image, exactly decoded.
    func image() throws(ImageError) -> Image {
        try whole(storedSize: orientation > 4 ? size.transposed : size)
    }

    /// Draws into memory of `height * width * 3` bytes. Throws for an incomplete image, whatever part is needed.
    func write(_ rendering: ImageRendering, into memory: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(rendering.source == size, "the rendering is for images of another size")
        if rendering.passes.count == 1, rendering.passes[0].visible != nil {
            try write(rendering.passes[0], into: memory)
        } else {
            memory.copyBytes(from: try image(rendering).pixels)
        }
    }

    /// Draws the image.
    func image(_ rendering: ImageRendering) throws(ImageError) -> Image {
        precondition(rendering.source == size, "the rendering is for images of another size")
        let first = rendering.passes[0]
        guard first.visible != nil, !first.isIdentity else { return rendering.image(of: try image()) }
        let image = try Image(width: first.width, height: first.height) { pixels throws(ImageError) in
            try write(first, into: UnsafeMutableRawBufferPointer(pixels))
        }
        return rendering.passes.dropFirst().reduce(image) { $1.image(of: $0) }
    }

    /// Draws everything that is possible in one pass.
    private func write(_ pass: RenderingPass, into memory: UnsafeMutableRawBufferPointer) throws(ImageError) {
        let eighths = options.decoding == .fast ? pass.smallestScale : 8
        var info = cimage_info()
        var error = cimage_error()
        try check(cimage_decoder_set_scale(decoder, Int32(eighths), &info, &error), error)
        // Formats other than JPEG keep their size.
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

    /// All pixels, with the orientation applied.
    private func whole(storedSize: PixelSize) throws(ImageError) -> Image {
        try takeMemory(whole: true)
        let image = try Image(width: storedSize.width, height: storedSize.height) { pixels throws(ImageError) in
            var error = cimage_error()
            try check(cimage_decoder_read_rgb(decoder, pixels.baseAddress, pixels.count, &error), error)
        }
        return orientation == 1 ? image : image.oriented(orientation)
    }

    /// The maximum memory in bytes for decoding and then applying the orientation: of the whole image, or of the part
    /// that a rendering needs.
    func memoryNeeded(whole: Bool) -> Int {
        let turned = whole && orientation != 1 ? size.width * size.height * 3 : 0
        return Int(clamping: cimage_decoder_memory(decoder, whole)) + turned
    }

    /// Waits for the memory that decoding needs.
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
    /// The content of the header, with the orientation applied.
    fileprivate init(_ info: cimage_info, orientation: Int32) {
        self.init(width: Int(info.width), height: Int(info.height))
        if orientation > 4 { self = transposed }
    }

    fileprivate var transposed: PixelSize { PixelSize(width: height, height: width) }
}

extension Image {
    /// Decodes an image file in memory. The format is detected from the content: JPEG, PNG, WebP, GIF, BMP, PNM, TIFF,
    /// HEIC or AVIF. TIFF needs the library libtiff, HEIC and AVIF need libheif.
    ///
    /// The pixels equal those of Pillow's `Image.open(file).convert("RGB")`: alpha is dropped, not blended; CMYK is
    /// converted with Pillow's formula; an animation gives its first frame. 16-bit images are reduced to their high
    /// bytes. Only here Pillow differs: it clips 16-bit gray to white.
    ///
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size.
    public init(
        decoding bytes: UnsafeRawBufferPointer, options: ImageReadingOptions = .init()
    ) throws(ImageError) {
        self = try ImageReader(decoding: bytes, options: options).image()
    }

    /// Decodes an image file from an array of bytes.
    ///
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size.
    public init(decoding bytes: [UInt8], options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try Image(decoding: EncodedImage(bytes: bytes), options: options)
    }

    /// Decodes an image of a dataset. See `init(decoding:options:)` and `init(contentsOf:options:)`.
    ///
    /// - Throws: `ImageError` unless it is a complete image of an allowed size. The error contains the file, if there
    ///   is one.
    public init(decoding image: EncodedImage, options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try ImageReader(image, options: options).image()
    }

    /// Reads an image file, whatever its extension. See `init(decoding:options:)`.
    ///
    /// - Throws: `ImageError` with the file if it does not exist, is not readable, is not a regular file, or is not a
    ///   complete image of an allowed size.
    public init(contentsOf path: String, options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try Image(decoding: EncodedImage(path: path), options: options)
    }

    /// The image rotated upright by its EXIF orientation, 1 to 8.
    func oriented(_ orientation: Int32) -> Image {
        let turns = orientation > 4
        return Image(width: turns ? height : width, height: turns ? width : height) { buffer in
            let status = cimage_orient_rgb(pixels, Int32(width), Int32(height), orientation, buffer.baseAddress)
            precondition(status == CIMAGE_OK, "an EXIF orientation must be from 1 to 8")
        }
    }
}

/// Options for reading an image. They are part of a model's preprocessing: training and prediction must use the same.
public struct ImageReadingOptions: Sendable, Codable, Hashable {
    /// The precision of decoding.
    public enum Decoding: String, Sendable, Codable, CaseIterable {
        /// Every pixel equals Pillow's.
        case exact
        /// A JPEG to be shrunk is decoded at an eighth, a quarter or half of its size: the smallest that is not below
        /// the target size. This is libjpeg's scaled decoding, which Pillow calls `draft`.
        ///
        /// For 12-megapixel photos resized to 256, bytes differ from the exact ones by about 1 on average and by at
        /// most 23; more if chroma is halved in only one direction (4:2:2). Images that are not shrunk to half or less,
        /// and other formats, are decoded exactly.
        case fast
    }

    /// Whether the orientation in EXIF or XMP is applied. torchvision's folder loader does not apply it.
    public var appliesOrientation: Bool

    /// The maximum number of pixels. A larger image is rejected before memory is allocated. The default is Pillow's
    /// limit for a "decompression bomb", 89,478,485: a quarter of a gigabyte of pixels.
    public var maximumPixels: Int

    /// The precision of decoding if an image is resized while it is read, for example by `DataLoader`. An image that is
    /// read on its own is always exact.
    public var decoding: Decoding

    /// Creates options; all are optional.
    public init(appliesOrientation: Bool = true, maximumPixels: Int = 89_478_485, decoding: Decoding = .exact) {
        self.appliesOrientation = appliesOrientation
        self.maximumPixels = maximumPixels
        self.decoding = decoding
    }

    /// The size in bytes of the file of the largest allowed image: 16-bit RGBA, uncompressed, with plenty of metadata.
    package var maximumBytes: Int {
        let (pixelBytes, overflow) = max(0, maximumPixels).multipliedReportingOverflow(by: 8)
        let (sum, isTooLarge) = pixelBytes.addingReportingOverflow(64 << 20)
        return overflow || isTooLarge ? .max : sum
    }
}
