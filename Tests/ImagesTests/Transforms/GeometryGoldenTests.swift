import TestSupport
import Testing

@testable import Images

@Suite("Resize and crop against Pillow and torchvision")
struct GeometryGoldenTests {
    let goldens: GeometryGoldens
    var random = CountedRandom(seed: 0, epoch: 0, index: 0)

    init() throws {
        goldens = try GeometryGoldens.all.get()
    }

    @Test("Resize to any size equals Pillow's pixels")
    func resize() {
        for golden in goldens.resizes {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            let resized = image.resized(
                width: golden.to[0], height: golden.to[1], interpolation: golden.interpolation)
            #expect(resized.width == golden.to[0] && resized.height == golden.to[1])
            let name = Comment(rawValue: "\(golden.from) to \(golden.to), \(golden.interpolation)")
            if let pixels = golden.pixels { #expect(resized.pixels == Array(pixels), name) }
            #expect(resized.checksum == golden.crc, name)
        }
    }

    @Test("Bicubic overshoot at an edge is clipped to black and white")
    func overshoot() {
        let edge = Image(
            width: 8, height: 8, pixels: (0..<64).flatMap { [UInt8](repeating: $0 % 8 < 4 ? 40 : 210, count: 3) })
        let row = edge.resized(width: 32, height: 8, interpolation: .bicubic).pixels[..<96]
        #expect(row.min().map { $0 < 40 } == true && row.max().map { $0 > 210 } == true)
        let hard = Image(width: 8, height: 8, pixels: edge.pixels.map { $0 == 40 ? 0 : 255 })
        let clipped = hard.resized(width: 32, height: 32, interpolation: .bicubic)
        #expect(clipped[x: 13, y: 9] == .black && clipped[x: 18, y: 9] == RGBColor(red: 255, green: 255, blue: 255))
    }

    @Test("A part of a resized image equals that part of the whole")
    func windows() {
        var random = random
        for golden in goldens.resizes where golden.to[0] * golden.to[1] < 20_000 {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            let whole = image.resized(
                width: golden.to[0], height: golden.to[1], interpolation: golden.interpolation)
            for _ in 0..<8 {
                let width = 1 + random.uniform(below: golden.to[0])
                let height = 1 + random.uniform(below: golden.to[1])
                let window = PixelRectangle(
                    x: random.uniform(below: golden.to[0] - width + 1),
                    y: random.uniform(below: golden.to[1] - height + 1),
                    width: width, height: height)
                var rendering = ImageRendering(width: image.width, height: image.height)
                rendering.resize(
                    to: PixelSize(width: golden.to[0], height: golden.to[1]), interpolation: golden.interpolation)
                rendering.crop(to: window)
                #expect(
                    rendering.image(of: image) == whole.cropped(to: window), "\(golden.from) to \(golden.to), \(window)"
                )
            }
        }
    }

    @Test("The short side is exact, and the long side is rounded down")
    func shortSide() {
        for golden in goldens.shortSides {
            let size = Resize(shortSide: golden.side).size(width: golden.from[0], height: golden.from[1])
            #expect(size == PixelSize(width: golden.to[0], height: golden.to[1]), "\(golden.from), \(golden.side)")
        }
    }

    @Test("Center crop rounds half to even and pads small images with black")
    func centerCrop() {
        var random = random
        for golden in goldens.centerCrops {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            let cropped = CenterCrop(width: golden.to[0], height: golden.to[1])(image, using: &random)
            #expect(cropped.width == golden.to[0] && cropped.height == golden.to[1])
            #expect(cropped.checksum == golden.crc, "\(golden.from) to \(golden.to)")
        }
    }

    @Test("Resize and center crop are merged into one step")
    func chain() {
        var random = random
        for golden in goldens.chains {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            let chain: [any ImageTransform] = [
                Resize(shortSide: golden.side, interpolation: golden.interpolation), CenterCrop(golden.crop),
            ]
            #expect(
                chain.apply(to: image, using: &random).checksum == golden.crc,
                "\(golden.from), resize \(golden.side), crop \(golden.crop), \(golden.interpolation)")
        }
    }

    @Test("In a resized crop the filter reads no pixels outside the crop")
    func resizedCrop() {
        for golden in goldens.resizedCrops {
            let r = golden.rectangle
            let transform = RandomResizedCrop(golden.to, interpolation: golden.interpolation)
            let result = transform.apply(
                PixelRectangle(x: r[0], y: r[1], width: r[2], height: r[3]),
                to: pattern(width: golden.from[0], height: golden.from[1]))
            #expect(result.checksum == golden.crc, "\(golden.from), \(r), \(golden.interpolation)")
        }
    }

    @Test("Random resized crop falls back to the center after ten tries, as in torchvision")
    func randomResizedCrop() {
        let transform = RandomResizedCrop(224)
        var fallbacks = 0
        for golden in goldens.randomResizedCrops {
            let (width, height) = (golden.from[0], golden.from[1])
            let fitting = zip(golden.shares, golden.ratios).lazy.compactMap { share, ratio in
                RandomResizedCrop.size(width: width, height: height, share: share, aspectRatio: ratio)
            }.first
            fallbacks += fitting == nil ? 1 : 0
            let rectangle =
                fitting.map { size in
                    // The golden random numbers select the last valid position.
                    PixelRectangle(
                        x: width - size.width, y: height - size.height, width: size.width, height: size.height)
                } ?? transform.fallback(width: width, height: height)
            let r = golden.rectangle
            #expect(
                rectangle == PixelRectangle(x: r[0], y: r[1], width: r[2], height: r[3]),
                "\(golden.from), \(fitting == nil ? "fallback" : "drawn")")
        }
        #expect(fallbacks > 50 && goldens.randomResizedCrops.count - fallbacks > 50)
    }
}
