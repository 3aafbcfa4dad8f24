import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Scaled decoding")
struct FastDecodingTests {
    private let fast = ImageReadingOptions(decoding: .fast)

    /// The mean and the largest difference of two images' bytes.
    private func difference(_ one: Image, _ other: Image) -> (mean: Double, greatest: Int) {
        let differences = zip(one.pixels, other.pixels).map { abs(Int($0) - Int($1)) }
        return (Double(differences.reduce(0, +)) / Double(differences.count), differences.max() ?? 0)
    }

    @Test(
        "The smallest scale that is at least as large as requested is chosen",
        arguments: [
            (4000, 3000, 341, 256, 1), (2048, 2048, 256, 256, 1), (2047, 2048, 256, 256, 2), (1024, 1100, 256, 256, 2),
            (1023, 1100, 256, 256, 4), (512, 512, 256, 256, 4), (512, 511, 256, 256, 8), (500, 375, 341, 256, 8),
            (20, 20, 40, 40, 8), (8000, 100, 800, 100, 8),
        ])
    func scale(_ width: Int, _ height: Int, _ newWidth: Int, _ newHeight: Int, _ expected: Int) {
        var rendering = ImageRendering(width: width, height: height)
        rendering.resize(to: PixelSize(width: newWidth, height: newHeight))
        rendering.crop(to: PixelRectangle(x: 1, y: 2, width: 5, height: 5))
        #expect(rendering.passes[0].smallestScale == expected)
        // The crop's size decides for a resized crop.
        var cropped = ImageRendering(width: width + 5000, height: height + 5000)
        cropped.crop(to: PixelRectangle(x: 7, y: 9, width: width, height: height))
        cropped.resize(to: PixelSize(width: newWidth, height: newHeight))
        #expect(cropped.passes.count == 1 && cropped.passes[0].smallestScale == expected)
    }

    @Test("Extra pixels at the far edges of a scaled image are left out in every orientation")
    func source() {
        let part = PixelRectangle(x: 10, y: 3, width: 40, height: 20)
        let whole = PixelSize(width: 131, height: 97)
        let upright = ResizeSource(part, of: whole, eighths: 2, orientation: 1)
        #expect(upright.pixels == PixelRectangle(x: 2, y: 0, width: 11, height: 6))
        #expect((upright.x, upright.width, upright.y, upright.height) == (0.5, 10, 0.75, 5))
        // 131 columns become 32.75: a quarter of the first of 33 pixels is padding.
        let turned = ResizeSource(part, of: whole, eighths: 2, orientation: 3)
        #expect(turned.pixels == PixelRectangle(x: 2, y: 1, width: 11, height: 6))
        #expect((turned.x, turned.width, turned.y, turned.height) == (0.75, 10, 0.5, 5))
        let all = ResizeSource(PixelRectangle(whole), of: whole, eighths: 1, orientation: 6)
        #expect(all.pixels == PixelRectangle(x: 0, y: 0, width: 17, height: 13))
        #expect((all.x, all.width, all.y, all.height) == (0.625, 16.375, 0, 12.125))
    }

    @Test(
        "The pixels are close, upright, and not all equal",
        arguments: (1...8).map { "files/exif-\($0).jpg" }
            + ["420", "444", "422"].map { "samplings/\($0)-baseline.jpg" })
    func closeness(_ name: String) throws {
        let image = EncodedImage(path: Goldens.url("images/\(name)").path)
        let side = name.hasPrefix("files") ? 4 : 24
        let chain: [any ImageTransform] = [Resize(shortSide: side), CenterCrop(side)]
        let exact = try prepared(image, chain)
        let cubic: [any ImageTransform] = [Resize(shortSide: side, interpolation: .bicubic), CenterCrop(side)]
        let cubicMean = difference(try prepared(image, cubic, options: fast), try prepared(image, cubic)).mean
        #expect(cubicMean > 0 && cubicMean < (name.contains("422") ? 15 : 6), "\(cubicMean)")
        let (mean, greatest) = difference(try prepared(image, chain, options: fast), exact)
        // Chroma that is coarser in one direction is even coarser in libjpeg's scaled images.
        let isCoarse = name.contains("422")
        #expect(mean > 0 && mean < (isCoarse ? 15 : 6) && greatest < (isCoarse ? 100 : 40), "\(mean), \(greatest)")
        // With a wrong orientation the difference would be this large.
        #expect(difference(exact.mirrored(), exact).mean > 20)
    }

    @Test("Images shrunk by less than half, other formats, and plain reads are exact")
    func exact() throws {
        let jpeg = EncodedImage(path: Goldens.url("images/samplings/420-baseline.jpg").path)
        let chain: [any ImageTransform] = [Resize(shortSide: 64), CenterCrop(56)]
        #expect(try prepared(jpeg, chain, options: fast) == prepared(jpeg, chain))
        #expect(try Image(decoding: jpeg, options: fast) == Image(decoding: jpeg))
        let small: [any ImageTransform] = [Resize(shortSide: 4)]
        for name in ["rgb.png", "lossy.webp", "exif-6.webp"] {
            let image = EncodedImage(path: Goldens.url("images/files/\(name)").path)
            #expect(try prepared(image, small, options: fast) == prepared(image, small), "\(name)")
        }
        let cmyk = EncodedImage(path: Goldens.url("images/files/cmyk.jpg").path)
        #expect(difference(try prepared(cmyk, small, options: fast), try prepared(cmyk, small)).mean < 6)
    }

    @Test("A truncated file is refused in scaled decoding, too")
    func truncated() throws {
        let whole = Array(try Data(contentsOf: Goldens.url("images/samplings/420-baseline.jpg")))
        for count in stride(from: whole.count - 3, to: 200, by: -50) {
            #expect(throws: ImageError.self) {
                try prepared(EncodedImage(bytes: Array(whole[..<count])), [Resize(shortSide: 12)], options: fast)
            }
        }
    }

    @Test("Real photos, shrunk to a quarter, stay close", .testData)
    func photos() throws {
        let chain: [any ImageTransform] = [Resize(shortSide: 64), CenterCrop(56)]
        var means: [Double] = []
        for row in try Goldens.table("images/photos.tsv") {
            let file = try #require(row["file"])
            guard file.contains("cats_dogs") else { continue }
            let image = EncodedImage(path: try TestData.url(file).path)
            let exact = try prepared(image, chain)
            means.append(difference(try prepared(image, chain, options: fast), exact).mean)
        }
        #expect(means.count > 100)
        #expect(means.reduce(0, +) / Double(means.count) < 1.5)
        #expect(means.allSatisfy { $0 < 6 }, "\(means.max() ?? 0)")
    }
}
