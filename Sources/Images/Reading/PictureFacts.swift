/// What the header of an image's file contains.
public struct PictureFacts: Sendable, Hashable {
    /// The kind of file, detected from its content.
    public enum Format: String, Sendable, Codable, CaseIterable {
        case jpeg = "JPEG"
        case png = "PNG"
        case webp = "WebP"

        /// Whether the ending of a file's name, in lower case, is one of this format.
        public func fits(ending: String) -> Bool {
            switch self {
            case .jpeg: ["jpg", "jpeg", "jpe", "jfif"].contains(ending)
            case .png: ending == "png"
            case .webp: ending == "webp"
            }
        }
    }

    /// What a pixel is made of.
    public enum Colour: String, Sendable, Codable, CaseIterable {
        case grey
        case rgb = "RGB"
        case palette
        case cmyk = "CMYK"
    }

    /// The kind of file.
    public let format: Format

    /// What a pixel is made of.
    public let colour: Colour

    /// Whether it has an alpha channel or a transparent color.
    public let hasAlpha: Bool

    /// The bits of a channel: 8 as a rule, 16 at most.
    public let bitDepth: Int

    /// Whether there are several frames, of which the first is read.
    public let isAnimated: Bool

    /// The mode in words: `RGB`, `grey 16-bit`, `RGB with alpha, animated`.
    public var mode: String {
        colour.rawValue + (bitDepth > 8 ? " \(bitDepth)-bit" : "") + (hasAlpha ? " with alpha" : "")
            + (isAnimated ? ", animated" : "")
    }
}

extension PictureFacts {
    /// Reads the header of a file; nil where it is none that is known, or is broken off.
    init?(header bytes: UnsafeRawBufferPointer) {
        let reader = HeaderReader(bytes: bytes)
        if reader.has([0xFF, 0xD8, 0xFF], at: 0) {
            self.init(jpeg: reader)
        } else if reader.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0) {
            self.init(png: reader)
        } else if reader.has(Array("RIFF".utf8), at: 0), reader.has(Array("WEBP".utf8), at: 8) {
            self.init(webp: reader)
        } else {
            return nil
        }
    }

    /// The first frame header (SOF) has the precision and the number of components: ITU T.81, B.2.2.
    private init?(jpeg reader: HeaderReader) {
        var place = 2
        while let first = reader.byte(place), first == 0xFF, let marker = reader.byte(place + 1) {
            switch marker {
            case 0xFF:
                place += 1
            case 0x01, 0xD0...0xD8:
                place += 2
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let depth = reader.byte(place + 4), let components = reader.byte(place + 9) else { return nil }
                self.init(
                    format: .jpeg, colour: components == 1 ? .grey : components == 4 ? .cmyk : .rgb, hasAlpha: false,
                    bitDepth: Int(depth), isAnimated: false)
                return
            default:
                guard let length = reader.bigEndian(place + 2, bytes: 2), length >= 2 else { return nil }
                place += 2 + length
            }
        }
        return nil
    }

    /// IHDR has depth and color, `tRNS` transparency, `acTL` an animation: the PNG specification, third edition.
    private init?(png reader: HeaderReader) {
        guard let depth = reader.byte(24), let type = reader.byte(25) else { return nil }
        var hasAlpha = type == 4 || type == 6
        var isAnimated = false
        var place = 8
        while let length = reader.bigEndian(place, bytes: 4), reader.byte(place + 7) != nil {
            if reader.has(Array("IDAT".utf8), at: place + 4) { break }
            hasAlpha = hasAlpha || reader.has(Array("tRNS".utf8), at: place + 4)
            isAnimated = isAnimated || reader.has(Array("acTL".utf8), at: place + 4)
            place += 12 + length
        }
        let colour: Colour = type == 3 ? .palette : type == 0 || type == 4 ? .grey : .rgb
        self.init(format: .png, colour: colour, hasAlpha: hasAlpha, bitDepth: Int(depth), isAnimated: isAnimated)
    }

    /// Flags of the extended header, or of the lossless one: RFC 9649.
    private init?(webp reader: HeaderReader) {
        var (hasAlpha, isAnimated) = (false, false)
        if reader.has(Array("VP8X".utf8), at: 12) {
            guard let flags = reader.byte(20) else { return nil }
            (hasAlpha, isAnimated) = (flags & 0x10 != 0, flags & 0x02 != 0)
        } else if reader.has(Array("VP8L".utf8), at: 12) {
            guard let last = reader.byte(24) else { return nil }
            hasAlpha = last & 0x10 != 0
        }
        self.init(format: .webp, colour: .rgb, hasAlpha: hasAlpha, bitDepth: 8, isAnimated: isAnimated)
    }
}

/// Bytes that may end anywhere.
private struct HeaderReader {
    let bytes: UnsafeRawBufferPointer

    func byte(_ place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    func bigEndian(_ place: Int, bytes count: Int) -> Int? {
        guard place >= 0, place + count <= bytes.count else { return nil }
        return bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
    }

    func has(_ signature: [UInt8], at place: Int) -> Bool {
        place >= 0 && place + signature.count <= bytes.count
            && bytes[place..<place + signature.count].elementsEqual(signature)
    }
}
