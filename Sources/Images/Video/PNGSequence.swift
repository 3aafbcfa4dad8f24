/// Splits bytes into the PNG images that follow each other in them.
///
/// It checks only the signature, the size in the header and the lengths of the chunks (PNG specification, third
/// edition, 5). Decoding checks the rest.
struct PNGSequence {
    /// The maximum number of pixels of an image.
    static let maximumPixels = ImageReadingOptions().maximumPixels

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private var bytes: [UInt8] = []
    /// The position of the next chunk.
    private var position = 0
    /// The maximum size of the image in bytes.
    private var limit = 0

    /// Whether no image has begun.
    var isEmpty: Bool { bytes.isEmpty }

    mutating func add(_ more: [UInt8]) { bytes += more }

    /// The next complete image; nil if more bytes are needed.
    ///
    /// Throws if the bytes are something else, or if the image is too large.
    mutating func next() throws(ImageError) -> [UInt8]? {
        if position == 0 {
            guard bytes.starts(with: Self.signature.prefix(bytes.count)) else {
                throw ImageError(.damaged, message: "ffmpeg's output is not a PNG image")
            }
            // The signature and the whole header.
            guard bytes.count >= 33 else { return nil }
            let (width, height) = (number(at: 16), number(at: 20))
            guard number(at: 8) == 13, bytes[12..<16].elementsEqual("IHDR".utf8), width > 0, height > 0 else {
                throw ImageError(.damaged, message: "ffmpeg's output is not a PNG image")
            }
            guard height <= Self.maximumPixels / width else {
                throw ImageError(
                    .tooLarge,
                    message: "its frames have \(width) x \(height) pixels; at most \(Self.maximumPixels) "
                        + "are allowed", advice: "Make them smaller.")
            }
            // Deflate makes random bytes only a little larger.
            limit = 4 * width * height + 8 * height + 1 << 20
            position = 8
        }
        while bytes.count - position >= 12 {
            let end = position + 12 + number(at: position)
            guard end <= limit else {
                throw ImageError(.tooLarge, message: "ffmpeg's output for a frame is larger than the frame can be")
            }
            guard end <= bytes.count else { return nil }
            guard bytes[(position + 4)..<(position + 8)].elementsEqual("IEND".utf8) else {
                position = end
                continue
            }
            let image = Array(bytes[..<end])
            bytes.removeFirst(end)
            position = 0
            return image
        }
        return nil
    }

    private func number(at place: Int) -> Int { bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
}
