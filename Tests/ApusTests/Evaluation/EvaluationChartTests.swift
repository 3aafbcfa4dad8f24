import Drawing
import Foundation
import Images
import Testing

@testable import Apus
@testable import Classifier

/// The charts of an evaluation.
@Suite("Charts of an evaluation") struct EvaluationChartTests {
    /// An evaluation of images whose logits come from a formula.
    private func evaluation(
        classes: Int, count: Int, calibration: ModelCalibration? = nil, names: [String] = []
    ) throws -> Evaluation {
        let labels = (0..<count).map { $0 * 7 % classes }
        let names = names + (names.count..<classes).map { "class \($0)" }
        var tally = SingleLabelTally(classes: names, images: Named(names, labels), calibration: calibration)
        var random = SystemlessRandom(state: 3)
        for start in stride(from: 0, to: count, by: 100) {
            let rows = start..<min(start + 100, count)
            let logits = rows.flatMap { row in
                (0..<classes).map { label -> Float in
                    let distance = abs(label - labels[row])
                    return random.next() * 4 + (distance == 0 ? 5 : distance % 10 == 5 ? 3 : 0)
                }
            }
            tally.add(try Logits(logits, images: rows.count, classes: classes), images: Array(rows)) { _ in }
        }
        return tally.evaluation(errors: 0)
    }

    /// Uniform numbers that are the same on every machine.
    private struct SystemlessRandom {
        var state: UInt64

        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
    }

    private func expectImage(_ drawing: any Drawable) throws {
        let png = try drawing.png(scale: 1)
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 2000)
        // For visual inspection.
        if let folder = ProcessInfo.processInfo.environment["APUS_FIGURES"] {
            try Data(png).write(to: URL(filePath: folder).appending(path: "\(UUID().uuidString.prefix(8)).png"))
        }
    }

    @Test("Every chart of an evaluation is drawn", arguments: [2, 10, 102])
    func charts(_ classes: Int) throws {
        let calibration = try ModelCalibration(temperature: 2, images: 10)
        let evaluation = try evaluation(
            classes: classes, count: 600, calibration: calibration,
            names: ["狗 🐶", "a \"b\" <script>" + String(repeating: " long", count: 40)])
        for theme in [Theme.light, .dark] {
            let confusion = try #require(evaluation.confusion).plot(theme: theme)
            #expect(confusion.rowLabels.count == classes)
            try expectImage(confusion)
            try expectImage(try #require(evaluation.reliabilityPlot(theme: theme)))
            try expectImage(try #require(evaluation.recallPlot(theme: theme)))
            if classes == 2 {
                try expectImage(try #require(evaluation.rocPlot(theme: theme)))
                try expectImage(try #require(evaluation.precisionRecallPlot(theme: theme)))
            } else {
                #expect(evaluation.rocPlot() == nil && evaluation.precisionRecallPlot() == nil)
            }
        }
    }

    @Test("A confusion matrix of many classes shows those that are confused") func manyClasses() throws {
        let evaluation = try evaluation(classes: 1000, count: 3000)
        let confusion = try #require(evaluation.confusion)
        try expectImage(try confusion.plot())
        let figure = try confusion.plot(atMost: 40)
        #expect(figure.rowLabels.count <= 40 && figure.rowLabels.count >= 38)
        let worst = try #require(confusion.mostConfused(1).first)
        #expect(figure.rowLabels.contains(confusion.labels[worst.truth]))
        #expect(figure.rowLabels.contains(confusion.labels[worst.prediction]))
        try expectImage(figure)
        let bars = try #require(evaluation.recallPlot(atMost: 25))
        #expect(bars.bars.count == 25)
        #expect(bars.bars.map(\.value) == bars.bars.map(\.value).sorted())
    }
}

/// Images with a name and a label that are not readable.
private struct Named: ImageDataset {
    let classNames: [String]
    let places: [Int]

    init(_ classNames: [String], _ labels: [Int]) { (self.classNames, places) = (classNames, labels) }

    var count: Int { places.count }
    func label(at index: Int) -> Int { places[index] }
    func name(at index: Int) -> String { "image \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        throw DatasetError(.missing, "there is no image")
    }
}
