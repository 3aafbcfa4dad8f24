import Testing

@testable import Images

@Suite("Random geometric transforms")
struct RandomMotionTests {
    private func draw<Value>(_ count: Int = 2000, _ body: (inout CountedRandom) -> Value) -> [Value] {
        (0..<count).map { index in
            var random = CountedRandom(seed: 3, epoch: 0, index: index)
            return body(&random)
        }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    @Test("Angles are uniform in their range")
    func rotation() {
        let angles = draw { RandomRotation(degrees: 40).parameters(width: 9, height: 9, using: &$0) }
        #expect(angles.allSatisfy { (-40...40).contains($0) } && abs(mean(angles)) < 2)
        #expect(angles.contains { $0 < -38 } && angles.contains { $0 > 38 })
        #expect(abs(mean(angles.map { $0 * $0 }) - 40 * 40 / 3) < 30)
        #expect(
            draw(9) { RandomRotation(degrees: 7...7).parameters(width: 9, height: 9, using: &$0) } == [
                7, 7, 7, 7, 7, 7, 7, 7, 7,
            ])
    }

    @Test("Affine transforms keep to their ranges, and unset parts are not applied")
    func affine() {
        let full = RandomAffine(
            degrees: -5...10, translation: PixelPoint(x: 0.1, y: 0.2), scale: 0.5...2, shearX: -3...3, shearY: 1...2)
        let motions = draw { full.parameters(width: 100, height: 50, using: &$0) }
        #expect(motions.allSatisfy { (-5...10).contains($0.degrees) && (0.5...2).contains($0.scale) })
        #expect(Set(motions.map(\.right)) == Set(-10...10) && Set(motions.map(\.down)) == Set(-10...10))
        #expect(motions.allSatisfy { (-3...3).contains($0.shearX) && (1...2).contains($0.shearY) })
        let plain = draw(100) { RandomAffine(degrees: 0...0).parameters(width: 100, height: 50, using: &$0) }
        #expect(plain.allSatisfy { $0 == AffineMotion() })
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let image = pattern(width: 13, height: 7)
        #expect(RandomAffine(degrees: 0...0)(image, using: &random) == image)
    }

    @Test("Perspective moves each corner inward within its limit, with its probability")
    func perspective() {
        let transform = RandomPerspective(distortion: 0.5, probability: 0.4)
        let drawn = draw { transform.parameters(width: 41, height: 21, using: &$0) }
        let corners = drawn.compactMap(\.self)
        #expect(abs(corners.count - 800) < 100)
        #expect(Set(corners.map(\.topLeft.x)) == Set((0...10).map(Double.init)))
        #expect(Set(corners.map(\.bottomRight.x)) == Set((30...40).map(Double.init)))
        #expect(Set(corners.map(\.topRight.y)) == Set((0...5).map(Double.init)))
        #expect(Set(corners.map(\.bottomLeft.y)) == Set((15...20).map(Double.init)))
        let image = pattern(width: 9, height: 9)
        #expect(transform.apply(nil, to: image) == image)
        #expect(
            RandomPerspective(distortion: 0, probability: 1).parameters(width: 9, height: 9)
                == ImageCorners(width: 9, height: 9))
        // Even corners that meet in one point are valid.
        let point = PixelPoint(x: 4, y: 4)
        _ = image.seen(at: ImageCorners(topLeft: point, topRight: point, bottomRight: point, bottomLeft: point))
    }

    @Test("A vertical flip occurs with its probability")
    func flip() {
        let flips = draw { RandomVerticalFlip(probability: 0.3).parameters(width: 1, height: 1, using: &$0) }
        #expect(abs(flips.count { $0 } - 600) < 80)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let image = pattern(width: 5, height: 4)
        let flipped = RandomVerticalFlip(probability: 1)(image, using: &random)
        for y in 0..<4 {
            for x in 0..<5 { #expect(flipped[x: x, y: y] == image[x: x, y: 3 - y]) }
        }
        #expect(image.rotated(degrees: 180) == flipped.mirrored())
    }

    @Test("A padded crop reaches every position of the padded image")
    func crop() {
        let transform = RandomCrop(5, padding: Padding(left: 1, top: 0, right: 2, bottom: 0))
        let places = Set(draw { transform.parameters(width: 6, height: 7, using: &$0) })
        let all = (0...4).flatMap { x in (0...2).map { y in PixelRectangle(x: x, y: y, width: 5, height: 5) } }
        #expect(places == Set(all))
        let small = RandomCrop(5, padsIfNeeded: true)
        let x = Set(draw { small.parameters(width: 3, height: 9, using: &$0).x })
        #expect(x == [-2, -1, 0])
    }

    @Test("Erasing keeps to its area and fills with its color or a random one")
    func erasing() throws {
        let transform = RandomErasing(probability: 0.5, scale: 0.1...0.2, cover: .fill(.white))
        let drawn = draw { transform.parameters(width: 80, height: 60, using: &$0) }
        let erasures = drawn.compactMap(\.self)
        #expect(abs(erasures.count - 1000) < 120)
        for erasure in erasures {
            let r = erasure.rectangle
            #expect(r.x >= 0 && r.y >= 0 && r.x + r.width <= 80 && r.y + r.height <= 60)
            #expect((0.09...0.21).contains(Double(r.width * r.height) / 4800))
            #expect((0.25...4).contains(Double(r.height) / Double(r.width)))
        }
        let image = pattern(width: 8, height: 6)
        let erasure = RandomErasing.Erasure(rectangle: PixelRectangle(x: 2, y: 1, width: 3, height: 4), seed: 5)
        let white = transform.apply(erasure, to: image)
        let noisy = RandomErasing(cover: .noise).apply(erasure, to: image)
        var colors: Set<RGBColor> = []
        for y in 0..<6 {
            for x in 0..<8 {
                let isCovered = (2..<5).contains(x) && (1..<5).contains(y)
                #expect(white[x: x, y: y] == (isCovered ? .white : image[x: x, y: y]))
                if isCovered {
                    colors.insert(noisy[x: x, y: y])
                } else {
                    #expect(noisy[x: x, y: y] == image[x: x, y: y])
                }
            }
        }
        #expect(colors.count == 12)
        #expect(RandomErasing(cover: .noise).apply(erasure, to: image) == noisy)
        #expect(transform.apply(nil, to: image) == image)
    }

    @Test("A rotation within a chain receives the image drawn so far")
    func chain() {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let image = pattern(width: 40, height: 30)
        let chain: [any ImageTransform] = [
            Resize(shortSide: 20), RandomRotation(degrees: 30...30), CenterCrop(12), RandomVerticalFlip(probability: 1),
        ]
        let expected = image.resized(width: 26, height: 20).rotated(degrees: 30)
            .cropped(to: PixelRectangle(x: 7, y: 4, width: 12, height: 12)).flippedVertically()
        #expect(chain.apply(to: image, using: &random) == expected)
    }
}

extension RandomPerspective {
    fileprivate func parameters(width: Int, height: Int) -> ImageCorners? {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return parameters(width: width, height: height, using: &random)
    }
}
