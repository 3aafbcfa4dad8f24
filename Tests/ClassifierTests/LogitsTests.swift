import Foundation
import Testing

@testable import Classifier

@Suite("Logits") struct LogitsTests {
    private func row(_ values: [Float]) throws -> Logits.Row {
        try Logits(values, images: 1, classes: values.count)[0]
    }

    private func logarithms(_ values: [Float], temperature: Double = 1) throws -> [Double] {
        let softmax = try row(values).softmax(temperature: temperature)
        return values.indices.map { softmax.logarithm($0) }
    }

    private func expect(_ values: [Double], _ expected: [Double], within tolerance: Double = 1e-15) {
        #expect(values.count == expected.count)
        for (value, expected) in zip(values, expected) {
            #expect(value == expected || abs(value - expected) <= tolerance * max(1, abs(expected)))
        }
    }

    @Test("A row holds the outputs of one image")
    func rows() throws {
        let logits = try Logits([1, 2, 3, 4, 5, 6], images: 2, classes: 3)
        #expect(logits.map { [$0[0], $0[1], $0[2]] } == [[1, 2, 3], [4, 5, 6]])
        #expect(try Logits([], images: 0, classes: 3).isEmpty)
    }

    @Test("Outputs without one number for each class are refused", arguments: [(2, 4), (1, 3), (0, 3), (2, 0)])
    func sizes(_ images: Int, _ classes: Int) {
        #expect(throws: ApusError.self) { try Logits([1, 2, 3, 4, 5, 6], images: images, classes: classes) }
    }

    @Test("The log-softmax equals values computed by hand")
    func logSoftmax() throws {
        expect(try logarithms([0, 0]), [-log(2), -log(2)])
        // e⁰ : e¹ : e², divided by their sum.
        let sum = 1 + M_E + M_E * M_E
        expect(try logarithms([0, 1, 2]), [-log(sum), 1 - log(sum), 2 - log(sum)])
        expect(try logarithms([-5]), [0])
    }

    @Test("Large logits neither overflow nor lose small values")
    func largeLogits() throws {
        expect(try logarithms([1e30, 0]), [0, -Double(1e30 as Float)])
        expect(try logarithms([1000, 999]), [-log1p(exp(-1)), -1 - log1p(exp(-1))])
        expect(try logarithms([-1000, -1000]), [-log(2), -log(2)])
        expect(try logarithms([800, 0, 0]), [0, -800, -800])
        let softmax = try row([30, 0]).softmax()
        #expect(abs(softmax[1] - exp(-30)) < 1e-12 * exp(-30) && abs(softmax.logarithm(0) + exp(-30)) < 1e-15)
    }

    @Test("A logit of minus infinity has probability 0; NaN and infinity make all probabilities NaN")
    func nonFiniteLogits() throws {
        expect(try logarithms([0, -.infinity, 0]), [-log(2), -.infinity, -log(2)])
        #expect(try row([0, -.infinity]).softmax()[1] == 0)
        let broken: [[Float]] = [
            [.nan, 0, 1], [0, .nan, 1], [0, 1, .nan], [0, .infinity, 1], [-.infinity, -.infinity, -.infinity],
        ]
        for values in broken {
            #expect(try logarithms(values).allSatisfy(\.isNaN), "\(values)")
            let softmax = try row(values).softmax()
            #expect(softmax.confidence.isNaN && softmax[0].isNaN && softmax.squaredError(0).isNaN)
        }
    }

    @Test("A temperature divides the logits", arguments: [0.05, 0.5, 1, 3, 1000])
    func temperature(_ temperature: Double) throws {
        let divided = [2.0, -1, 0.5].map { exp($0 / temperature) }
        let expected = divided.map { $0 / divided.reduce(0, +) }
        let softmax = try row([2, -1, 0.5]).softmax(temperature: temperature)
        expect((0..<3).map { softmax[$0] }, expected)
        expect(try logarithms([2, -1, 0.5], temperature: temperature), expected.map { log($0) }, within: 1e-14)
        expect([softmax.confidence], [expected[0]])
        #expect(softmax.best == 0)
    }

    @Test("The squared error and the variance of the logits follow from the probabilities")
    func moments() throws {
        let values: [Float] = [2, -1, 0.5]
        let softmax = try row(values).softmax(temperature: 2)
        let weights = (0..<3).map { softmax[$0] }
        let mean = zip(weights, values).reduce(0) { $0 + $1.0 * Double($1.1) }
        let variance = zip(weights, values).reduce(0) { $0 + $1.0 * pow(Double($1.1) - mean, 2) }
        let error = pow(weights[0], 2) + pow(1 - weights[1], 2) + pow(weights[2], 2)
        expect(
            [softmax.squaredError(1), softmax.excess(over: 1), softmax.variance], [error, mean + 1, variance],
            within: 1e-14)
    }

    @Test("The sigmoid is correct at extreme logits")
    func sigmoid() throws {
        let row = try row([0, 2, -2, 1e4, -1e4, 40, -40, .infinity, -.infinity])
        expect(
            (0..<9).map { row.sigmoid($0) },
            [0.5, 1 / (1 + exp(-2)), 1 / (1 + exp(2)), 1, 0, 1 - exp(-40), exp(-40), 1, 0])
        #expect(row.sigmoid(6) > 0)
        #expect(try self.row([.nan]).sigmoid(0).isNaN)
    }

    @Test("Binary cross-entropy is the mean over the classes")
    func binaryCrossEntropy() throws {
        expect(try [row([0, 0]).binaryCrossEntropy([true, false])], [log(2)])
        let probability = 1 / (1 + exp(-3.0))
        expect(
            try [row([3, 3, -3]).binaryCrossEntropy([true, false, false])],
            [-(log(probability) + log(1 - probability) + log(probability)) / 3], within: 1e-14)
        // A certain correct prediction costs nothing, a certain wrong one its logit.
        expect(try [row([1e4, -1e4]).binaryCrossEntropy([true, false])], [0])
        expect(try [row([1e4, -1e4]).binaryCrossEntropy([false, true])], [1e4])
        #expect(try row([.nan, 0]).binaryCrossEntropy([true, false]).isNaN)
        #expect(try row([.infinity, 0]).binaryCrossEntropy([false, false]) == .infinity)
    }

    @Test("The highest logits come first; equal ones keep the order of the classes")
    func order() throws {
        let row = try row([1, 3, 3, -0.0, 0, 3, -.infinity])
        #expect(row.best == 1)
        #expect(row.top(7) == [1, 2, 5, 0, 3, 4, 6])
        #expect([1, 2, 5, 0, 3, 4, 6].map(row.rank) == Array(0..<7))
        #expect(row.top(0).isEmpty && row.top(2) == [1, 2] && row.top(100) == row.top(7))
    }

    @Test("The top classes equal those of a full sort", arguments: [1, 2, 5, 12, 13, 50, 100])
    func few(_ count: Int) throws {
        // Many are equal.
        let values = (0..<100).map { Float($0 * 37 % 100 / 4) }
        let sorted = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        let row = try row(values)
        #expect(row.top(count) == Array(sorted.prefix(count)))
        #expect(row.best == sorted[0] && sorted.map(row.rank) == Array(0..<100))
    }
}
