import Foundation
import TestSupport
import Testing
import Torch

@testable import Apus

/// Against results of cleanlab and scikit-learn from `scripts/goldens/embeddings.py`.
@Suite("Confident learning") struct ConfidentLearningTests {
    struct Golden: Decodable {
        let classes: Int
        let labels: [Int]
        let probabilities: [Double]
        let thresholds: [Double]
        let joint: [[Int]]
        let selfConfidenceOrder: [Int]
        let marginOrder: [Int]
        let selfConfidence: [Double]
        let normalizedMargin: [Double]

        var predictions: LabeledProbabilities {
            LabeledProbabilities(labels: labels, classes: classes, values: probabilities)
        }
    }

    private static let goldens = Result { try Goldens.json("embeddings/labels.json", as: [Golden].self) }

    @Test("The joint distribution equals cleanlab's", arguments: 0..<4) func jointDistribution(_ number: Int) throws {
        let golden = try Self.goldens.get()[number]
        let joint = ConfidentJoint(golden.predictions)
        #expect(zip(joint.thresholds, golden.thresholds).allSatisfy { abs(($0 ?? 2) - $1) < 1e-9 })
        #expect(joint.counts == golden.joint)
    }

    @Test("Label issues and their order equal cleanlab's", arguments: 0..<4) func labelIssues(_ number: Int) throws {
        let golden = try Self.goldens.get()[number]
        let predictions = golden.predictions
        for row in golden.labels.indices {
            #expect(abs(predictions.selfConfidence(row) - golden.selfConfidence[row]) < 1e-8)
            #expect(abs(predictions.normalizedMargin(row) - golden.normalizedMargin[row]) < 1e-8)
        }
        let issues = predictions.issues(ConfidentJoint(predictions))
        #expect(
            issues.sorted { predictions.selfConfidence($0) < predictions.selfConfidence($1) }
                == golden.selfConfidenceOrder)
        #expect(
            issues.sorted { predictions.normalizedMargin($0) < predictions.normalizedMargin($1) }
                == golden.marginOrder)
    }

    @Test("Rounding keeps the sum") func rounding() {
        #expect(
            ConfidentJoint.rounded([0.4, 0.4, 0.2]) == [1, 0, 0]
                || ConfidentJoint.rounded([0.4, 0.4, 0.2]) == [0, 1, 0])
        #expect(ConfidentJoint.rounded([1.6, 1.6, 0.8]).reduce(0, +) == 4)
        #expect(ConfidentJoint.rounded([2, 3]) == [2, 3])
    }

    @TensorActor
    @Test("The linear probe equals scikit-learn's") func linearProbe() async throws {
        struct Golden: Decodable {
            struct Regression: Decodable {
                let shape: [Int]
                let values: [Double]
                let labels: [Int]
                let strength: Double
                let weight: [Double]
                let bias: [Double]
            }
            let regression: Regression
        }
        let golden = try Goldens.json("embeddings/maps.json", as: Golden.self).regression
        var minimizer = LBFGS()
        (minimizer.tolerance, minimizer.maximumSteps) = (1e-9, 1000)
        let probe = try await LinearProbe(
            features: Tensor(golden.values, shape: golden.shape), labels: golden.labels,
            rows: Array(golden.labels.indices), classes: golden.bias.count, strength: golden.strength,
            minimizer: minimizer)
        let weight = try probe.weight.array(as: Double.self)
        let bias = try probe.bias.array(as: Double.self)
        #expect(zip(weight, golden.weight).allSatisfy { abs($0 - $1) < 1e-4 })
        // All biases may be shifted by the same amount; scikit-learn's and Apus' sum to 0.
        #expect(zip(bias, golden.bias).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Folds are stratified and depend on the seed") func folds() {
        let labels = (0..<103).map { $0 % 10 == 0 ? 1 : 0 }
        let dealt = StratifiedFolds(labels: labels, count: 4, seed: 5)
        for fold in 0..<4 {
            let (inside, outside) = dealt.rows(of: fold)
            #expect(inside.count + outside.count == labels.count)
            #expect((25...26).contains(inside.count))
            #expect((2...3).contains(inside.count { labels[$0] == 1 }))
        }
        #expect(StratifiedFolds(labels: labels, count: 4, seed: 5).folds == dealt.folds)
        #expect(StratifiedFolds(labels: labels, count: 4, seed: 6).folds != dealt.folds)
    }
}
