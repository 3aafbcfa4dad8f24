// Programs that import `Images` meet values of the target below it: errors of files, and names.
@_exported public import Platform

/// An RGB image of 8 bits a channel: `[height, width, 3]`, rows from the top.
///
/// This is what Pillow calls mode "RGB". Images stay in this form from the file to the batch; floating point begins
/// on the device.
public struct Image: Sendable, Equatable {
    /// Pixels across.
    public let width: Int

    /// Pixels down.
    public let height: Int

    /// Red, green and blue of each pixel, row by row: `width * height * 3` bytes.
    public let pixels: [UInt8]

    /// An image of pixels that are there already.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "An image has at least one pixel.")
        precondition(pixels.count == width * height * 3, "An image has three bytes for each pixel.")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// An image of one color.
    public init(width: Int, height: Int, filledWith color: RGBColor = .black) {
        self.init(width: width, height: height) { buffer in
            for pixel in stride(from: 0, to: buffer.count, by: 3) {
                buffer[pixel] = color.red
                buffer[pixel + 1] = color.green
                buffer[pixel + 2] = color.blue
            }
        }
    }

    /// An image whose every byte `fill` writes into memory that holds nothing yet.
    init<Failure: Error>(
        width: Int, height: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let count = width * height * 3
        var failure: Failure?
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            do throws(Failure) {
                try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initializedCount = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The color of a pixel, counted from the top left.
    public subscript(x x: Int, y y: Int) -> RGBColor {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "The pixel lies outside the image.")
        let start = (y * width + x) * 3
        return RGBColor(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
    }
}

extension Image: CustomStringConvertible {
    /// The size, as people write it.
    public var description: String { "\(width) x \(height) pixels" }
}

/// A color of 8 bits a channel.
public struct RGBColor: Sendable, Hashable, Codable {
    /// From 0, none, to 255, full.
    public var red: UInt8
    /// From 0, none, to 255, full.
    public var green: UInt8
    /// From 0, none, to 255, full.
    public var blue: UInt8

    /// A color from its parts.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Nothing at all: what lies beyond the edge of an image.
    public static let black = RGBColor(red: 0, green: 0, blue: 0)
    /// Paper.
    public static let white = RGBColor(red: 255, green: 255, blue: 255)
    /// Between the two.
    public static let grey = RGBColor(red: 160, green: 160, blue: 160)
}
