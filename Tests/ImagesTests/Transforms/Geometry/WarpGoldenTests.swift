import Testing

@testable import Images

@Suite("Rotation, affine, perspective and padding against torchvision")
struct WarpGoldenTests {
    let goldens: WarpGoldens
    var random = CountedRandom(seed: 0, epoch: 0, index: 0)

    init() throws {
        goldens = try WarpGoldens.all.get()
    }

    @Test("Rotations equal torchvision's for every filter, quarter turn, expansion and center")
    func rotations() {
        #expect(goldens.rotations.count > 200)
        for golden in goldens.rotations {
            let image = pattern(width: golden.from[0], height: golden.from[1]).rotated(
                degrees: golden.degrees, sampling: golden.sampling, expands: golden.expand,
                center: golden.center.map { PixelPoint($0) }, fill: RGBColor(golden.fill))
            #expect([image.width, image.height] == golden.to && image.checksum == golden.crc, "\(golden)")
        }
    }

    @Test("Affine transforms equal torchvision's, alone and combined")
    func affines() {
        #expect(goldens.affines.count == 200)
        for golden in goldens.affines {
            let motion = AffineMotion(
                degrees: golden.degrees, right: golden.translate[0], down: golden.translate[1], scale: golden.scale,
                shearX: golden.shear[0], shearY: golden.shear[1])
            let image = pattern(width: golden.from[0], height: golden.from[1]).moved(
                motion, sampling: golden.sampling, center: golden.center.map { PixelPoint($0) },
                fill: RGBColor(golden.fill))
            #expect(image.checksum == golden.crc, "\(golden)")
        }
    }

    @Test("Perspective coefficients and pixels equal torchvision's")
    func perspectives() {
        #expect(goldens.perspectives.count == 120)
        var equal = 0
        for golden in goldens.perspectives {
            let size = PixelSize(width: golden.from[0], height: golden.from[1])
            let corners = ImageCorners(
                topLeft: PixelPoint(golden.corners[0]), topRight: PixelPoint(golden.corners[1]),
                bottomRight: PixelPoint(golden.corners[2]), bottomLeft: PixelPoint(golden.corners[3]))
            let coefficients = corners.coefficients(to: ImageCorners(width: size.width, height: size.height))
            for (ours, theirs) in zip(coefficients, golden.coefficients) {
                // Both round to Float, from neighboring doubles.
                #expect(abs(ours - theirs) <= Double(Float(theirs).ulp) + 1e-12, "\(golden)")
            }
            let image = pattern(width: size.width, height: size.height)
            let drawn = Warp(perspective: golden.coefficients).image(
                of: image, size: size, sampling: golden.sampling, fill: RGBColor(golden.fill))
            #expect(drawn.checksum == golden.crc, "\(golden)")
            let seen = image.seen(at: corners, sampling: golden.sampling, fill: RGBColor(golden.fill))
            equal += seen == drawn ? 1 : 0
            #expect(coefficients != golden.coefficients || seen == drawn)
        }
        // The last digit of a coefficient can move a position over the edge between two pixels.
        #expect(equal >= 118, "\(equal) of 120 images are equal.")
    }

    @Test("Padding of every mode equals torchvision's, even if wider than the image")
    func paddings() {
        for golden in goldens.paddings {
            let border = ImageBorder(mode: golden.mode, fill: golden.fill)
            let image = pattern(width: golden.from[0], height: golden.from[1])
                .padded(Padding(golden.padding), border: border)
            #expect([image.width, image.height] == golden.to && image.checksum == golden.crc, "\(golden)")
        }
    }

    @Test("Random crops of padded images equal torchvision's")
    func randomCrops() {
        for golden in goldens.randomCrops {
            let padding = Padding(golden.padding)
            let transform = RandomCrop(
                width: golden.crop[0], height: golden.crop[1], padding: padding, padsIfNeeded: true,
                border: ImageBorder(mode: golden.mode, fill: golden.fill))
            let padded = padding.rectangle(width: golden.from[0], height: golden.from[1])
            func place(_ crop: Int, _ length: Int) -> Int {
                // Padding on both sides of a small image precedes the first pixel.
                let added = max(0, crop - length)
                return Int(Double(length + 2 * added - crop) * golden.share) - added
            }
            let rectangle = PixelRectangle(
                x: place(golden.crop[0], padded.width), y: place(golden.crop[1], padded.height),
                width: golden.crop[0], height: golden.crop[1])
            let image = transform.apply(rectangle, to: pattern(width: golden.from[0], height: golden.from[1]))
            #expect(image.checksum == golden.crc, "\(golden)")
        }
    }

    @Test("Five and ten crops equal torchvision's")
    func fiveAndTenCrops() {
        for golden in goldens.views {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            let (width, height) = (golden.crop[0], golden.crop[1])
            let ten = TenCrop(width: width, height: height, flipsVertically: golden.vertical)(image)
            #expect(ten.map(\.checksum) == golden.crcs, "\(golden)")
            #expect(FiveCrop(width: width, height: height)(image) == Array(ten[..<5]))
        }
    }

    @Test("Letterboxes equal YOLO's")
    func letterboxes() {
        var random = random
        for golden in goldens.letterboxes {
            let image = pattern(width: golden.from[0], height: golden.from[1])
            #expect(Letterbox(golden.side)(image, using: &random).checksum == golden.crc, "\(golden)")
        }
    }

    @Test("Random erasing gives up after ten tries, as in torchvision")
    func erasings() {
        var given = 0
        for golden in goldens.erasings {
            let (width, height) = (golden.from[0], golden.from[1])
            let size = zip(golden.shares, golden.ratios).lazy.compactMap { share, ratio in
                RandomErasing.size(width: width, height: height, share: share, ratio: ratio)
            }.first
            // The golden random numbers select the last valid position.
            let rectangle = size.map { [width - $0.width, height - $0.height, $0.width, $0.height] }
            #expect(rectangle == golden.rectangle, "\(golden)")
            given += rectangle == nil ? 1 : 0
        }
        #expect(given > 3 && goldens.erasings.count - given > 50)
    }
}
