import Foundation
import TestSupport
import Testing

@testable import Images

/// The JPEG golden files: every chroma sampling, coding and orientation.
private let jpegs: [URL] = ["images/samplings", "images/files"].flatMap { folder in
    let files = try? FileManager.default.contentsOfDirectory(at: Goldens.url(folder), includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "jpg" }.sorted { $0.path < $1.path }
}

@Suite("Partial decoding")
struct PartialDecodingTests {
    @Test("Every sampling and coding gives Pillow's pixels, whole and preprocessed")
    func samplings() throws {
        let rows = try Goldens.table("images/samplings.tsv")
        #expect(rows.count > 30)
        for row in rows {
            let file = try #require(row["file"])
            let encoded = EncodedImage(path: Goldens.url("images/samplings/\(file)").path)
            #expect("\(try Image(decoding: encoded).checksum)" == row["decoded"], "\(file)")
            for filter in Interpolation.allCases {
                let chain: [any ImageTransform] = [Resize(shortSide: 64, interpolation: filter), CenterCrop(56)]
                #expect("\(try prepared(encoded, chain).checksum)" == row[filter.rawValue], "\(file), \(filter)")
            }
        }
    }

    @Test("Any part equals that of the whole image, resized or not", arguments: jpegs)
    func parts(_ url: URL) throws {
        let encoded = EncodedImage(path: url.path)
        let whole = try Image(decoding: encoded)
        var random = CountedRandom(seed: 8, epoch: 0, index: 0)
        for _ in 0..<60 {
            let rendering = self.rendering(width: whole.width, height: whole.height, using: &random)
            let part = try ImageReader(encoded, options: .init()).image(rendering)
            #expect(part == rendering.image(of: whole), "\(url.lastPathComponent): \(rendering)")
        }
    }

    @Test(
        "Parts of other formats equal those of the whole image",
        arguments: [
            "files/rgb.png", "files/interlaced-rgba.png", "files/exif-3.png", "files/lossy.webp", "files/exif-6.webp",
            "files/webp-named.jpg", "formats/frame-beyond.gif", "formats/4bit-runs.bmp", "formats/24bit-top-down.bmp",
            "formats/p3.ppm", "formats/p5.pgm", "formats/xmp-6.png", "formats/xmp-6.webp",
        ])
    func formats(_ name: String) throws {
        try parts(Goldens.url("images/\(name)"))
    }

    /// A crop, a resize, a crop beyond the edges with any border, and flips; each is optional.
    private func rendering(width: Int, height: Int, using random: inout CountedRandom) -> ImageRendering {
        var rendering = ImageRendering(width: width, height: height)
        func part(reaching margin: Int) -> PixelRectangle {
            let width = 1 + random.uniform(below: rendering.width)
            let height = 1 + random.uniform(below: rendering.height)
            return PixelRectangle(
                x: random.uniform(below: rendering.width - width + 1 + margin) - margin / 2,
                y: random.uniform(below: rendering.height - height + 1 + margin) - margin / 2, width: width,
                height: height)
        }
        if random.uniform(below: 2) == 0 { rendering.crop(to: part(reaching: 0)) }
        if random.uniform(below: 3) > 0 {
            rendering.resize(
                to: PixelSize(width: 1 + random.uniform(below: 60), height: 1 + random.uniform(below: 60)),
                interpolation: Interpolation.allCases[random.uniform(below: 2)])
        }
        let borders: [ImageBorder] = [
            .fill(.black), .fill(RGBColor(red: 0, green: 158, blue: 115)), .edge, .reflect, .symmetric,
        ]
        if random.uniform(below: 4) == 0 {
            rendering.pad(Padding(1 + random.uniform(below: 9)), border: borders[random.uniform(below: borders.count)])
        }
        if random.uniform(below: 3) > 0 {
            rendering.crop(to: part(reaching: 6), border: borders[random.uniform(below: borders.count)])
        }
        if random.uniform(below: 3) == 0 { rendering.mirror() }
        if random.uniform(below: 3) == 0 { rendering.flipVertically() }
        return rendering
    }

