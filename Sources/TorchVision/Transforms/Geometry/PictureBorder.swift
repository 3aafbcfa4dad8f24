internal import CImage

/// What lies beyond the edges of a picture: torchvision's `padding_mode`.
public enum PictureBorder: Sendable, Hashable {
    /// One colour: torchvision's `constant`.
    case fill(RGBColor)
    /// The nearest pixel.
    case edge
    /// A mirror through the middle of the outermost pixels, which come once.
    case reflect
    /// A mirror at the edge: the outermost pixels come twice.
    case symmetric

    /// How the C code is told; it draws no colour.
    var code: cimage_border {
        switch self {
        case .fill, .edge: CIMAGE_BORDER_EDGE
        case .reflect: CIMAGE_BORDER_REFLECT
        case .symmetric: CIMAGE_BORDER_SYMMETRIC
        }
    }
}
