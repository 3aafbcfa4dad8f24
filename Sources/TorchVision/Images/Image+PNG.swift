internal import CImage

extension Image {
    /// The picture as a PNG file. The same pixels always give the same bytes.
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
