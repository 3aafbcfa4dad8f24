internal import Platform

/// An image that is shrunk while it is decoded, such as a thumbnail, and facts about its file.
package struct ReducedImage: Sendable {
    /// The image; as large as the file's if that is small enough.
    package let image: Image
    /// The width and height of the file's image in pixels, upright.
    package let width: Int, height: Int
    /// The SHA-256 of the file in hexadecimal.
    package let digest: String

    /// Reads and shrinks a file.
    ///
    /// - Parameter longestSide: The largest width and height in pixels.
    /// - Throws: `ImageError` unless the file is a complete image of an allowed size. The error does not contain the
    ///   path.
    package init(contentsOf path: String, longestSide: Int, options: ImageReadingOptions = .reduced) throws(ImageError)
    {
        try self.init(ImageBytes(contentsOf: FilePath(path), options: options), longestSide, options)
    }

    /// Decodes and shrinks a file in memory.
    ///
    /// - Parameter longestSide: The largest width and height in pixels.
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size.
    package init(decoding bytes: [UInt8], longestSide: Int, options: ImageReadingOptions = .reduced) throws(ImageError)
    {
        try self.init(ImageBytes(copying: bytes), longestSide, options)
    }

    private init(_ bytes: ImageBytes, _ longestSide: Int, _ options: ImageReadingOptions) throws(ImageError) {
        let reader = try ImageReader(bytes, options: options, path: nil)
        (width, height) = (reader.size.width, reader.size.height)
        var rendering = ImageRendering(width: width, height: height)
        let longest = max(width, height)
        if longest > longestSide {
            func scaled(_ side: Int) -> Int { max(1, (side * longestSide + longest / 2) / longest) }
            rendering.resize(to: PixelSize(width: scaled(width), height: scaled(height)))
        }
        image = try reader.image(rendering)
        let digest = SHA256Digest()
        digest.update(UnsafeRawBufferPointer(start: bytes.start, count: bytes.count))
        self.digest = digest.finish()
    }
}

extension ImageReadingOptions {
    /// For images that are looked at.
    package static let reduced = ImageReadingOptions(decoding: .fast)
}
