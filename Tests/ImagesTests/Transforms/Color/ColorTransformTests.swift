import TestSupport
import Testing

@testable import Images

@Suite("Random color transforms")
struct ColorTransformTests {
    @Test("ColorJitter draws every order equally often and each amount from its whole range")
    func jitter() {
        let jitter = ColorJitter(brightness: 0.4, contrast: 0.2, saturation: 1.5, hue: 0.1)
        #expect(jitter.saturation == 0...2.5 && jitter.hue == -0.1...0.1)
        var orders: [[Int]: Int] = [:]
        var amounts = [[Double]](repeating: [], count: 4)
        for operations in draws(jitter, 4800) {
            let order = operations.map { operation in
                switch operation {
                case .brightness(let amount):
                    amounts[0].append(amount)
                    return 0
                case .contrast(let amount):
                    amounts[1].append(amount)
                    return 1
                case .saturation(let amount):
                    amounts[2].append(amount)
                    return 2
                case .hue(let amount):
                    amounts[3].append(amount)
                    return 3
                default: return 9
                }
            }
            orders[order, default: 0] += 1
        }
        // 200 each, with a standard deviation of 14.
        #expect(orders.count == 24 && orders.values.allSatisfy { abs($0 - 200) < 65 })
        for (values, range) in zip(amounts, [jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue]) {
            expectUniform(values, in: range, count: 4800)
        }
    }

    private func expectUniform(_ values: [Double], in range: ClosedRange<Double>, count: Int) {
        #expect(values.count == count && values.allSatisfy(range.contains))
        let width = range.upperBound - range.lowerBound
        var counts = [Int](repeating: 0, count: 8)
        for value in values { counts[min(7, Int((value - range.lowerBound) / width * 8))] += 1 }
        let expected = count / 8
        #expect(counts.allSatisfy { abs($0 - expected) < expected / 4 }, "\(range): \(counts)")
    }

    @Test("Amounts that are not set are not changed")
    func partOfJitter() {
        #expect(draws(ColorJitter(), 20).allSatisfy { $0.isEmpty })
        let onlyHue = draws(ColorJitter(brightness: 1...1, contrast: 1...1, saturation: 1...1, hue: 0.25...0.25), 20)
        #expect(onlyHue.allSatisfy { $0 == [.hue(0.25)] })
        let two = draws(ColorJitter(brightness: 0.5, contrast: 0.5), 100)
        #expect(two.allSatisfy { $0.count == 2 })
        // Brightness comes first in about half of all.
        let first = two.count { operations in
            if case .brightness = operations[0] { true } else { false }
        }
        #expect((25...75).contains(first))
    }

    @Test("Each transform occurs with its probability and does its operation")
    func occasional() {
        let image = pattern(width: 16, height: 12)
        let transforms: [(any OccasionalColorTransform, ColorOperation)] = [
            (RandomGrayscale(probability: 0.3), .grayscale),
            (RandomSharpness(factor: 2.5, probability: 0.3), .sharpness(2.5)),
            (RandomPosterize(bits: 3, probability: 0.3), .posterize(bits: 3)),
            (RandomSolarize(threshold: 77, probability: 0.3), .solarize(threshold: 77)),
            (RandomEqualize(probability: 0.3), .equalize),
            (RandomAutocontrast(probability: 0.3), .autocontrast),
            (RandomInvert(probability: 0.3), .invert),
        ]
        for (transform, operation) in transforms {
            #expect(transform.operation == operation)
            func check(_ transform: some OccasionalColorTransform) {
                #expect(abs(draws(transform, 3000).count { $0 } - 900) < 120)
                #expect(transform.apply(true, to: image) == image.applying([operation]))
                #expect(transform.apply(false, to: image) == image)
            }
            check(transform)
        }
        #expect(draws(RandomInvert(probability: 0), 50).allSatisfy { !$0 })
        #expect(draws(RandomInvert(probability: 1), 50).allSatisfy { $0 })
        #expect(RandomGrayscale().probability == 0.1 && RandomEqualize().probability == 0.5)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        #expect(Grayscale()(image, using: &random) == image.applying([.grayscale]))
    }

    @Test("Gaussian blur draws its standard deviation from its range")
    func blur() {
        expectUniform(draws(GaussianBlur(kernelSize: 5), 4000), in: 0.1...2, count: 4000)
        #expect(draws(GaussianBlur(kernelSize: 3, sigma: 1.5...1.5), 9).allSatisfy { $0 == 1.5 })
    }

    @Test("Permutations and coin tosses are uniform")
    func choices() {
        var orders: [[Int]: Int] = [:]
        var heads = 0
        for random in samples(6000) {
            var random = random
            orders[random.permutation(of: 3), default: 0] += 1
            heads += random.coin() ? 1 : 0
        }
        #expect(orders.count == 6 && orders.values.allSatisfy { abs($0 - 1000) < 130 })
        #expect(abs(heads - 3000) < 170)
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        #expect(random.permutation(of: 0) == [] && random.permutation(of: 1) == [0])
    }
}
