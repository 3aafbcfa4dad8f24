/// The content of an image file's header.
public struct ImageFacts: Sendable, Hashable {
    /// The format, detected from the content.
    public enum Format: String, Sendable, Codable, CaseIterable {
        case jpeg = "JPEG"
        case png = "PNG"
        case webp = "WebP"

        /// Whether a file name's ending, in lower case, belongs to this format.
        public func fits(ending: String) -> Bool {
            switch self {
            case .jpeg: ["jpg", "jpeg", "jpe", "jfif"].contains(ending)
            case .png: ending == "png"
            case .webp: ending == "webp"
            }
        }
    }

    /// The color model.
    public enum Color: String, Sendable, Codable, CaseIterable {
        case gray
        case rgb = "RGB"
        case palette
        case cmyk = "CMYK"
    }

    /// The format.
    public let format: Format

    /// The color model.
    public let color: Color

    /// Whether it has an alpha channel or a transparent color.
    public let hasAlpha: Bool

    /// The bits per channel, usually 8, at most 16.
    public let bitDepth: Int

    /// Whether there are several frames. Only the first is read.
    public let isAnimated: Bool

    /// A description of the mode: `RGB`, `gray 16-bit`, `RGB with alpha, animated`.
    public var mode: String {
        color.rawValue + (bitDepth > 8 ? " \(bitDepth)-bit" : "") + (hasAlpha ? " with alpha" : "")
            + (isAnimated ? ", animated" : "")
    }
}

extension ImageFacts {
    /// Parses the header of a file; nil if the format is unknown or the header is truncated.
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

    /// The first frame header (SOF) contains the precision and the number of components: ITU T.81, B.2.2.
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
                    format: .jpeg, color: components == 1 ? .gray : components == 4 ? .cmyk : .rgb, hasAlpha: false,
                    bitDepth: Int(depth), isAnimated: false)
                return
            default:
                guard let length = reader.bigEndian(place + 2, bytes: 2), length >= 2 else { return nil }
                place += 2 + length
            }
        }
        return nil
    }

    /// IHDR contains depth and color, `tRNS` transparency, `acTL` animation: the PNG specification, third edition.
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
        let color: Color = type == 3 ? .palette : type == 0 || type == 4 ? .gray : .rgb
        self.init(format: .png, color: color, hasAlpha: hasAlpha, bitDepth: Int(depth), isAnimated: isAnimated)
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
        self.init(format: .webp, color: .rgb, hasAlpha: hasAlpha, bitDepth: 8, isAnimated: isAnimated)
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
