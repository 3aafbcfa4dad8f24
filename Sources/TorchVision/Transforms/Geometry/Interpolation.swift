/// The filter that a resize computes with, Pillow's of the same name: antialiased, in 8-bit integers.
public enum Interpolation: String, Sendable, Codable, Hashable, CaseIterable {
    /// A triangle over two pixels.
    case bilinear
    /// A cubic over four pixels with a = -0.5 (Keys, "Cubic convolution interpolation for digital image processing",
    /// 1981). It is sharper, and beside an edge goes beyond the values around it.
    case bicubic
}
