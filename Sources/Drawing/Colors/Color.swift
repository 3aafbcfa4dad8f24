/// An sRGB color with opacity. Components are from 0 to 1.
public struct Color: Sendable, Hashable {
    public var red: Double, green: Double, blue: Double, opacity: Double

    /// Creates a color from its components.
    public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.opacity = opacity
    }

    /// Creates a color from a 24-bit hexadecimal number: `0xE69F00` is orange.
    public init(_ hexadecimal: UInt32, opacity: Double = 1) {
        func component(_ shift: UInt32) -> Double { Double(hexadecimal >> shift & 0xFF) / 255 }
        self.init(red: component(16), green: component(8), blue: component(0), opacity: opacity)
    }

    /// Returns the color with another opacity.
    public func opacity(_ opacity: Double) -> Color {
        Color(red: red, green: green, blue: blue, opacity: opacity)
    }

    /// Returns a mixture with another color: 0 is this color, 1 the other.
    public func mixed(with other: Color, fraction: Double) -> Color {
        func mix(_ from: Double, _ to: Double) -> Double { from + (to - from) * fraction }
        return Color(
            red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue),
            opacity: mix(opacity, other.opacity))
    }

    /// The perceived lightness from 0 to 1, with the weights of ITU-R BT.601.
    public var lightness: Double { 0.299 * red + 0.587 * green + 0.114 * blue }

    /// The three bytes of a pixel.
    public var bytes: (red: UInt8, green: UInt8, blue: UInt8) {
        func byte(_ value: Double) -> UInt8 { UInt8((min(1, max(0, value.isNaN ? 0 : value)) * 255).rounded()) }
        return (byte(red), byte(green), byte(blue))
    }

    /// The text color on this color: white or nearly black.
    public var contrast: Color { lightness > 0.55 ? Color(0x16191D) : Color(0xFFFFFF) }
}

/// A palette of colors that color-blind people can distinguish.
///
/// The light palette is that of M. Okabe and K. Ito: Color Universal Design, 2008, with a darker yellow, which is more
/// visible on white. The dark palette has lighter colors of the same hues.
public struct Palette: Sendable, Hashable {
    /// The colors. The first ones are the easiest to distinguish.
    public let colors: [Color]

    /// Creates a palette.
    public init(_ colors: [Color]) { self.colors = colors }

    /// The color of a series. After the last color, the first one follows.
    public subscript(_ index: Int) -> Color {
        colors.isEmpty ? Color(0x808080) : colors[(index % colors.count + colors.count) % colors.count]
    }

    /// The palette for a light background.
    public static let light = Palette(
        [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x5B4B8A, 0x8A7A00].map { Color($0) })

    /// The palette for a dark background.
    public static let dark = Palette(
        [0x56B4E9, 0xFF8A3D, 0x2DC99B, 0xE39AC4, 0xF5C04A, 0x8FD3FF, 0xB3A2EE, 0xDDD15C].map { Color($0) })
}

/// The colors of a drawing.
public struct Theme: Sendable, Hashable {
    /// The background color.
    public var background: Color
    /// The color of text.
    public var text: Color
    /// The color of secondary text, such as tick labels and captions.
    public var faint: Color
    /// The color of grid lines.
    public var grid: Color
    /// The color of axes and frames.
    public var line: Color
    /// The colors of series.
    public var palette: Palette
    /// The colors of correct and wrong predictions. Color-blind people can distinguish them.
    public var good: Color, bad: Color
    /// Whether the background is dark.
    public var isDark: Bool

    /// The light theme.
    public static let light = Theme(
        background: Color(0xFFFFFF), text: Color(0x16191D), faint: Color(0x59616B), grid: Color(0xE4E7EB),
        line: Color(0x9AA3AD), palette: .light, good: Color(0x0072B2), bad: Color(0xD55E00), isDark: false)

    /// The dark theme.
    public static let dark = Theme(
        background: Color(0x14171B), text: Color(0xECEFF3), faint: Color(0xA3ACB7), grid: Color(0x2A3037),
        line: Color(0x5A646F), palette: .dark, good: Color(0x56B4E9), bad: Color(0xFF8A3D), isDark: true)

    /// The colormap of counts, from the background color for 0 to a strong color.
    public var counts: Colormap { isDark ? .countsOnDark : .countsOnLight }
}
