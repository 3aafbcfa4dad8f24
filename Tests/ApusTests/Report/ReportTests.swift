import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// Reports of real runs and evaluations.
@TensorActor
@Suite("Reports") struct ReportTests {
    @Test("A run writes a page that describes it")
    func trainingReport() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            let classes = ["<b>ants</b> & \"bees\"", "蚂蚁 🐜"]
            // A folder name has no slash.
            try Samples.writeClasses(
                classes.map { $0.replacing("/", with: "") }, count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            configuration.output.writesReport = true
            let run = folder.appending(path: "run")
            let whole = try await ImageClassifier.train(on: data, configuration, directory: run.path)
            let first = try bytes(of: whole.directory.page)
            let document = try WellFormed(String(decoding: first, as: UTF8.self))
            #expect(document.texts.contains("Diagnosis"))
            #expect(document.texts.contains(whole.findings[0].sentence))
            #expect(document.texts.contains("<b>ants<b> & \"bees\""))
            #expect(document.texts.contains { $0.contains("apus predict \(run.path)/best.safetensors") })
            #expect(document.texts.contains { $0.contains("\"batch-size\" : 4") })
            #expect(document.texts.contains(Versions.line.isEmpty ? "" : "Created with \(Versions.line)."))
            #expect(document.elements.contains("picture"))
            let text = String(decoding: try bytes(of: whole.directory.report), as: UTF8.self)
            #expect(!text.contains(" training images, "), "these numbers are in the line of images")

            try FileManager.default.removeItem(at: run)
            _ = try await ImageClassifier.train(on: data, configuration, directory: run.path)
            #expect(try bytes(of: whole.directory.page) == first, "equal runs, equal bytes")
        }
    }

    @Test("Without a report the validation images are not read again")
    func noReport() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 6, to: URL(filePath: data))
            let configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            #expect(!configuration.output.writesReport)
            let run = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            #expect(!FileManager.default.fileExists(atPath: run.directory.page))
            #expect(FileManager.default.fileExists(atPath: run.directory.report))
        }
    }

    @Test("An evaluation page has metrics and images, in a file or a folder")
    func evaluationReport() async throws {
        try await withTemporaryFolder { folder in
            let classes = ["red", "blue", "green"]
            try Samples.writeClasses(classes, count: 4, to: folder.appending(path: "data"))
            let classifier = try Networks.classifier(classes: classes)
            let images = try EvaluationData(at: folder.appending(path: "data").path).images
            let evaluation = try await classifier.evaluate(images)
            for (place, name) in [(folder.path, "report.html"), (folder.path + "/other.html", "other.html")] {
                let file = try ReportFile(place)
                try await classifier.writeReport(
                    of: evaluation, on: images, data: "photos", split: .test, model: "it's.safetensors", to: file)
                let html = String(decoding: try bytes(of: folder.path + "/" + name), as: UTF8.self)
                let document = try WellFormed(html)
                #expect(document.texts.contains(evaluation.loss.fixed(4)))
                #expect(document.texts.contains("photos, test split"))
                #expect(document.texts.contains { $0.contains("apus predict 'it'\\''s.safetensors' IMAGE...") })
                #expect(document.texts.contains("Explanations"))
                // Each image of the galleries, and explanations of some of them.
                #expect(document.values(of: "src").count { $0.hasPrefix("data:image/jpeg") } > 12)
            }
            #expect(names(in: folder.path, endingWith: ".html").count == 2)
        }
    }

    @Test(
        "A report path that cannot be written is an error before an evaluation",
        arguments: ["nowhere/report.html", "nowhere/"]
    )
    func badPlace(_ path: String) throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/" + path
            let error = #expect(throws: ApusError.self) { try ReportFile(path) }
            #expect(error.map { "\($0)".hasPrefix("\(path): ") } == true)
        }
    }

    @Test("A thousand images of a thousand classes give a page below 5 MB")
    func size() async throws {
        let classCount = 1000
        let images = Photos(classCount: classCount)
        var tally = makeTally(isMultiLabel: false, classes: images.classNames, images: images)
        try RandomState.seed(0)
        for start in stride(from: 0, to: images.count, by: 100) {
            let places = Array(start..<start + 100)
            let hints = places.flatMap { place -> [Float] in
                var row = [Float](repeating: 0, count: classCount)
                row[images.label(at: place)] = 5
                return row
            }
            let logits = try Tensor.randn([100, classCount]) * 2 + Tensor(hints, shape: [100, classCount])
            tally.add(try Logits(logits.array(), images: 100, classes: classCount), images: places) { _ in }
        }
        let evaluation = tally.evaluation(errors: 0)
        let sections = EvaluationSections(
            evaluation: evaluation, plots: try EvaluationPlots(of: evaluation),
            thumbnails: Thumbnails(dataset: images, options: ImageReadingOptions()), attention: Attention(),
            map: nil)
        let page = Page(
            kind: "Evaluation report", title: "Size", lead: sections.lead, keyMetrics: sections.keyMetrics,
            sections: sections.sections, colophon: "")
        let html = page.html()
        #expect(html.count < 5_000_000)
        #expect(String(decoding: html, as: UTF8.self).split(separator: "data:image/jpeg;").count > 48)

        // A matrix of many classes shows those that are confused.
        let mapped = ReportMap.selection(of: images, in: evaluation)
        let pair = try #require(evaluation.confusion?.mostConfused(1).first)
        let classes = Set((0..<mapped.count).map { mapped.label(at: $0) })
        #expect(classes.count <= 16 && classes.isSuperset(of: [pair.truth, pair.prediction]))
    }
}

/// A thousand images of noise, which compress worse than photos.
private struct Photos: ImageDataset {
    let classNames: [String]
    let count = 1000
    private let noise: Image

    init(classCount: Int) {
        classNames = (0..<classCount).map { "class number \($0)" }
        var state: UInt32 = 1
        let pixels = (0..<256 * 192 * 3).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 26) &* 4
        }
        noise = Image(width: 256, height: 192, pixels: pixels)
    }

    func label(at index: Int) -> Int { index % classNames.count }
    func name(at index: Int) -> String { "photos/\(index).jpg" }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image { noise }
}

private func names(in folder: String, endingWith ending: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(ending) }
}
