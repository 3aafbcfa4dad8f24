internal import CImage

/// How a picture that is turned or distorted is read between its pixels: as Pillow's `transform` and `rotate` do with
/// the filters of these names. Unlike `Interpolation`, which a resize computes with, none averages over what it skips.
public enum Sampling: String, Sendable, Codable, Hashable, CaseIterable {
    /// The pixel that the place lies in: no new colours.
    case nearest
    /// By distance from two pixels across and two down.
    case bilinear
    /// A cubic over four pixels across and four down, with a = -1: sharper, and beside an edge beyond the values
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
