import Images
import StudioProject
import TestSupport

/// Photos that tests make.
enum TestPhotos {
    /// A sharp photo: rectangles of random colors, many of them small. Each seed gives another one.
    static func sharp(width: Int = 300, height: Int = 200, seed: Int = 0) -> Image {
        var random = CountedRandom(seed: 17, epoch: 0, index: seed)
        var pixels = [UInt8](repeating: 128, count: width * height * 3)
        for _ in 0..<200 {
            let color = (0..<3).map { _ in UInt8(random.uniform(below: 256)) }
            let (left, top) = (random.uniform(below: width), random.uniform(below: height))
            for y in top..<min(height, top + 2 + random.uniform(below: 12)) {
                for x in left..<min(width, left + 12) {
                    for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = color[channel] }
                }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    static func blurred(_ image: Image, sigma: Double = 2.5) -> Image {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return GaussianBlur(kernelSize: 15, sigma: sigma...sigma)(image, using: &random)
    }

    static func dark(_ image: Image) -> Image {
        Image(width: image.width, height: image.height, pixels: image.pixels.map { $0 / 10 })
    }

    /// A JPEG whose EXIF says that it lies on its side (orientation 6).
    static func lying(_ image: Image) throws -> [UInt8] {
        let jpeg = try image.jpegData(quality: 95)
        let exif: [UInt8] =
            Array("Exif\0\0II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
        return jpeg[..<2] + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + jpeg[2...]
    }
}

/// A project in a folder of its own.
struct TestProject {
    let folder: TemporaryFolder
    let project: Project

    /// Makes the project of a folder with files.
    init(_ files: [String: [UInt8]] = [:]) throws {
        folder = try TemporaryFolder()
        for (name, bytes) in files { try folder.write(name, bytes) }
        project = try Project(at: folder.path, isDurable: false)
        _ = try project.scan()
    }

    /// The photo at a path.
    func photo(_ path: String) throws -> Photo? {
        try project.photos(PhotoFilter(), offset: 0, limit: .max).first { $0.path == path }
    }
}
