import Foundation
import Images
import TestSupport
import Testing

@testable import Classifier

/// Metrics against those of scikit-learn, torchmetrics and SciPy, from `scripts/goldens/evaluation.py`.
@Suite("Metrics against scikit-learn") struct EvaluationGoldenTests {
    struct Goldens: Decodable {
        let many: Single
        let two: Single
        let several: Several
    }

    struct Single: Decodable {
        let logits: [[Float]]
        let labels: [Int]
        let confusion: [[Int]]
        let told: [Int]
        let classes: [[Double]]
        let macro: [Double]
        let weighted: [Double]
        let top: [String: [Double]]
        let temperature: Double
        let before: Confidence
        let after: Confidence
        let curves: [Curves]?
    }

    struct Several: Decodable {
        let logits: [[Float]]
        let truth: [[Float]]
        let classes: [[Double]]
        let macro: [Double]
        let weighted: [Double]
        let micro: [Double]
        let loss: Double
        let meanAveragePrecision: Double
        let curves: [Curves]
    }

    struct Confidence: Decodable {
        let loss: Double
        let brier: Double
        let expectedError: Double
        let largestError: Double
    }

    struct Curves: Decodable {
        let area: Double
        let averagePrecision: Double
        let roc: [[Double]]
        let precisionRecall: [[Double]]
    }

    private let goldens: Goldens

    init() throws { goldens = try TestSupport.Goldens.json("evaluation.json") }

    private func expect(_ scores: ClassScores, _ expected: [Double]) {
        for (value, expected) in zip([scores.precision, scores.recall, scores.f1], expected) {
            #expect(abs(value - expected) < 1e-12)
        }
    }

    private func expect(_ metrics: ConfidenceMetrics?, _ expected: Confidence) throws {
        let metrics = try #require(metrics)
        #expect(abs(metrics.negativeLogLikelihood - expected.loss) < 1e-9)
        #expect(abs(metrics.brierScore - expected.brier) < 1e-9)
        // torchmetrics adds in float32.
        #expect(abs(metrics.expectedCalibrationError - expected.expectedError) < 1e-7)
        #expect(abs(metrics.maximumCalibrationError - expected.largestError) < 1e-7)
        #expect(metrics.bins.count == 15)
    }

    private func expect(_ curves: ClassCurves, _ expected: Curves) throws {
        #expect(abs(try #require(curves.areaUnderROC) - expected.area) < 1e-12)
        #expect(abs(curves.averagePrecision - expected.averagePrecision) < 1e-12)
        func expect(_ points: [[Double]], _ expected: [[Double]]) {
            #expect(points.count == expected.count)
            for (point, expected) in zip(points, expected) {
                #expect(zip(point, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(point) and \(expected)")
            }
        }
        expect(curves.roc.map { [$0.falsePositiveRate, $0.truePositiveRate] }, expected.roc)
        expect(curves.precisionRecall.map { [$0.recall, $0.precision] }, expected.precisionRecall)
    }

    /// Evaluates the case in batches of seven.
    private func evaluation(
        _ golden: Single, _ calibration: ModelCalibration? = nil, topK: [Int] = []
    ) throws -> Evaluation {
        let classes = golden.logits[0].indices.map { "class \($0)" }
        var tally = SingleLabelTally(
            classes: classes, images: Named(classes, golden.labels), calibration: calibration, topK: topK)
        for start in stride(from: 0, to: golden.labels.count, by: 7) {
            let rows = start..<min(start + 7, golden.labels.count)
            let logits = try Logits(golden.logits[rows].flatMap(\.self), images: rows.count, classes: classes.count)
            tally.add(logits, images: Array(rows)) { _ in }
        }
        return tally.evaluation(errors: 0)
    }

    @Test("The metrics of many classes equal scikit-learn's") func manyClasses() throws {
        let golden = goldens.many
        let evaluation = try evaluation(golden, topK: [3, 2])
        #expect(evaluation.confusion?.counts() == golden.confusion)
        #expect(evaluation.classes.map(\.index) == golden.told)
        #expect(evaluation.absentClasses == ["class 5"])
        for (place, result) in evaluation.classes.enumerated() {
            expect(result.scores, golden.classes.map { $0[place] })
        }
        expect(evaluation.macro, golden.macro)
        expect(evaluation.weighted, golden.weighted)
        #expect(evaluation.topK.map(\.k) == [1, 2, 3, 5])
        for top in evaluation.topK {
            let expected = try #require(golden.top["\(top.k)"])
            for (value, expected) in zip([top.accuracy.value, top.accuracy.lower, top.accuracy.upper], expected) {
                #expect(abs(value - expected) < 1e-9)
            }
        }
        try expect(evaluation.uncalibrated, golden.before)
        #expect(evaluation.calibrated == nil && evaluation.curves.isEmpty && evaluation.temperature == nil)
        #expect(abs(evaluation.loss - golden.before.loss) < 1e-9)
    }

