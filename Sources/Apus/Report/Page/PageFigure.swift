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
