internal import CImage
// Programs that import `Images` also use declarations of the target below it: file errors and names.
@_exported public import Platform
internal import Web

/// An RGB image with 8 bits per channel: `[height, width, 3]`, rows from the top.
///
/// This is Pillow's mode "RGB". Images keep this form from the file to the batch; the conversion to floating point is
/// done on the device.
public struct Image: Sendable, Equatable {
    /// The width in pixels.
    public let width: Int

    /// The height in pixels.
    public let height: Int

    /// Red, green and blue of each pixel, row by row: `width * height * 3` bytes.
    public let pixels: [UInt8]

    /// Creates an image from pixels.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "an image must have at least one pixel")
        precondition(pixels.count == width * height * 3, "an image must have three bytes per pixel")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Creates an image of one color.
    public init(width: Int, height: Int, filledWith color: RGBColor = .black) {
        self.init(width: width, height: height) { buffer in
            for pixel in stride(from: 0, to: buffer.count, by: 3) {
                buffer[pixel] = color.red
                buffer[pixel + 1] = color.green
                buffer[pixel + 2] = color.blue
            }
        }
    }

    /// Creates an image whose bytes `fill` writes into uninitialized memory.
    init<Failure: Error>(
        width: Int, height: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let count = width * height * 3
        var failure: Failure?
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            do throws(Failure) {
                try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initializedCount = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The color of the pixel at column `x` and row `y`, from the top left.
    public subscript(x x: Int, y y: Int) -> RGBColor {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "the pixel is outside the image")
        let start = (y * width + x) * 3
        return RGBColor(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
    }
}

extension Image: CustomStringConvertible {
    /// The size, such as `640 x 480 pixels`.
    public var description: String { "\(width) x \(height) pixels" }
}

/// A color with 8 bits per channel.
public struct RGBColor: Sendable, Hashable, Codable {
    /// The red channel, from 0 to 255.
    public var red: UInt8
    /// The green channel, from 0 to 255.
    public var green: UInt8
    /// The blue channel, from 0 to 255.
    public var blue: UInt8

    /// Creates a color from its channels.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Black, the default color beyond the edge of an image.
    public static let black = RGBColor(red: 0, green: 0, blue: 0)
    /// White.
    public static let white = RGBColor(red: 255, green: 255, blue: 255)
    /// Mid-gray.
    public static let gray = RGBColor(red: 160, green: 160, blue: 160)
}

extension Image {
    /// Encodes the image as JPEG, with chroma at half the resolution. Equal pixels give equal bytes.
    ///
    /// - Parameter quality: The quality from 1 to 100, as in libjpeg; other values are clamped.
    /// - Throws: `ImageError` if memory is not available or a side has more than 65,500 pixels.
    public func jpegData(quality: Int = 80) throws(ImageError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var error = cimage_error()
        guard let width = Int32(exactly: width), let height = Int32(exactly: height) else {
            throw ImageError(.tooLarge, message: "an image of \(self) is too large for a JPEG")
        }
        let quality = Int32(min(max(quality, 1), 100))
        guard cimage_encode_jpeg(pixels, width, height, quality, &bytes, &count, &error) == CIMAGE_OK else {
            throw ImageError(error)
        }
        defer { cimage_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

extension Image {
    /// Encodes the image as PNG. Equal pixels give equal bytes.
    ///
    /// - Throws: `ImageError` if memory is not available or a side is too long for PNG.
    public func pngData() throws(ImageError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var error = cimage_error()
        guard let width = Int32(exactly: width), let height = Int32(exactly: height) else {
            throw ImageError(.tooLarge, message: "an image of \(self) is too large for a PNG")
        }
        guard cimage_encode_png(pixels, width, height, &bytes, &count, &error) == CIMAGE_OK else {
            throw ImageError(error)
        }
        defer { cimage_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

/// An encoded image, not yet decoded, so that a loader can decode only what it needs.
public struct EncodedImage: Sendable {
    enum Content {
        case file(FilePath)
        /// A file of a web server, and the folder that keeps it.
        case url(WebURL, cache: String?)
        case bytes([UInt8])
    }

    let content: Content

    /// An image in a file, or at the URL of a web server (http or https). It is not read yet.
    public init(path: String) {
        self.init(FilePath(path))
    }

    /// An image in the bytes of an image file.
    public init(bytes: [UInt8]) {
        content = .bytes(bytes)
    }

    /// `cache`: the folder that keeps what is fetched from web servers.
    init(_ path: FilePath, cache: String? = nil) {
        content = path.webURL.map { .url($0, cache: cache) } ?? .file(path)
    }

    /// Whether the image comes from a web server.
    package var isRemote: Bool { if case .url = content { true } else { false } }

    /// The number of bytes that it holds in memory.
    package var heldBytes: Int { if case .bytes(let bytes) = content { bytes.count } else { 0 } }
}
