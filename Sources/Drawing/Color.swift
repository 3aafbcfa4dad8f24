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
}
