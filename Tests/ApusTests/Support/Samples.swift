import Foundation
import TorchVision

/// Images that the tests draw: each class has a color, each image a shade and faint stripes, so that an untrained
/// network distinguishes the colors.
enum Samples {
    private static let colors = [
        RGBColor(red: 210, green: 40, blue: 30), RGBColor(red: 30, green: 60, blue: 210),
        RGBColor(red: 40, green: 190, blue: 50), RGBColor(red: 220, green: 210, blue: 40),
        RGBColor(red: 200, green: 50, blue: 200), RGBColor(red: 40, green: 200, blue: 200),
        RGBColor(red: 235, green: 235, blue: 235),
    ]

    /// The image `number` of the class at position `kind`.
    static func image(_ kind: Int, _ number: Int) -> Image {
        let (width, height) = (40 + number % 5 * 3, 36)
        let color = colors[kind % colors.count]
        let shade = 255 - number * 3 % 30
        let pixels = (0..<width * height).flatMap { place -> [UInt8] in
            let isStripe = (place % width + number * 5) % 23 < 3
            return [color.red, color.green, color.blue].map { UInt8(Int($0) * (isStripe ? shade - 12 : shade) / 255) }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// Writes an image as PNG.
    static func write(_ kind: Int, _ number: Int, to file: URL) throws {
        try Data(image(kind, number).pngData()).write(to: file)
    }

    /// Writes `count` images of each class, `0.png`, `1.png` and so on, into folders with the names of the classes.
    ///
    /// - Parameter first: the position of the first class in the list of colors.
    static func writeClasses(_ names: [String], count: Int, to folder: URL, first: Int = 0) throws {
        for (kind, name) in names.enumerated() {
            let path = folder.path + "/" + name
            // `mkdir` takes the bytes unchanged; nothing composes or decomposes an accent.
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            guard mkdir(path, 0o755) == 0 else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
            for number in 0..<count {
                guard
                    FileManager.default.createFile(
                        atPath: "\(path)/\(number).png", contents: Data(try image(first + kind, number).pngData()))
                else { throw POSIXError(.EIO) }
            }
        }
    }
}

/// The names in a folder in order, including hidden ones.
func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
