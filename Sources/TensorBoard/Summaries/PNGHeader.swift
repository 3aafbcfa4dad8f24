/// What the first bytes of a PNG file tell: sides in pixels, and channels.
struct PNGHeader: Equatable {
    private static let beginning: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)

    let width: Int32
    let height: Int32
    /// 1 grey, 2 grey and alpha, 3 RGB (palettes too), 4 RGBA.
    let channels: Int32

    /// Nil where the bytes are of no PNG file.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 33, bytes.starts(with: Self.beginning) else { return nil }
        func number(at offset: Int) -> Int32? {
            let value = bytes[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            return Int32(exactly: value)
        }
        let channels: [UInt8: Int32] = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]
        guard let width = number(at: 16), let height = number(at: 20), let count = channels[bytes[25]],
            width > 0, height > 0
        else { return nil }
        (self.width, self.height, self.channels) = (width, height, count)
    }
}
