import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Augmentation policies against torchvision")
struct PolicyGoldenTests {
    private struct Policies: Decodable {
        struct Choice: Decodable {
            let kind: AugmentationKind
            let isSigned: Bool
            let magnitudes: [Double]
        }

        struct Space: Decodable {
            let width: Int
            let height: Int
            let policy: String
            let bins: Int
            let choices: [Choice]
        }

        struct Step: Decodable {
            let kind: AugmentationKind
            let probability: Double
            let level: Int
        }

        let spaces: [Space]
        let pairs: [String: [[Step]]]
    }

    @Test("The operations, their order and every magnitude equal torchvision's")
    func spaces() throws {
        let spaces = try Goldens.json("transforms/policies.json", as: Policies.self).spaces
        #expect(spaces.count == 18)
        for golden in spaces {
            let (width, height) = (golden.width, golden.height)
            let space: AugmentationSpace? =
                switch golden.policy {
                case "RandAugment": RandAugment.space(bins: golden.bins, width: width, height: height)
                case "AutoAugment": AutoAugment.space(width: width, height: height)
                case "TrivialAugmentWide": TrivialAugmentWide.space(bins: golden.bins)
                case "AugMix": AugMix.space(usesAllOperations: true, width: width, height: height)
                case "AugMix without blends": AugMix.space(usesAllOperations: false, width: width, height: height)
                default: nil
                }
            let ours = try #require(space)
            let name = "\(golden.policy), \(golden.bins) bins, \(width) x \(height)"
            #expect(ours.bins == golden.bins && ours.choices.map(\.kind) == golden.choices.map(\.kind), "\(name)")
            for (choice, expected) in zip(ours.choices, golden.choices) {
                let levels = choice.magnitudes == .none ? 0 : ours.bins
                let magnitudes = (0..<levels).map { ours.magnitude(of: choice, level: $0) }
                #expect(magnitudes == expected.magnitudes, "\(name), \(choice.kind)")
                #expect(choice.kind.isSigned == expected.isSigned, "\(name), \(choice.kind)")
            }
        }
    }

    @Test("The pairs of AutoAugment equal torchvision's")
    func pairs() throws {
        let golden = try Goldens.json("transforms/policies.json", as: Policies.self).pairs
        #expect(golden.count == AutoAugmentPolicy.allCases.count)
        for policy in AutoAugmentPolicy.allCases {
            let expected = try #require(golden[policy.rawValue]).map { pair in
                pair.map { AutoAugmentPolicy.Step($0.kind, $0.probability, $0.level) }
            }
            #expect(policy.pairs == expected && expected.count == 25)
        }
    }

    @Test("Each operation on an image equals torchvision's")
    func moves() throws {
        let rows = try Goldens.table("transforms/moves.tsv")
        #expect(Set(rows.compactMap { $0["operation"] }).count == AugmentationKind.allCases.count)
        for row in rows {
            let kind = try #require(AugmentationKind(rawValue: row["operation"] ?? ""))
            let magnitude = try #require(Double(row["magnitude"] ?? ""))
            let sampling = try #require(Sampling(rawValue: row["sampling"] ?? ""))
            let fill = (row["fill"] ?? "").split(separator: ",").compactMap { UInt8($0) }
            let width = try #require(Int(row["width"] ?? ""))
            let height = try #require(Int(row["height"] ?? ""))
            let result = pattern(width: width, height: height).applying(
                [kind.operation(magnitude: magnitude)], sampling: sampling,
                fill: RGBColor(red: fill[0], green: fill[1], blue: fill[2]))
            #expect(
                String(result.checksum) == row["crc"], "\(kind) \(magnitude), \(sampling), \(width) x \(height)")
        }
    }

    private struct Mixture: Decodable {
        struct Operation: Decodable {
            let kind: AugmentationKind
            let magnitude: Double
        }

        struct Chain: Decodable {
            let weight: Float
            let operations: [Operation]
        }

        let width: Int
        let height: Int
        let originalWeight: Float
        let chains: [Chain]
        let crc: UInt32
    }

    @Test("The mixtures of AugMix equal torchvision's")
    func mixtures() throws {
        for golden in try Goldens.json("transforms/mixtures.json", as: [Mixture].self) {
            let chains = golden.chains.map { chain in
                AugMix.Chain(
                    weight: chain.weight,
                    operations: chain.operations.map { $0.kind.operation(magnitude: $0.magnitude) })
            }
            let mixture = AugMix.Mixture(originalWeight: golden.originalWeight, chains: chains)
            let result = AugMix().apply(mixture, to: pattern(width: golden.width, height: golden.height))
            #expect(result.checksum == golden.crc, "\(golden.width) x \(golden.height), \(mixture)")
        }
    }
}