    @Test(
        "A truncated file is refused even if the requested part is complete",
        arguments: ["420-baseline", "420-progressive", "422-restarts", "420-scans", "grey-baseline"])
    func truncated(_ name: String) throws {
        let whole = Array(try Data(contentsOf: Goldens.url("images/samplings/\(name).jpg")))
        var top = ImageRendering(width: 131, height: 97)
        top.crop(to: PixelRectangle(x: 3, y: 0, width: 20, height: 4))
        for count in stride(from: whole.count - 3, to: 200, by: -7) {
            let error = #expect(throws: ImageError.self, "\(count) bytes") {
                try ImageReader(EncodedImage(bytes: Array(whole[..<count])), options: .init()).image(top)
            }
            #expect(error?.code == .truncated, "\(count) bytes")
        }
        let encoded = EncodedImage(bytes: whole)
        #expect(try ImageReader(encoded, options: .init()).image(top) == top.image(of: Image(decoding: encoded)))
    }

    @Test("A damaged file is refused as a whole one is, and the drawn part is the same")
    func damaged() throws {
        var random = CountedRandom(seed: 2, epoch: 0, index: 0)
        var refused = 0
        for name in ["420-baseline", "440-progressive", "422-restarts", "420-scans", "411-baseline"] {
            let whole = Array(try Data(contentsOf: Goldens.url("images/samplings/\(name).jpg")))
            for _ in 0..<150 {
                var bytes = whole
                for _ in 0..<(1 + random.uniform(below: 4)) {
                    bytes[160 + random.uniform(below: bytes.count - 160)] = UInt8(random.uniform(below: 256))
                }
                let options = ImageReadingOptions(maximumPixels: 100_000)
                let encoded = EncodedImage(bytes: bytes)
                guard let reader = try? ImageReader(encoded, options: options) else { continue }
                let rendering = rendering(width: reader.size.width, height: reader.size.height, using: &random)
                let image = Result { try Image(decoding: encoded, options: options) }
                let part = Result { try reader.image(rendering) }
                switch (image, part) {
                case (.success(let image), .success(let part)): #expect(part == rendering.image(of: image), "\(name)")
                case (.failure(let one), .failure(let other)):
                    #expect(one as? ImageError == other as? ImageError, "\(name)")
                    refused += 1
                default: Issue.record("\(name): \(image) but \(part)")
                }
            }
        }
        #expect(refused > 20)
    }

    @Test("An error names its file, whenever it occurs")
    func path() throws {
        try withTemporaryFolder { folder throws in
            let file = folder.appending(path: "half.jpg")
            let whole = try Data(contentsOf: Goldens.url("images/samplings/420-baseline.jpg"))
            try whole.prefix(whole.count / 2).write(to: file)
            let reader = try ImageReader(EncodedImage(path: file.path), options: .init())
            let error = #expect(throws: ImageError.self) { try reader.image() }
            #expect(error?.path == file.path)
        }
    }
}

/// The image after a chain of geometric steps, decoded as far as the steps need.
func prepared(
    _ encoded: EncodedImage, _ chain: [any ImageTransform], options: ImageReadingOptions = .init(), seed: UInt64 = 0
) throws -> Image {
    let reader = try ImageReader(encoded, options: options)
    var random = CountedRandom(seed: seed, epoch: 0, index: 0)
    let (rendering, rest) = chain[...].merged(width: reader.size.width, height: reader.size.height, using: &random)
    try #require(rest.isEmpty)
    return try reader.image(rendering)
}

@Suite("Partial decoding of real photos", .testData)
struct PartialPhotoTests {
    @Test("Evaluation gives Pillow's and torchvision's pixels, and training those of the whole image")
    func photos() throws {
        let chains: [[any ImageTransform]] = [
            Preprocessing.imageNet.trainingTransforms.transforms,
            [RandomResizedCrop(224, interpolation: .bicubic), RandomHorizontalFlip()],
        ]
        let options = ImageReadingOptions(appliesOrientation: false)
        for (number, row) in try Goldens.table("images/photos.tsv").enumerated() {
            let encoded = EncodedImage(path: try TestData.url(#require(row["file"])).path)
            for filter in Interpolation.allCases {
                let chain = Preprocessing.imageNet(interpolation: filter).evaluationTransforms
                #expect("\(try prepared(encoded, chain, options: options).checksum)" == row[filter.rawValue], "\(row)")
            }
            guard number % 5 == 0 else { continue }
            let whole = try Image(decoding: encoded, options: options)
            for chain in chains {
                var random = CountedRandom(seed: UInt64(number), epoch: 0, index: 0)
                let expected = chain.apply(to: whole, using: &random)
                #expect(try prepared(encoded, chain, options: options, seed: UInt64(number)) == expected, "\(row)")
            }
        }
    }
}
