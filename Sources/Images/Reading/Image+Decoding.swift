internal import CImage

extension Image {
    /// Decodes a JPEG, PNG or WebP file that is in memory. The format is detected from the content.
    ///
    /// The pixels equal those of Pillow's `Image.open(file).convert("RGB")`: alpha is dropped, not blended; CMYK is
    /// converted by Pillow's formula; an animation gives its first frame. Images of 16 bits keep their high bytes;
    /// here alone Pillow differs, which clips 16-bit gray to white.
    ///
    /// - Throws: `ImageError` for anything that is no whole image of an allowed size.
    public init(
        decoding bytes: UnsafeRawBufferPointer, options: ImageReadingOptions = .init()
    ) throws(ImageError) {
        self = try ImageReader(decoding: bytes, options: options).image()
    }

    /// Decodes a JPEG, PNG or WebP file whose bytes are in an array.
    ///
    /// - Throws: `ImageError` for anything that is no whole image of an allowed size.
    public init(decoding bytes: [UInt8], options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try Image(decoding: EncodedImage(bytes: bytes), options: options)
    }

    /// Decodes an image that a dataset has. See `init(decoding:options:)` and `init(contentsOf:options:)`.
    ///
    /// - Throws: `ImageError` for anything that is no whole image of an allowed size; it names the file, if there is
    ///   one.
    public init(decoding picture: EncodedImage, options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try ImageReader(picture, options: options).image()
    }

    /// Reads a JPEG, PNG or WebP file, whatever its name ends in. See `init(decoding:options:)`.
    ///
    /// - Throws: `ImageError`, which names the file, where it is missing or may not be read, is a folder, a pipe or the
    ///   like, or is no whole image of an allowed size.
    public init(contentsOf path: String, options: ImageReadingOptions = .init()) throws(ImageError) {
        self = try Image(decoding: EncodedImage(path: path), options: options)
    }

    /// The image turned upright as its EXIF orientation, 1 to 8, asks.
    func oriented(_ orientation: Int32) -> Image {
        let turns = orientation > 4
        return Image(width: turns ? height : width, height: turns ? width : height) { buffer in
            let status = cimage_orient_rgb(pixels, Int32(width), Int32(height), orientation, buffer.baseAddress)
            precondition(status == CIMAGE_OK, "An EXIF orientation is a number from 1 to 8.")
        }
    }
}