    @Test("The temperature is optimal and changes probabilities alone") func optimalTemperature() throws {
        for golden in [goldens.many, goldens.two] {
            var sample = LogitSample(classCount: golden.logits[0].count)
            let logits = try Logits(
                golden.logits.flatMap(\.self), images: golden.labels.count, classes: golden.logits[0].count)
            sample.add(logits, golden.labels)
            let temperature = try #require(sample.temperature())
            #expect(abs(temperature - golden.temperature) < 2e-6 * golden.temperature)
            let calibration = try ModelCalibration(temperature: temperature, images: golden.labels.count)
            let plain = try evaluation(golden)
            let evaluation = try evaluation(golden, calibration)
            try expect(evaluation.uncalibrated, golden.before)
            let after = try #require(evaluation.calibrated)
            #expect(abs(after.negativeLogLikelihood - golden.after.loss) < 1e-7)
            #expect(abs(after.brierScore - golden.after.brier) < 1e-5)
            #expect(abs(after.expectedCalibrationError - golden.after.expectedError) < 1e-5)
            #expect(evaluation.loss == after.negativeLogLikelihood && evaluation.loss < plain.loss)
            #expect(evaluation.confusion == plain.confusion && evaluation.topK == plain.topK)
            #expect(sample.metrics(temperature: temperature) == after)
        }
    }

    /// Each image is reported in order; the gallery keeps those at both ends, however many there are.
    @Test("The outcome of every image is reported") func imageOutcomes() throws {
        let golden = goldens.many
        let classes = golden.logits[0].indices.map { "class \($0)" }
        var tally = SingleLabelTally(classes: classes, images: Named(classes, golden.labels))
        var outcomes: [ImageOutcome] = []
        for start in stride(from: 0, to: 90, by: 7) {
            let rows = start..<min(start + 7, 90)
            let logits = try Logits(golden.logits[rows].flatMap(\.self), images: rows.count, classes: classes.count)
            tally.add(logits, images: Array(rows)) { outcomes.append($0) }
        }
        let evaluation = tally.evaluation(errors: 0)
        #expect(outcomes.map(\.file) == (0..<90).map { "image \($0)" })
        #expect(outcomes.map(\.truth) == golden.labels.map { [$0] })
        #expect(Double(outcomes.count { $0.isCorrect }) / 90 == evaluation.top1)
        #expect(abs(outcomes.reduce(0) { $0 + $1.loss } / 90 - evaluation.loss) < 1e-12)
        #expect(outcomes.allSatisfy { abs($0.loss + log($0.truthProbability ?? 0)) < 1e-9 })
        let gallery = evaluation.gallery
        #expect(gallery.worst.count == 48)
        #expect(gallery.worst == Array(outcomes.sorted { $0.loss > $1.loss }.prefix(48)))
        #expect(gallery.mostCertain == Array(outcomes.sorted { $0.probability > $1.probability }.prefix(48)))
        #expect(gallery.leastCertain == Array(outcomes.sorted { $0.probability < $1.probability }.prefix(48)))
    }

    @Test("Two classes have ROC and precision-recall curves") func twoClasses() throws {
        let golden = goldens.two
        let calibration = try ModelCalibration(temperature: golden.temperature, images: 40)
        let evaluation = try evaluation(golden, calibration)
        for (curves, expected) in try zip(evaluation.curves, #require(golden.curves)) { try expect(curves, expected) }
        #expect(evaluation.curves.map(\.label) == ["class 0", "class 1"])
        #expect(evaluation.classes.map(\.averagePrecision) == evaluation.curves.map { $0.averagePrecision })
    }

    @Test("The metrics of multi-label images equal scikit-learn's") func multiLabel() throws {
        let golden = goldens.several
        let classes = ["a", "b", "c", "d"]
        let images = Named(classes, golden.truth.map { row in row.indices.filter { row[$0] > 0.5 } })
        var tally = MultiLabelTally(classes: classes, images: images)
        for start in stride(from: 0, to: golden.truth.count, by: 7) {
            let rows = start..<min(start + 7, golden.truth.count)
            let logits = try Logits(golden.logits[rows].flatMap(\.self), images: rows.count, classes: 4)
            tally.add(logits, images: Array(rows)) { _ in }
        }
        let evaluation = tally.evaluation(errors: 0)
        for (place, result) in evaluation.classes.enumerated() {
            expect(result.scores, golden.classes.map { $0[place] })
            try expect(evaluation.curves[place], golden.curves[place])
        }
        expect(evaluation.macro, golden.macro)
        expect(evaluation.weighted, golden.weighted)
        expect(try #require(evaluation.micro), golden.micro)
        #expect(abs(evaluation.loss - golden.loss) < 1e-6)
        #expect(abs(try #require(evaluation.meanAveragePrecision) - golden.meanAveragePrecision) < 1e-12)
        #expect(evaluation.isMultiLabel && evaluation.confusion == nil && evaluation.uncalibrated == nil)
    }
}

/// Images with a name and labels that are not readable.
private struct Named: ImageDataset {
    let classNames: [String]
    let places: [[Int]]

    init(_ classNames: [String], _ labels: [Int]) { self.init(classNames, labels.map { [$0] }) }
    init(_ classNames: [String], _ labels: [[Int]]) { (self.classNames, places) = (classNames, labels) }

    var count: Int { places.count }
    func label(at index: Int) -> Int { places[index][0] }
    func labels(at index: Int) -> [Int] { places[index] }
    func name(at index: Int) -> String { "image \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        throw DatasetError(.missing, "there is no image")
    }
}
