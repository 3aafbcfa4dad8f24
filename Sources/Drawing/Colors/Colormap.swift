/// A colormap for values from 0 to 1.
public struct Colormap: Sendable, Hashable {
    /// The colors at equal distances, between which values are interpolated.
    public let anchors: [Color]

    /// Creates a colormap from colors at equal distances.
    public init(_ anchors: [Color]) { self.anchors = anchors }

    private init(_ anchors: [UInt32]) { self.init(anchors.map { Color($0) }) }

    /// The color of a value. Values outside 0...1 are clamped; NaN has the first color.
    public subscript(_ value: Double) -> Color {
        guard let first = anchors.first else { return Color(0x808080) }
        guard anchors.count > 1, !value.isNaN else { return first }
        let place = min(1, max(0, value)) * Double(anchors.count - 1)
        let index = min(anchors.count - 2, Int(place))
        return anchors[index].mixed(with: anchors[index + 1], fraction: place - Double(index))
    }

    /// The colormap in reverse order.
    public var reversed: Colormap { Colormap(anchors.reversed()) }

    /// The red, green and blue bytes of 256 values from 0 to 1.
    public var table: [(red: UInt8, green: UInt8, blue: UInt8)] { (0..<256).map { self[Double($0) / 255].bytes } }
}

extension Colormap {
    /// Dark violet, green, yellow: the perceptually uniform default of matplotlib, by N. Smith and S. van der Walt.
    public static let viridis = Colormap([
        0x440154, 0x48186A, 0x472D7B, 0x424086, 0x3B528B, 0x33638D, 0x2C728E, 0x26828E, 0x21918C, 0x1FA088, 0x28AE80,
        0x3FBC73, 0x5EC962, 0x84D44B, 0xADDC30, 0xD8E219, 0xFDE725,
    ])

    /// Blue, green, red, for overlays on images, by A. Mikhailov, 2019.
    public static let turbo = Colormap([
        0x30123B, 0x4040A2, 0x466BE3, 0x4294FF, 0x28BCEB, 0x18DDC2, 0x32F298, 0x6DFE62, 0xA4FC3C, 0xCDEC34, 0xEECF3A,
        0xFDAC34, 0xFB7E21, 0xEB500E, 0xD02F05, 0xA91601, 0x7A0403,
    ])

    /// Black to white.
    public static let gray = Colormap([0x000000, 0xFFFFFF])

    /// Blue, white, red: RdBu of ColorBrewer, by C. Brewer.
    public static let diverging = Colormap([
        0x053061, 0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xF4A582, 0xD6604D, 0xB2182B, 0x67001F,
    ])

    /// White for 0 to dark blue. The first step is large, so that small counts are visible.
    public static let countsOnLight = Colormap([0xEDF4FB, 0xC3DBEF, 0x8DBDDF, 0x4F97CB, 0x2270B1, 0x08468B, 0x08265A])

    /// Nearly black for 0 to light yellow.
    public static let countsOnDark = Colormap([0x1E2B3A, 0x1F4A6E, 0x2A6F97, 0x3B9AA0, 0x7BC48B, 0xD3E08A, 0xFFF6C8])
}

/// Returns the position of a value in a range, clamped to 0...1; 0 for NaN.
func fraction(of value: Double, in range: ClosedRange<Double>) -> Double {
    guard !value.isNaN else { return 0 }
    if value <= range.lowerBound { return 0 }
    if value >= range.upperBound { return 1 }
    // The width of a very wide range would be infinite; half of it is not.
    let width = range.upperBound / 2 - range.lowerBound / 2
    return width > 0 ? min(1, max(0, (value / 2 - range.lowerBound / 2) / width)) : 0
}

/// Returns the range of the finite values; nil if there are none.
func finiteRange(of values: some Sequence<Double>) -> ClosedRange<Double>? {
    var range: ClosedRange<Double>?
    for value in values where value.isFinite {
        range = range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }
    return range
}

/// The scale of a colormap.
public enum ColorScale: Sendable, Hashable {
    /// A linear scale.
    case linear
    /// A square root scale, in which small counts are easier to distinguish. Linear below 0.
    case squareRoot

    /// Returns the position of a value, from 0 to 1.
    func fraction(of value: Double, in range: ClosedRange<Double>) -> Double {
        let fraction = Drawing.fraction(of: value, in: range)
        return self == .squareRoot && range.lowerBound >= 0 ? fraction.squareRoot() : fraction
    }
}
