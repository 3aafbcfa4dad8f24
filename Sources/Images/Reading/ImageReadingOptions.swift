/// How an image is read. Part of a model's preprocessing: training and prediction must agree on it.
public struct ImageReadingOptions: Sendable, Codable, Hashable {
    /// How closely an image's pixels are decoded.
    public enum Decoding: String, Sendable, Codable, CaseIterable {
        /// Every pixel is the one that Pillow decodes.
        case exact
        /// A JPEG that is to be shrunk is decoded at an eighth, a quarter or half of its size, the smallest that is still
        /// as large as what it is shrunk to: libjpeg's scaled decoding, which Pillow calls `draft`.
        ///
        /// Bytes of photos of 12 megapixels, resized to 256, differ from the exact ones by about 1 on average and by 23 at
        /// most; by more where chroma is halved in one direction alone (4:2:2). What isn't shrunk to a half at least, and
        /// other formats, are decoded exactly.
        case fast
    }

    /// Whether an image that its camera marked as lying on its side (EXIF) is turned upright. torchvision's folder
    /// loader does not turn it.
    public var appliesOrientation: Bool

    /// A larger image is refused before memory is taken for it. The default is Pillow's bound for a
    /// "decompression bomb", 89,478,485: a quarter of a gigabyte of pixels.
    public var maximumPixels: Int

    /// How closely the pixels are decoded where an image is resized while it is read, as by `DataLoader`. An image that
    /// is read on its own is always exact.
    public var decoding: Decoding

    /// Options of which each may be left at its default.
    public init(appliesOrientation: Bool = true, maximumPixels: Int = 89_478_485, decoding: Decoding = .exact) {
        self.appliesOrientation = appliesOrientation
        self.maximumPixels = maximumPixels
        self.decoding = decoding
    }
}
