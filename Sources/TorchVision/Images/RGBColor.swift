/// A colour of 8 bits a channel.
public struct RGBColor: Sendable, Hashable, Codable {
    /// From 0, none, to 255, full.
    public var red: UInt8
    /// From 0, none, to 255, full.
    public var green: UInt8
    /// From 0, none, to 255, full.
    public var blue: UInt8

    /// A colour from its parts.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Nothing at all: what lies beyond the edge of a picture.
    public static let black = RGBColor(red: 0, green: 0, blue: 0)
    /// Paper.
    public static let white = RGBColor(red: 255, green: 255, blue: 255)
    /// Between the two.
    public static let grey = RGBColor(red: 160, green: 160, blue: 160)
}
