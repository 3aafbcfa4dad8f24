internal import CImage
internal import Platform

extension Image {
    /// The image as a JPEG file, with color at half the resolution. The same pixels always give the same bytes.
    ///
    /// - Parameter quality: 1 to 100, as libjpeg counts; what lies beyond is taken as the nearer of them.
    /// - Throws: `ImageError` where memory runs out or a side has more than 65,500 pixels.
    public func jpegData(quality: Int = 80) throws(ImageError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var error = cimage_error()
        guard let width = Int32(exactly: width), let height = Int32(exactly: height) else {
            throw ImageError(.tooLarge, message: "\(self) are too many for a JPEG")
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
    /// The image as a PNG file. The same pixels always give the same bytes.
    ///
    /// - Throws: `ImageError` where memory runs out or a side is too long for PNG.
    public func pngData() throws(ImageError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var error = cimage_error()
        guard let width = Int32(exactly: width), let height = Int32(exactly: height) else {
            throw ImageError(.tooLarge, message: "\(self) are too many for a PNG")
        }
        guard cimage_encode_png(pixels, width, height, &bytes, &count, &error) == CIMAGE_OK else {
            throw ImageError(error)
        }
        defer { cimage_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

/// An image as its file has it, not yet decoded. A loader that gets one decodes no more of it than is needed.
public struct EncodedImage: Sendable {
    enum Content {
        case file(FilePath)
        case bytes([UInt8])
    }

    let content: Content

    /// The image in a file, which is not touched yet.
    public init(path: String) {
        self.init(FilePath(path))
    }

    /// The image in the bytes of a JPEG, PNG or WebP file.
    public init(bytes: [UInt8]) {
        content = .bytes(bytes)
    }

    init(_ path: FilePath) {
        content = .file(path)
    }
}
