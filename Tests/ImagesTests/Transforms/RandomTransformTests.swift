import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Random numbers and random transforms")
struct RandomTransformTests {
    @Test("Counted random numbers depend on all four inputs and nothing else")
    func counted() {
        func draw(_ seed: UInt64, _ epoch: Int, _ index: Int, _ stream: UInt64) -> [UInt64] {
            var random = CountedRandom(seed: seed, epoch: epoch, index: index, stream: stream)
            return (0..<4).map { _ in random.next() }
        }
        #expect(draw(1, 2, 3, 4) == draw(1, 2, 3, 4))
        var seen: Set<UInt64> = []
        for seed in 0..<UInt64(6) {
            for epoch in 0..<6 {
                for index in 0..<6 {
                    for stream in 0..<UInt64(6) { seen.formUnion(draw(seed, epoch, index, stream)) }
                }
            }
        }
        #expect(seen.count == 6 * 6 * 6 * 6 * 4)
    }

    @Test("The numbers of a seed never change")
    func promise() {
        var random = CountedRandom(seed: 42, epoch: 3, index: 7)
        #expect(random.next() == 2_565_022_184_523_549_416)
        #expect(random.next() == 3_165_964_945_987_493_257)
        #expect(random.uniform(below: 1000) == 414)
        #expect(random.uniform() == 0.9731194182961053)
    }

    @Test("First draws of neighboring samples are uniform and independent")
    func uniformity() {
        var counts = [Int](repeating: 0, count: 16)
        var sum = 0.0
        var product = 0.0
        var previous = 0.5
        let count = 20_000
        for index in 0..<count {
            var random = CountedRandom(seed: 0, epoch: 0, index: index)
            let value = random.uniform()
            #expect((0..<1).contains(value))
            counts[Int(value * 16)] += 1
            sum += value
            product += (value - 0.5) * (previous - 0.5)
            previous = value
        }
        #expect(abs(sum / Double(count) - 0.5) < 0.01)
        #expect(abs(product / Double(count)) < 0.003)
        // Chi-squared with 15 degrees of freedom: 45 has a chance below 1 in 10,000.
        let expected = Double(count) / 16
        #expect(counts.reduce(0) { $0 + pow(Double($1) - expected, 2) / expected } < 45)
    }

    @Test("Integers below a bound are equally likely")
    func wholeNumbers() {
        var random = CountedRandom(seed: 9, epoch: 0, index: 0)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<14_000 { counts[random.uniform(below: 7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 2000) < 200 })
        #expect(random.uniform(below: 1) == 0)
        // With this bound a third of all draws must be rejected.
        let large = Int.max / 4 * 3
        #expect((0..<100).allSatisfy { _ in (0..<large).contains(random.uniform(below: large)) })
    }

    @Test("A random crop reaches every position")
    func randomCrop() {
        var places: Set<PixelRectangle> = []
        for index in 0..<500 {
            var random = CountedRandom(seed: 0, epoch: 0, index: index)
            places.insert(RandomCrop(5).parameters(width: 8, height: 7, using: &random))
        }
        let all = (0...3).flatMap { x in (0...2).map { y in PixelRectangle(x: x, y: y, width: 5, height: 5) } }
        #expect(places == Set(all))
    }

    @Test("A random crop pads a small image as a center crop does")
    func smallImage() {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let image = pattern(width: 6, height: 3)
        #expect(RandomCrop(9)(image, using: &random) == CenterCrop(9)(image, using: &random))
        let rectangle = RandomCrop(5).parameters(width: 9, height: 2, using: &random)
        #expect(rectangle.y == -1 && (0...4).contains(rectangle.x))
    }

    @Test("A flip occurs with its probability")
    func flip() {
        func flips(_ probability: Double) -> Int {
            (0..<4000).count { index in
                var random = CountedRandom(seed: 0, epoch: 0, index: index)
                return RandomHorizontalFlip(probability: probability).parameters(width: 1, height: 1, using: &random)
            }
        }
        #expect(flips(0) == 0 && flips(1) == 4000)
        #expect(abs(flips(0.5) - 2000) < 150 && abs(flips(0.3) - 1200) < 150)
    }

    @Test("Random resized crops keep to their area, aspect ratio and image")
    func randomResizedCrop() {
        let transform = RandomResizedCrop(32, scale: 0.2...0.6)
        var shares: [Double] = []
        for index in 0..<2000 {
            var random = CountedRandom(seed: 1, epoch: 0, index: index)
            let r = transform.parameters(width: 400, height: 300, using: &random)
            #expect(r.x >= 0 && r.y >= 0 && r.x + r.width <= 400 && r.y + r.height <= 300)
            #expect((0.74...1.35).contains(Double(r.width) / Double(r.height)))
            shares.append(Double(r.width * r.height) / 120_000)
        }
        #expect(shares.allSatisfy { (0.19...0.61).contains($0) })
        #expect(abs(shares.reduce(0, +) / 2000 - 0.4) < 0.02)
        var random = CountedRandom(seed: 1, epoch: 0, index: 0)
        #expect(transform(pattern(width: 1, height: 300), using: &random).width == 32)
    }

    @Test("Preprocessing is read back from a file, and a broken file is refused")
    func preprocessing() throws {
        let original = Preprocessing(
            resizeShortSide: 232, cropSize: 224, mean: [0.1, 0.2, 0.3], standardDeviation: [1, 2, 3],
            interpolation: .bicubic, appliesOrientation: false)
        let data = try JSONEncoder().encode(original)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == original)
        #expect(!original.readingOptions.appliesOrientation && Preprocessing.imageNet.readingOptions.appliesOrientation)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = try #require(String(data: encoder.encode(Preprocessing.imageNet), encoding: .utf8))
        for (good, bad) in [
            ("224", "0"), ("256", "-1"), ("\"cropSize\"", "\"crop\""), ("[0.485,", "["), ("bilinear", "nearest"),
        ] {
            let broken = text.replacing(good, with: bad)
            #expect(broken != text)
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Preprocessing.self, from: Data(broken.utf8))
            }
        }
        // Files from before the option existed.
        let older = text.replacing("\"interpolation\":\"bilinear\",", with: "")
        #expect(older != text)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: Data(older.utf8)) == .imageNet)
    }
}
