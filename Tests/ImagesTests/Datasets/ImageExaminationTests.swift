import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Examination of images")
struct ImageExaminationTests {
    @Test("Headers give the same format, color and depth as in Pillow")
    func modes() throws {
        let rows = try Goldens.table("data/modes.tsv")
        #expect(rows.count > 40)
        for row in rows {
            let name = try #require(row["file"])
            let facts = try goldenImage(name).withUnsafeBytes { try ImageReader(decoding: $0, options: .init()).facts }
            let found = try #require(facts, "\(name)")
            #expect(found.format.rawValue.uppercased() == row["format"], "\(name)")
            #expect(found.hasMoreFrames == (row["frames"] != "1"), "\(name)")
            let color: ImageFacts.Color =
                switch row["mode"] {
                case "1", "L", "LA", "I;16", "I": .gray
                case "P", "PA": .palette
                case "CMYK": .cmyk
                default: .rgb
                }
            // Pillow reads 16-bit gray with alpha as RGBA, and both read gray WebP as RGB.
            #expect(found.color == color || name == "grey-alpha-16bit.png", "\(name): \(found.color)")
            #expect(found.hasAlpha == (row["alpha"] == "1"), "\(name)")
            #expect((found.bitDepth == 16) == name.contains("16bit"), "\(name)")
        }
    }

    @Test("A header truncated anywhere does no harm")
    func brokenHeaders() throws {
        for name in ["rgb.jpg", "animated.png", "palette-transparent.png", "lossless-alpha.webp", "animated.webp"] {
            let bytes = try goldenImage(name)
            for count in 0..<min(bytes.count, 400) {
                _ = Array(bytes[..<count]).withUnsafeBytes { try? ImageReader(decoding: $0, options: .init()).facts }
            }
        }
    }

    @Test("Fingerprints equal those of Pillow and NumPy")
    func fingerprints() throws {
        for row in try Goldens.table("data/fingerprints.tsv") {
            let width = try #require(row["width"].flatMap(Int.init)),
                height = try #require(row["height"].flatMap(Int.init))
            let bits = ImageFingerprint(pattern(width: width, height: height)).map { String($0.bits, radix: 16) }
            let expected = row["fingerprint"].flatMap { $0 == "-" ? nil : UInt64($0, radix: 16) }
            #expect(bits == expected.map { String($0, radix: 16) }, "\(width) x \(height)")
        }
        #expect(ImageFingerprint(Image(width: 50, height: 50, filledWith: .black)) == nil)
    }

    @Test("A resized copy is near; another image and another color are not")
    func nearness() throws {
        let image = scene(width: 200, height: 150, seed: 1)
        let original = try #require(ImageFingerprint(image))
        let smaller = try #require(ImageFingerprint(image.resized(width: 80, height: 60)))
        #expect(original.isNear(smaller) && smaller.isNear(original))
        for seed in 2..<20 {
            let other = try #require(ImageFingerprint(scene(width: 200, height: 150, seed: seed)))
            #expect(!original.isNear(other))
        }
        var pixels = image.pixels
        for place in stride(from: 0, to: pixels.count, by: 3) { pixels.swapAt(place, place + 2) }
        let swapped = Image(width: image.width, height: image.height, pixels: pixels)
        let recolored = try #require(ImageFingerprint(swapped))
        #expect(!original.isNear(recolored))
    }

    @Test("Images are examined in order, even if some are damaged", arguments: [0, 1, 3])
    func order(workers: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write("a/1.jpg", try goldenImage("rgb.jpg"))
        try folder.write("a/2.jpg", Array(try goldenImage("rgb.jpg").dropLast(40)))
        try folder.write("a/3.png", try goldenImage("rgb.jpg"))
        try folder.write("a/4.jpg", Array("<html>".utf8))
        try folder.write("b/5.jpg")
        try folder.write("b/6.png", try goldenImage("rgb-16bit.png"))
        try folder.make("b/7.jpg")
        let dataset = try ImageFolder(path: folder.path)
        let found = try dataset.examined(workers: workers)
        #expect(found.map(\.isReadable) == [true, false, true, false, false, true])
        #expect(found[0].digest == found[2].digest && found[0].digest != found[1].digest)
        #expect(found[2].facts?.format == .jpeg)
        #expect(found[5].facts?.mode == "RGB 16-bit")
        let kinds = found.map { result -> ImageError.Code? in
            if case .failure(let error) = result.content { error.code } else { nil }
        }
        #expect(kinds == [nil, .truncated, nil, .unsupported, .empty, nil])
        guard case .failure(let error) = found[1].content else { return }
        #expect(error.path == folder.path("a/2.jpg"))
        let memory = try MemoryDataset(count: 4, damaged: [2]).examined(workers: workers)
        #expect(memory.map(\.isReadable) == [true, true, false, true])
        #expect(Set(memory.compactMap(\.digest)).count == 3 && memory[0].facts == nil)
    }

    /// A few soft spots of color.
    private func scene(width: Int, height: Int, seed: Int) -> Image {
        let spots = (0..<6).map { spot in
            var random = CountedRandom(seed: UInt64(seed), epoch: spot, index: 0)
            return (0..<6).map { _ in random.uniform() }
        }
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                var levels = [0.0, 40.0, 80.0]
                for spot in spots {
                    let size = (0.05 + 0.2 * spot[2]) * Double(width)
                    let dx = (Double(x) - spot[0] * Double(width)) / size
                    let dy = (Double(y) - spot[1] * Double(height)) / size
                    let nearness = 1 / (1 + dx * dx + dy * dy)
                    for channel in 0..<3 { levels[channel] += nearness * (spot[3 + channel] * 300 - 100) }
                }
                for level in levels { pixels.append(UInt8(max(0, min(255, level)))) }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}
