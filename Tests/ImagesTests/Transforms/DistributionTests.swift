import Foundation
import Testing

@testable import Images

@Suite("Random distributions")
struct DistributionTests {
    private static let count = 40_000

    /// Mean and variance of many draws, each from separate random numbers.
    private func moments(_ draw: (inout CountedRandom) -> Double) -> (mean: Double, variance: Double) {
        var sum = 0.0
        var squares = 0.0
        for index in 0..<Self.count {
            var random = CountedRandom(seed: 8, epoch: 0, index: index)
            let value = draw(&random)
            sum += value
            squares += value * value
        }
        let mean = sum / Double(Self.count)
        return (mean, squares / Double(Self.count) - mean * mean)
    }

    @Test("The normal distribution has the correct moments")
    func normal() {
        let (mean, variance) = moments { $0.normal(mean: 3, standardDeviation: 2) }
        #expect(abs(mean - 3) < 0.05 && abs(variance - 4) < 0.15)
        let (_, fourth) = moments { pow($0.normal(), 2) }
        #expect(abs(fourth - 2) < 0.15)
    }

    @Test("The gamma distribution has the correct moments", arguments: [0.1, 0.5, 1, 2.5, 30])
    func gamma(shape: Double) {
        let (mean, variance) = moments { $0.gamma(shape: shape) }
        // Mean and variance equal the shape. The kurtosis is 6 / shape, which is large for small shapes.
        let deviation = (shape / Double(Self.count)).squareRoot()
        #expect(abs(mean - shape) < 5 * deviation)
        #expect(abs(variance - shape) < 5 * shape * ((2 + 6 / shape) / Double(Self.count)).squareRoot())
    }

    @Test(
        "The beta distribution has the correct moments",
        arguments: [(0.1, 0.1), (0.2, 0.2), (1, 1), (0.4, 2), (5, 3)]
    )
    func beta(first: Double, second: Double) {
        let (mean, variance) = moments { $0.beta(first, second) }
        let sum = first + second
        #expect(abs(mean - first / sum) < 0.01)
        #expect(abs(variance - first * second / (sum * sum * (sum + 1))) < 0.005)
    }

    @Test("A beta distribution with tiny parameters gives one end or the other, and never NaN")
    func extremeBeta() {
        let (mean, variance) = moments { random in
            let value = random.beta(0.001, 0.001)
            #expect(value >= 0 && value <= 1)
            return value
        }
        #expect(abs(mean - 0.5) < 0.02 && variance > 0.24)
    }

    @Test("A Dirichlet sample sums to one and has equal means")
    func dirichlet() {
        for concentration in [0.01, 1, 20] {
            let (mean, _) = moments { random in
                let parts = random.dirichlet(concentration, count: 4)
                #expect(parts.count == 4 && abs(parts.reduce(0, +) - 1) < 1e-12 && parts.allSatisfy { $0 >= 0 })
                return parts[2]
            }
            #expect(abs(mean - 0.25) < 0.015)
        }
        let (_, variance) = moments { $0.dirichlet(1, count: 4)[0] }
        // a (A - a) / (A A (A + 1)) with a = 1 and A = 4.
        #expect(abs(variance - 3.0 / 80) < 0.002)
    }

    @Test("Chances and integer ranges are uniform")
    func choices() {
        let (mean, _) = moments { $0.chance(0.3) ? 1 : 0 }
        #expect(abs(mean - 0.3) < 0.01)
        var random = CountedRandom(seed: 1, epoch: 0, index: 0)
        #expect(Set((0..<200).map { _ in random.uniform(in: -2...3) }) == Set(-2...3))
        #expect((0..<50).allSatisfy { _ in !random.chance(0) && random.chance(1) })
    }
}
