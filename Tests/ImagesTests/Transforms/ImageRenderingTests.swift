import TestSupport
import Testing

@testable import Images

@Suite("Merged transforms")
struct ImageRenderingTests {
    /// Applies the steps one by one to whole images.
    private enum Step: CustomStringConvertible {
        case resize(PixelSize, Interpolation)
        case crop(PixelRectangle, ImageBorder)
        case mirror
        case flipVertically

        func apply(to image: Image) -> Image {
            switch self {
            case .resize(let size, let filter):
                image.resized(width: size.width, height: size.height, interpolation: filter)
            case .crop(let rectangle, let border): slowCrop(image, rectangle, border)
            case .mirror: slowFlip(image, isVertical: false)
            case .flipVertically: slowFlip(image, isVertical: true)
            }
        }

        func add(to rendering: inout ImageRendering) {
            switch self {
            case .resize(let size, let filter): rendering.resize(to: size, interpolation: filter)
            case .crop(let rectangle, let border): rendering.crop(to: rectangle, border: border)
            case .mirror: rendering.mirror()
            case .flipVertically: rendering.flipVertically()
            }
        }

        var description: String {
            switch self {
            case .resize(let size, let filter): "resize \(size.width) x \(size.height) \(filter)"
            case .crop(let rectangle, let border):
                "crop \(rectangle.x), \(rectangle.y), \(rectangle.width) x \(rectangle.height) \(border)"
            case .mirror: "mirror"
            case .flipVertically: "flip"
            }
        }
    }

    @Test("Random chains of resizes, crops with every border, and flips equal single steps")
    func chains() {
        var random = CountedRandom(seed: 4, epoch: 0, index: 0)
        for _ in 0..<1500 {
            let start = pattern(width: 1 + random.uniform(below: 24), height: 1 + random.uniform(below: 24))
            var expected = start
            var rendering = ImageRendering(width: start.width, height: start.height)
            var steps: [Step] = []
            for _ in 0..<(1 + random.uniform(below: 6)) {
                let step = self.step(width: rendering.width, height: rendering.height, using: &random)
                steps.append(step)
                expected = step.apply(to: expected)
                step.add(to: &rendering)
            }
            #expect(rendering.image(of: start) == expected, "\(start), \(steps)")
        }
    }

    private func step(width: Int, height: Int, using random: inout CountedRandom) -> Step {
        let borders: [ImageBorder] = [
            .fill(.black), .fill(.black), .fill(RGBColor(red: 0, green: 158, blue: 115)), .edge, .reflect, .symmetric,
        ]
        switch random.uniform(below: 7) {
        case 0: return .mirror
        case 1: return .flipVertically
        case 2:
            return .resize(
                PixelSize(width: 1 + random.uniform(below: 30), height: 1 + random.uniform(below: 30)),
                Interpolation.allCases[random.uniform(below: 2)])
        default:
            return .crop(
                PixelRectangle(
                    x: random.uniform(below: width + 4) - 3, y: random.uniform(below: height + 4) - 3,
                    width: 1 + random.uniform(below: width + 3), height: 1 + random.uniform(below: height + 3)),
                borders[random.uniform(below: borders.count)])
        }
    }

    @Test("An image is drawn at its position in a batch and nowhere else")
    func place() {
        let image = pattern(width: 50, height: 40)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let chain = Preprocessing(
            resizeShortSide: 16, cropSize: 12, mean: [0, 0, 0], standardDeviation: [1, 1, 1]
        ).evaluationTransforms
        let (rendering, rest) = chain[...].merged(width: 50, height: 40, using: &random)
        #expect(rest.isEmpty)
        #expect(rendering.width == 12 && rendering.height == 12)
        let size = 12 * 12 * 3
        var batch = [UInt8](repeating: 77, count: size * 3)
        batch.withUnsafeMutableBytes { batch in
            rendering.write(image, into: UnsafeMutableRawBufferPointer(rebasing: batch[size..<(size * 2)]))
        }
        #expect(Array(batch[size..<(size * 2)]) == rendering.image(of: image).pixels)
        #expect(batch[..<size].allSatisfy { $0 == 77 } && batch[(size * 2)...].allSatisfy { $0 == 77 })
    }

    @Test("A custom transform receives the image drawn so far")
    func customTransform() {
        struct Negative: ImageTransform {
            func parameters(width: Int, height: Int, using random: inout CountedRandom) {}
            func apply(_ parameters: Void, to image: Image) -> Image {
                Image(width: image.width, height: image.height, pixels: image.pixels.map { 255 - $0 })
            }
        }
        let image = pattern(width: 30, height: 20)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let chain: [any ImageTransform] = [Resize(shortSide: 10), Negative(), CenterCrop(8)]
        let expected = image.resized(width: 15, height: 10).pixels.map { 255 - $0 }
        let negative = Image(width: 15, height: 10, pixels: expected)
        #expect(
            chain.apply(to: image, using: &random)
                == negative.cropped(to: PixelRectangle(x: 4, y: 1, width: 8, height: 8)))
    }

    @Test("Extreme aspect ratios are cropped without the whole image")
    func extremes() {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        for image in [pattern(width: 1, height: 60_000), pattern(width: 60_000, height: 1)] {
            let result = Preprocessing.imageNet.evaluationTransforms.apply(to: image, using: &random)
            #expect(result.width == 224 && result.height == 224)
        }
    }
}

/// A crop pixel by pixel.
private func slowCrop(_ image: Image, _ rectangle: PixelRectangle, _ border: ImageBorder) -> Image {
    var pixels: [UInt8] = []
    for y in rectangle.y..<(rectangle.y + rectangle.height) {
        for x in rectangle.x..<(rectangle.x + rectangle.width) {
            let color =
                if let x = slowPlace(x, image.width, border), let y = slowPlace(y, image.height, border) {
                    image[x: x, y: y]
                } else if case .fill(let color) = border { color } else { RGBColor.black }
            pixels += [color.red, color.green, color.blue]
        }
    }
    return Image(width: rectangle.width, height: rectangle.height, pixels: pixels)
}

/// The position inside the image for one outside, reflected step by step.
private func slowPlace(_ place: Int, _ count: Int, _ border: ImageBorder) -> Int? {
    var place = place
    while !(0..<count).contains(place) {
        switch border {
        case .fill: return nil
        case .edge: place = place < 0 ? 0 : count - 1
        case .reflect: place = count == 1 ? 0 : place < 0 ? -place : 2 * (count - 1) - place
        case .symmetric: place = place < 0 ? -1 - place : 2 * count - 1 - place
        }
    }
    return place
}

private func slowFlip(_ image: Image, isVertical: Bool) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<image.height {
        for x in 0..<image.width {
            let color = isVertical ? image[x: x, y: image.height - 1 - y] : image[x: image.width - 1 - x, y: y]
            pixels += [color.red, color.green, color.blue]
        }
    }
    return Image(width: image.width, height: image.height, pixels: pixels)
}
