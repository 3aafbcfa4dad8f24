import Drawing
import Foundation
import Images
import Testing

@testable import Apus
@testable import Classifier

/// What is drawn of an evaluation.
@Suite struct EvaluationFigureTests {
    /// An evaluation of pictures whose logits come from a formula.
    private func evaluation(
        classes: Int, count: Int, calibration: ModelCalibration? = nil, names: [String] = []
    ) throws -> Evaluation {
        let labels = (0..<count).map { $0 * 7 % classes }
        let names = names + (names.count..<classes).map { "class \($0)" }
        var tally = SingleLabelTally(classes: names, pictures: Named(names, labels), calibration: calibration)
        var random = SystemlessRandom(state: 3)
        for start in stride(from: 0, to: count, by: 100) {
            let rows = start..<min(start + 100, count)
            let logits = rows.flatMap { row in
                (0..<classes).map { label -> Float in
                    let distance = abs(label - labels[row])
                    return random.next() * 4 + (distance == 0 ? 5 : distance % 10 == 5 ? 3 : 0)
                }
            }
            tally.add(try Logits(logits, images: rows.count, classes: classes), pictures: Array(rows)) { _ in }
        }
        return tally.evaluation(errors: 0)
    }

    /// Uniform numbers that are the same everywhere.
    private struct SystemlessRandom {
        var state: UInt64

        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
    }

    private func expectPicture(_ drawing: any Drawable) throws {
        let png = try drawing.png(scale: 1)
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 2000)
        // For a look at them.
        if let folder = ProcessInfo.processInfo.environment["APUS_FIGURES"] {
            try Data(png).write(to: URL(filePath: folder).appending(path: "\(UUID().uuidString.prefix(8)).png"))
        }
    }

    @Test(arguments: [2, 10, 102])
    func everyFigureOfAnEvaluation(_ classes: Int) throws {
        let calibration = try ModelCalibration(temperature: 2, pictures: 10)
        let evaluation = try evaluation(
            classes: classes, count: 600, calibration: calibration,
            names: ["狗 🐶", "a \"b\" <script>" + String(repeating: " long", count: 40)])
        for theme in [Theme.light, .dark] {
            let confusion = try #require(evaluation.confusion).figure(theme: theme)
            #expect(confusion.rowLabels.count == classes)
            try expectPicture(confusion)
            try expectPicture(try #require(evaluation.reliabilityFigure(theme: theme)))
            try expectPicture(try #require(evaluation.classFigure(theme: theme)))
            if classes == 2 {
                try expectPicture(try #require(evaluation.rocFigure(theme: theme)))
                try expectPicture(try #require(evaluation.precisionRecallFigure(theme: theme)))
            } else {
                #expect(evaluation.rocFigure() == nil && evaluation.precisionRecallFigure() == nil)
            }
        }
    }

    @Test func manyClassesAreShownWhereTheyAreConfused() throws {
        let evaluation = try evaluation(classes: 1000, count: 3000)
        let confusion = try #require(evaluation.confusion)
        try expectPicture(try confusion.figure())
        let figure = try confusion.figure(atMost: 40)
        #expect(figure.rowLabels.count <= 40 && figure.rowLabels.count >= 38)
        let worst = try #require(confusion.mostConfused(1).first)
        #expect(figure.rowLabels.contains(confusion.labels[worst.truth]))
        #expect(figure.rowLabels.contains(confusion.labels[worst.prediction]))
        try expectPicture(figure)
        let bars = try #require(evaluation.classFigure(atMost: 25))
        #expect(bars.bars.count == 25)
        #expect(bars.bars.map(\.value) == bars.bars.map(\.value).sorted())
    }
}

/// Pictures that have a name and a label, and can't be read.
private struct Named: ImageDataset {
    let classNames: [String]
    let places: [Int]

    init(_ classNames: [String], _ labels: [Int]) { (self.classNames, places) = (classNames, labels) }

    var count: Int { places.count }
    func label(at index: Int) -> Int { places[index] }
    func name(at index: Int) -> String { "picture \(index)" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        throw DatasetError(.missing, "there is no picture")
    }
}
