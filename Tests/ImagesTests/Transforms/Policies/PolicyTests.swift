import TestSupport
import Testing

@testable import Images

@Suite("Random draws of augmentation policies")
struct PolicyTests {
    /// The frequency of each operation, and that of negative magnitudes.
    private struct Tally {
        var counts: [String: Int] = [:]
        var negatives = 0
        var signed = 0

        mutating func add(_ operation: AugmentationOperation) {
            let (name, sign): (String, Double?) =
                switch operation {
                case .identity: ("identity", nil)
                case .shear(let x, let y): (x != 0 ? "shear x" : "shear y", x + y)
                case .translate(let x, let y): (x != 0 ? "translate x" : "translate y", Double(x + y))
                case .rotate(let degrees): ("rotate", degrees)
                case .color(let change):
                    switch change {
                    case .brightness(let factor): ("brightness", factor - 1)
                    case .contrast(let factor): ("contrast", factor - 1)
                    case .saturation(let factor): ("saturation", factor - 1)
                    case .sharpness(let factor): ("sharpness", factor - 1)
                    case .posterize: ("posterize", nil)
                    case .solarize: ("solarize", nil)
                    default: ("\(change)", nil)
                    }
                }
            counts[name, default: 0] += 1
            if let sign, sign != 0 {
                signed += 1
                negatives += sign < 0 ? 1 : 0
            }
        }
    }

    @Test("RandAugment draws N of fourteen operations uniformly, with one magnitude and random signs")
    func randAugment() {
        var tally = Tally()
        for operations in draws(RandAugment(), 7000, width: 200, height: 100) {
            #expect(operations.count == 2)
            for operation in operations {
                tally.add(operation)
                // Level 9 of 31.
                switch operation {
                case .shear(let x, let y): #expect(abs(abs(x + y) - 0.09) < 1e-6)
                case .translate(let x, 0): #expect(abs(x) == 27)
                case .translate(_, let y): #expect(abs(y) == 13)
                case .rotate(let degrees): #expect(abs(abs(degrees) - 9) < 1e-5)
                case .color(.posterize(let bits)): #expect(bits == 7)
                default: break
                }
            }
        }
        #expect(tally.counts.count == 14 && tally.counts.values.allSatisfy { abs($0 - 1000) < 130 }, "\(tally.counts)")
        #expect(abs(Double(tally.negatives) / Double(tally.signed) - 0.5) < 0.03)
        #expect(draws(RandAugment(operations: 0), 3).allSatisfy { $0.isEmpty })
        #expect(draws(RandAugment(operations: 5, magnitude: 0), 3).allSatisfy { $0.count == 5 })
    }

    @Test("TrivialAugmentWide draws fourteen operations and all magnitudes equally often")
    func trivialAugment() {
        var tally = Tally()
        var degrees: Set<Double> = []
        for operation in draws(TrivialAugmentWide(bins: 7), 14_000) {
            tally.add(operation)
            if case .rotate(let angle) = operation { degrees.insert(angle) }
        }
        // Shears and shifts of level 0 are equal.
        #expect(tally.counts.values.reduce(0, +) == 14_000)
        for name in ["rotate", "brightness", "posterize", "equalize", "identity", "autocontrast", "solarize"] {
            #expect(abs((tally.counts[name] ?? 0) - 1000) < 130, "\(name)")
        }
        #expect(tally.counts["invert"] == nil)
        #expect(abs(Double(tally.negatives) / Double(tally.signed) - 0.5) < 0.03)
        #expect(degrees == Set([0, 22.5, 45, 67.5, 90, 112.5, 135].flatMap { [$0, -$0] }))
    }

    @Test("AutoAugment draws each pair equally often and each operation with its probability")
    func autoAugment() {
        // A fifth of SVHN's pairs: (Invert 0.9, Equalize 0.6) occurs twice, and so on; both sides count.
        let policy = AutoAugmentPolicy.svhn
        var expected: [String: Double] = [:]
        for step in policy.pairs.flatMap({ $0 }) {
            expected[step.kind.rawValue, default: 0] += step.probability / 25
        }
        let count = 10_000
        var invert = 0
        var equalize = 0
        var turns: [Double] = []
        var lengths = [0, 0, 0]
        for operations in draws(AutoAugment(policy), count) {
            lengths[operations.count] += 1
            for operation in operations {
                switch operation {
                case .color(.invert): invert += 1
                case .color(.equalize): equalize += 1
                case .rotate(let degrees): turns.append(degrees)
                default: break
                }
            }
        }
        func isNear(_ number: Int, _ kind: String) -> Bool {
            abs(Double(number) / Double(count) - (expected[kind] ?? 0)) < 0.02
        }
        #expect(isNear(invert, "Invert") && isNear(equalize, "Equalize") && isNear(turns.count, "Rotate"))
        #expect(lengths.allSatisfy { $0 > 0 })
        #expect(abs(Double(turns.count { $0 < 0 }) / Double(turns.count) - 0.5) < 0.05)
        // A probability of 0 never occurs: (Equalize 0, Equalize 0.8) is ImageNet's thirteenth pair.
        #expect(AutoAugmentPolicy.imageNet.pairs[12][0].probability == 0)
    }

    @Test("AugMix draws weights that sum to one and chains of one to three weak operations")
    func augMix() {
        var depths = [Int](repeating: 0, count: 4)
        var originals = 0.0
        var firsts = 0.0
        var tally = Tally()
        let count = 3000
        for mixture in draws(AugMix(), count, width: 90, height: 60) {
            let sum = mixture.originalWeight + mixture.chains.map(\.weight).reduce(0, +)
            #expect(abs(sum - 1) < 1e-5 && mixture.chains.count == 3)
            originals += Double(mixture.originalWeight)
            firsts += Double(mixture.chains[0].weight)
            for chain in mixture.chains {
                depths[chain.operations.count] += 1
                for operation in chain.operations {
                    tally.add(operation)
                    // Levels 0 to 2 of 10.
                    if case .rotate(let degrees) = operation { #expect(abs(degrees) < 6.7) }
                    if case .translate(let x, let y) = operation { #expect(abs(x) <= 6 && abs(y) <= 4) }
                    if case .color(.posterize(let bits)) = operation { #expect((3...4).contains(bits)) }
                }
            }
        }
        #expect(depths[0] == 0 && depths[1...].allSatisfy { abs($0 - count) < count / 10 })
        #expect(abs(originals / Double(count) - 0.5) < 0.02 && abs(firsts / Double(count) - 1.0 / 6) < 0.015)
        #expect(tally.counts["brightness"] != nil && tally.counts["invert"] == nil && tally.counts["identity"] == nil)
        for mixture in draws(AugMix(width: 2, depth: 4, usesAllOperations: false), 100) {
            #expect(mixture.chains.count == 2 && mixture.chains.allSatisfy { $0.operations.count == 4 })
            for case .color(.brightness) in mixture.chains.flatMap(\.operations) { Issue.record("No blends.") }
        }
    }

    @Test("Every policy accepts an image of one pixel")
    func onePixel() {
        let dot = pattern(width: 1, height: 1)
        let policies: [any ImageTransform] = [
            RandAugment(magnitude: 30), TrivialAugmentWide(), AutoAugment(.cifar10), AutoAugment(.svhn),
            AugMix(severity: 10),
        ]
        for random in samples(60) {
            for policy in policies {
                var random = random
                let result = policy(dot, using: &random)
                #expect(result.width == 1 && result.height == 1)
            }
        }
    }
}
