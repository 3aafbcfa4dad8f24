/// Colours that the colour-blind can tell apart too.
///
/// On light they are those of M. Okabe and K. Ito: Color Universal Design, 2008, with its yellow, which is hard to see on
/// white, made darker; on dark they are lighter ones of the same hues.
public struct Palette: Sendable, Hashable {
    /// The colours, the first ones told apart best.
    public let colors: [Color]

    /// A palette of colours.
    public init(_ colors: [Color]) { self.colors = colors }

    /// The colour of the series with a number; after the last colour they begin again.
    public subscript(_ index: Int) -> Color {
        colors.isEmpty ? Color(0x808080) : colors[(index % colors.count + colors.count) % colors.count]
    }

    /// For a light ground.
    public static let light = Palette(
        [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x5B4B8A, 0x8A7A00].map { Color($0) })

    /// For a dark ground.
    public static let dark = Palette(
        [0x56B4E9, 0xFF8A3D, 0x2DC99B, 0xE39AC4, 0xF5C04A, 0x8FD3FF, 0xB3A2EE, 0xDDD15C].map { Color($0) })
}

/// What a drawing looks like: its ground, its lines and the colours of what it shows.
public struct Theme: Sendable, Hashable {
    /// The ground.
    public var background: Color
    /// The words.
    public var text: Color
    /// Words of less weight: the numbers of an axis, captions.
    public var faint: Color
    /// The lines of the grid.
    public var grid: Color
    /// The lines of the axes and of frames.
    public var line: Color
    /// The colours of series.
    public var palette: Palette
    /// What is right, and what is wrong; told apart by the colour-blind too.
    public var good: Color, bad: Color
    /// Whether the ground is dark.
    public var isDark: Bool

    /// Dark on white.
    public static let light = Theme(
        background: Color(0xFFFFFF), text: Color(0x16191D), faint: Color(0x59616B), grid: Color(0xE4E7EB),
        line: Color(0x9AA3AD), palette: .light, good: Color(0x0072B2), bad: Color(0xD55E00), isDark: false)

    /// Light on nearly black.
    public static let dark = Theme(
        background: Color(0x14171B), text: Color(0xECEFF3), faint: Color(0xA3ACB7), grid: Color(0x2A3037),
        line: Color(0x5A646F), palette: .dark, good: Color(0x56B4E9), bad: Color(0xFF8A3D), isDark: true)

    /// From the ground, for nothing, to a strong colour.
    public var counts: Colormap { isDark ? .countsOnDark : .countsOnLight }
}
