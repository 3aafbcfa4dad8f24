internal import Drawing
internal import Foundation

/// A plot in light and dark colors, with a caption.
struct PageFigure: PageBlock {
    /// The file of an image or a plot.
    struct Content: Sendable {
        enum Format: String, Sendable {
            case svg = "image/svg+xml"
            case png = "image/png"
            case jpeg = "image/jpeg"
        }

        let format: Format
        let bytes: [UInt8]
        /// The displayed size in CSS pixels.
        let width: Int, height: Int

        /// The data URL of the file.
        var address: String { "data:\(format.rawValue);base64,\(Data(bytes).base64EncodedString())" }

        /// The element with its alternative text.
        func html(_ description: String) -> HTML {
            #"<img src="\#(own: address)" width="\#(width)" height="\#(height)" alt="\#(description)">"#
        }
    }

    let light: Content
    /// The plot for dark mode; nil for the same.
    let dark: Content?
    /// The alternative text.
    let description: String
    /// The caption below the plot.
    let caption: String

    /// Wider plots would be unreadable on a phone, so they scroll in their own frame.
    private static let phoneWidth = 480
    /// Plots of this width have smaller parts, such as maps of many classes, so they are less reduced.
    private static let hugeWidth = 900

    var html: HTML {
        let source: HTML? = dark.map {
            #"<source media="screen and (prefers-color-scheme: dark)" srcset="\#(own: $0.address)">"#
        }
        let (isWide, isHuge) = (light.width > Self.phoneWidth, light.width > Self.hugeWidth)
        return """
            <figure class="drawing\(if: isWide, " wide")\(if: isHuge, " huge")">
            <div class="frame"><picture>\(source)\(light.html(description))</picture></div>
            <figcaption>\(caption)</figcaption>
            </figure>

            """
    }
}

extension PageFigure {
    /// A plot whose SVG file is larger than this is embedded as PNG, which is then smaller.
    private static let largestVector = 150_000

    /// Draws a plot for light and for dark mode; nil if there is nothing to draw.
    ///
    /// - Parameters:
    ///   - description: the alternative text.
    ///   - caption: the caption below the plot.
    ///   - drawing: returns the plot for a theme; nil if there is nothing to draw.
    /// - Throws: `DrawingError` if the plot can't be drawn.
    init?(_ description: String, _ caption: String, drawing: (Theme) throws -> (any Drawable)?) throws {
        guard let light = try drawing(.light), let dark = try drawing(.dark) else { return nil }
        self.init(
            light: try Self.image(of: light), dark: try Self.image(of: dark), description: description,
            caption: caption)
    }

    private static func image(of drawing: any Drawable) throws(DrawingError) -> Content {
        let (width, height) = (Int(drawing.size.width.rounded()), Int(drawing.size.height.rounded()))
        let vector = try drawing.svg()
        guard vector.count > largestVector else {
            return Content(format: .svg, bytes: vector, width: width, height: height)
        }
        return Content(format: .png, bytes: try drawing.png(scale: 2), width: width, height: height)
    }
}
