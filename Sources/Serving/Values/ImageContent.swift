/// What a request sends of one image.
package enum ImageContent: Sendable, Hashable {
    /// The bytes of an image file.
    case file([UInt8])

    /// Prepared pixels, uint8 [side, side, 3].
    case pixels([UInt8])
}
