internal import Drawing
internal import Foundation

/// A drawing, as light and as dark, with its caption.
struct PageFigure: PageBlock {
    /// A picture's file.
    struct Picture: Sendable {
        enum Format: String, Sendable {
            case svg = "image/svg+xml"
            case png = "image/png"
            case jpeg = "image/jpeg"
        }

        let format: Format
        let bytes: [UInt8]
        /// The size at which it is shown, in CSS pixels.
        let width: Int, height: Int

        /// The address that holds the file itself.
        var address: String { "data:\(format.rawValue);base64,\(Data(bytes).base64EncodedString())" }
    }

    let light: Picture
    /// On a dark screen; nil for the same.
    let dark: Picture?
    /// What it shows, for those who can't see it.
    let description: String
    /// What stands below.
    let caption: String

    /// Wider drawings would be too small to be read on a phone; they scroll sideways there, in a frame of their own.
    private static let phoneWidth = 480

    func markup(_ templates: PageTemplates) -> Markup {
        templates.render(
            .figure,
            View(
                light: light.address, hasDark: dark != nil, dark: dark?.address ?? "", width: light.width,
                height: light.height, isWide: light.width > Self.phoneWidth, description: description,
                caption: caption))
    }

    private struct View {
        let light: String
        let hasDark: Bool
        let dark: String
        let width: Int, height: Int
        let isWide: Bool
        let description: String, caption: String
    }
}

extension PageFigure {
    /// An SVG file larger than this is taken as pixels, which are smaller then.
    private static let largestVector = 150_000

    /// A drawing, in the colours of light and dark pages.
    ///
    /// - Parameters:
    ///   - description: what it shows, for those who can't see it.
    ///   - caption: what stands below.
    ///   - drawing: the drawing with a theme; nil where there is nothing to draw.
    /// - Throws: `DrawingError` where it can't be drawn.
    init?(_ description: String, _ caption: String, drawing: (Theme) throws -> (any Drawable)?) throws {
        guard let light = try drawing(.light), let dark = try drawing(.dark) else { return nil }
        self.init(
            light: try Self.picture(of: light), dark: try Self.picture(of: dark), description: description,
            caption: caption)
    }

    private static func picture(of drawing: any Drawable) throws(DrawingError) -> Picture {
        let (width, height) = (Int(drawing.size.width.rounded()), Int(drawing.size.height.rounded()))
        let vector = try drawing.svg()
        guard vector.count > largestVector else {
            return Picture(format: .svg, bytes: vector, width: width, height: height)
        }
        return Picture(format: .png, bytes: try drawing.png(scale: 2), width: width, height: height)
    }
}
