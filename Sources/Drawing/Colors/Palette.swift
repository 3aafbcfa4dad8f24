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
