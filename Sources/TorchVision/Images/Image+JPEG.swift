internal import CImage

extension Image {
    /// The picture as a JPEG file, with colour at half the resolution. The same pixels always give the same bytes.
    ///
    /// - Parameter quality: 1 to 100, as libjpeg counts; what lies beyond is taken for the nearer of them.
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
