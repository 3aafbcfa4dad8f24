internal import CImage

extension Image {
    /// Decodes a JPEG, PNG or WebP file that is in memory. The format is told by the content.
    ///
    /// The pixels equal those of Pillow's `Image.open(file).convert("RGB")`: alpha is dropped, not blended; CMYK is
    /// converted by Pillow's formula; an animation gives its first frame. Pictures of 16 bits keep their high bytes;
    /// here alone Pillow differs, which clips 16-bit grey to white.
    ///
    /// - Throws: `ImageError` for anything that is no whole picture of an allowed size.
    public init(
        decoding bytes: UnsafeRawBufferPointer, options: ImageReadingOptions = .init()
    ) throws(ImageError) {
        var decoder: OpaquePointer?
        var info = cimage_info()
        var error = cimage_error()
        let limit = UInt64(max(0, options.maximumPixels))
        guard cimage_decoder_open(bytes.baseAddress, bytes.count, limit, &decoder, &info, &error) == CIMAGE_OK else {
            throw ImageError(error)
        }
        defer { cimage_decoder_close(decoder) }
        let width = Int(info.width)
        let height = Int(info.height)
        let count = width * height * 3
        var status = CIMAGE_OK
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            status = cimage_decoder_read_rgb(decoder, buffer.baseAddress, buffer.count, &error)
            initializedCount = status == CIMAGE_OK ? count : 0
        }
        guard status == CIMAGE_OK else { throw ImageError(error) }
        self.init(width: width, height: height, pixels: pixels)
        if options.appliesOrientation, info.orientation != 1 {
            self = oriented(info.orientation)
        }
    }

    /// Decodes a JPEG, PNG or WebP file whose bytes are in an array.
    ///
    /// - Throws: `ImageError` for anything that is no whole picture of an allowed size.
    public init(decoding bytes: [UInt8], options: ImageReadingOptions = .init()) throws(ImageError) {
        // `withUnsafeBytes` does not know typed errors, so the result is carried out of it.
        self = try bytes.withUnsafeBytes { bytes in
            Result { () throws(ImageError) in try Image(decoding: bytes, options: options) }
        }.get()
    }

    /// The picture turned upright as its EXIF orientation, 1 to 8, asks.
    func oriented(_ orientation: Int32) -> Image {
        let turns = orientation > 4
        return Image(width: turns ? height : width, height: turns ? width : height) { buffer in
            let status = cimage_orient_rgb(pixels, Int32(width), Int32(height), orientation, buffer.baseAddress)
            precondition(status == CIMAGE_OK, "An EXIF orientation is a number from 1 to 8.")
        }
    }
}
