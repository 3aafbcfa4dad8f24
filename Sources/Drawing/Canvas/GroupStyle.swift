internal import Foundation

/// The marker of a group of points: a color and a shape, which no other group has together.
package struct GroupStyle: Sendable, Hashable {
    /// The color.
    package let color: Color
    /// The shape.
    package let shape: Canvas.Shape

    /// The least number of colors of many groups. Fewer would give neighbors the same color.
    private static let leastColors = 16

    /// Returns a different style for each of `count` groups.
    ///
    /// Up to 40 groups have the colors of the theme's palette. Consecutive groups have different shapes, too, for
    /// color-blind readers. More groups have colors of equal distances in hue and of three lightnesses.
    package static func styles(_ count: Int, theme: Theme) -> [GroupStyle] {
        let shapes = Canvas.Shape.allCases
        let known = theme.palette.colors
        if count <= known.count * shapes.count { return styles(count, known) }
        return styles(count, distinctColors(max(leastColors, (count + shapes.count - 1) / shapes.count), theme: theme))
    }

    /// Returns all pairs of a color and a shape in an order in which neighbors differ in both.
    private static func styles(_ count: Int, _ colors: [Color]) -> [GroupStyle] {
        let shapes = Canvas.Shape.allCases
        return (0..<count).map { index in
            let color = index % colors.count
            return GroupStyle(color: colors[color], shape: shapes[(color + index / colors.count) % shapes.count])
        }
    }

    /// Returns colors that are easy to distinguish on the theme's background: three lightnesses in turn, each with hues
    /// of equal distances. Consecutive hues are far from each other.
    package static func distinctColors(_ count: Int, theme: Theme) -> [Color] {
        let lightness = theme.isDark ? [0.72, 0.86, 0.60] : [0.52, 0.66, 0.40]
        let chroma = theme.isDark ? [0.14, 0.10, 0.16] : [0.15, 0.13, 0.12]
        let hues = max(1, (count + 2) / 3)
        // A step without a common divisor visits every hue once.
        let step = (1...max(1, hues * 2 / 5)).last { greatestDivisor(of: $0, hues) == 1 } ?? 1
        return (0..<count).map { index in
            let (level, place) = (index % 3, index / 3 * step % hues)
            return Color(
                oklabLightness: lightness[level], chroma: chroma[level],
                hue: 2 * Double.pi * (Double(place) + Double(level) / 3) / Double(hues))
        }
    }

    private static func greatestDivisor(of first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestDivisor(of: second, first % second)
    }
}

extension Color {
    /// Creates a color from its coordinates in OKLCh. A color outside sRGB becomes less colorful.
    ///
    /// B. Ottosson: A perceptual color space for image processing, 2020.
    ///
    /// - Parameters:
    ///   - lightness: the lightness, 0 to 1.
    ///   - chroma: the colorfulness, 0 to about 0.3.
    ///   - hue: the hue in radians.
    init(oklabLightness lightness: Double, chroma: Double, hue: Double) {
        var chroma = chroma
        while chroma > 0.01 {
            let linear = Self.linear(lightness, chroma * cos(hue), chroma * sin(hue))
            if linear.allSatisfy({ (0...1).contains($0) }) { break }
            chroma -= 0.005
        }
        let encoded = Self.linear(lightness, chroma * cos(hue), chroma * sin(hue)).map { value in
            let value = min(1, max(0, value))
            return value <= 0.003_130_8 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
        }
        self.init(red: encoded[0], green: encoded[1], blue: encoded[2])
    }

    /// Returns the linear red, green and blue of a color in Oklab.
    private static func linear(_ lightness: Double, _ a: Double, _ b: Double) -> [Double] {
        let long = pow(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b, 3)
        let middle = pow(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b, 3)
        let short = pow(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b, 3)
        return [
            4.076_741_662_1 * long - 3.307_711_591_3 * middle + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * middle - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * middle + 1.707_614_701_0 * short,
        ]
    }
}
