internal import CImage

/// The content of an image file's header.
public struct ImageFacts: Sendable, Hashable {
    /// The format, detected from the content.
    public enum Format: String, Sendable, Codable, CaseIterable {
        case jpeg = "JPEG"
        case png = "PNG"
        case webp = "WebP"
        case gif = "GIF"
        case bmp = "BMP"
        /// PBM, PGM and PPM.
        case pnm = "PNM"
        case tiff = "TIFF"
        /// HEIC and other images in HEIF, except AVIF.
        case heic = "HEIC"
        case avif = "AVIF"

        /// Whether a file name's extension, in lower case, belongs to this format.
        public func fits(fileExtension: String) -> Bool {
            switch self {
            case .jpeg: ["jpg", "jpeg", "jpe", "jfif", "jif"].contains(fileExtension)
            case .png: ["png", "apng"].contains(fileExtension)
            case .webp: fileExtension == "webp"
            case .gif: fileExtension == "gif"
            case .bmp: ["bmp", "dib"].contains(fileExtension)
            case .pnm: ["pnm", "pbm", "pgm", "ppm"].contains(fileExtension)
            case .tiff: ["tif", "tiff"].contains(fileExtension)
            case .heic: ["heic", "heif", "hif", "heics", "heifs"].contains(fileExtension)
            case .avif: ["avif", "avifs", "heif", "hif"].contains(fileExtension)
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

    /// The bits per channel, usually 8.
    public let bitDepth: Int

    /// Whether there are several frames or pages. Only the first is read.
    public let hasMoreFrames: Bool

    /// A description of the mode: `RGB`, `gray 16-bit`, `RGB with alpha, several frames`.
    public var mode: String {
        color.rawValue + (bitDepth > 8 ? " \(bitDepth)-bit" : "") + (hasAlpha ? " with alpha" : "")
            + (hasMoreFrames ? ", several frames" : "")
    }
}

extension ImageFacts {
    /// The values in the header of an image; nil for an unknown format.
    init?(_ info: cimage_info) {
        guard let format = Format(info.format) else { return nil }
        let color: Color =
            switch info.color {
            case CIMAGE_COLOR_GRAY: .gray
            case CIMAGE_COLOR_PALETTE: .palette
            case CIMAGE_COLOR_CMYK: .cmyk
            default: .rgb
            }
        self.init(
            format: format, color: color, hasAlpha: info.has_alpha, bitDepth: Int(info.bit_depth),
            hasMoreFrames: info.has_more_frames)
    }
}

extension ImageFacts.Format {
    fileprivate init?(_ format: cimage_format) {
        switch format {
        case CIMAGE_FORMAT_JPEG: self = .jpeg
        case CIMAGE_FORMAT_PNG: self = .png
        case CIMAGE_FORMAT_WEBP: self = .webp
        case CIMAGE_FORMAT_GIF: self = .gif
        case CIMAGE_FORMAT_BMP: self = .bmp
        case CIMAGE_FORMAT_PNM: self = .pnm
        case CIMAGE_FORMAT_TIFF: self = .tiff
        case CIMAGE_FORMAT_HEIF: self = .heic
        case CIMAGE_FORMAT_AVIF: self = .avif
        default: return nil
        }
    }
}
