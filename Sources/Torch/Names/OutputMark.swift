/// What images that Apus writes carry, so that they are not taken for data later.
package enum OutputMark {
    /// A `tEXt` chunk of PNG, `Software: Apus`, with its checksum: the PNG specification, third edition, 11.3.3.
    package static let pngChunk: [UInt8] =
        [0, 0, 0, 13] + Array("tEXtSoftware\u{0}Apus".utf8) + [0xD6, 0xB2, 0x5D, 0xB6]

    /// Where it stands in a file: behind the signature and the header.
    package static let pngOffset = 33

    /// The bytes of a PNG file with the mark in it.
    package static func marked(png bytes: [UInt8]) -> [UInt8] {
        bytes.count < pngOffset ? bytes : Array(bytes[..<pngOffset]) + pngChunk + bytes[pngOffset...]
    }
}
