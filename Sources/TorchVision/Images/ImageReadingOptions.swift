/// How a picture is read. Part of a model's preprocessing: training and prediction must agree on it.
public struct ImageReadingOptions: Sendable, Codable, Hashable {
    /// Whether a picture that its camera marked as lying on its side (EXIF) is turned upright. torchvision's folder
    /// loader does not turn it.
    public var appliesOrientation: Bool

    /// A larger picture is refused before memory is taken for it. The default is Pillow's bound for a
    /// "decompression bomb", 89,478,485: a quarter of a gigabyte of pixels.
    public var maximumPixels: Int

    /// Options of which each may be left at its default.
    public init(appliesOrientation: Bool = true, maximumPixels: Int = 89_478_485) {
        self.appliesOrientation = appliesOrientation
        self.maximumPixels = maximumPixels
    }
}
