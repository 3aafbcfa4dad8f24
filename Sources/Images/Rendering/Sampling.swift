internal import CImage

/// How an image that is turned or distorted is read between its pixels: as Pillow's `transform` and `rotate` do with
/// the filters of these names. Unlike `Interpolation`, which a resize computes with, none averages over what it skips.
public enum Sampling: String, Sendable, Codable, Hashable, CaseIterable {
    /// The pixel that the place lies in: no new colors.
    case nearest
    /// By distance from two pixels across and two down.
    case bilinear
    /// A cubic over four pixels across and four down, with a = -1: sharper, and next to an edge beyond the values
    /// around it.
    case bicubic

    var code: cimage_sampling {
        switch self {
        case .nearest: CIMAGE_SAMPLING_NEAREST
        case .bilinear: CIMAGE_SAMPLING_BILINEAR
        case .bicubic: CIMAGE_SAMPLING_BICUBIC
        }
    }
}

/// The filter that a resize computes with, Pillow's of the same name: antialiased, in 8-bit integers.
public enum Interpolation: String, Sendable, Codable, Hashable, CaseIterable {
    /// A triangle over two pixels.
    case bilinear
    /// A cubic over four pixels with a = -0.5 (Keys, "Cubic convolution interpolation for digital image processing",
    /// 1981). It is sharper, and next to an edge goes beyond the values around it.
    case bicubic
}

/// A place in an image, counted in pixels from its top left corner: the middle of the first pixel is (0.5, 0.5).
public struct PixelPoint: Sendable, Hashable, Codable {
    /// To the right.
    public var x: Double
    /// Downwards.
    public var y: Double

    /// A place from its distances.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
