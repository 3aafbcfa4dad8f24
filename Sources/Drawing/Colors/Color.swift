/// A colour in sRGB, with its opacity; each from 0 to 1.
public struct Color: Sendable, Hashable {
    public var red: Double, green: Double, blue: Double, opacity: Double

    /// The colour of three shares of light.
    public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.opacity = opacity
    }

    /// The colour of 24 bits as pages write it: `0xE69F00` is orange.
    public init(_ hexadecimal: UInt32, opacity: Double = 1) {
        func share(_ shift: UInt32) -> Double { Double(hexadecimal >> shift & 0xFF) / 255 }
        self.init(red: share(16), green: share(8), blue: share(0), opacity: opacity)
    }

    /// The colour seen through more or less.
    public func opacity(_ opacity: Double) -> Color {
        Color(red: red, green: green, blue: blue, opacity: opacity)
    }

    /// The colour so far on the way to another one: 0 is this one, 1 the other.
    public func mixed(with other: Color, share: Double) -> Color {
        func mix(_ from: Double, _ to: Double) -> Double { from + (to - from) * share }
        return Color(
            red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue),
            opacity: mix(opacity, other.opacity))
    }

    /// How light it looks, from 0 to 1: the weights of ITU-R BT.601.
    public var lightness: Double { 0.299 * red + 0.587 * green + 0.114 * blue }

    /// The three bytes of a pixel.
    public var bytes: (red: UInt8, green: UInt8, blue: UInt8) {
        func byte(_ share: Double) -> UInt8 { UInt8((min(1, max(0, share.isNaN ? 0 : share)) * 255).rounded()) }
        return (byte(red), byte(green), byte(blue))
    }

    /// White or nearly black, whichever can be read on this colour.
    public var contrast: Color { lightness > 0.55 ? Color(0x16191D) : Color(0xFFFFFF) }
}
