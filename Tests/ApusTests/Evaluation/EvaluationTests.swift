import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// The metrics of an evaluation against those that the test computes from logits.
@TensorActor
@Suite("Evaluation") struct EvaluationTests {
    private let classes = ["red", "blue", "green", "yellow", "pink", "cyan", "white"]

    /// The expected metrics, computed image by image in double precision.
    private struct ExpectedMetrics {
        var count = 0, top1 = 0, top5 = 0
        var losses: [Double] = []

        mutating func add(_ logits: [Float], label: Int) {
            let values = logits.map { Double($0) }
            let total = values.reduce(0) { $0 + exp($1) }
            losses.append(log(total) - values[label])
            let rank = values.count { $0 > values[label] }
            count += 1
            if rank == 0 { top1 += 1 }
            if rank < 5 { top5 += 1 }
        }

        var loss: Double { losses.reduce(0, +) / Double(count) }
    }

    private func expectedMetrics(
        _ classifier: ImageClassifier, _ images: any ImageDataset
    ) async throws -> ExpectedMetrics {
        var expectedMetrics = ExpectedMetrics()
        for (index, prediction) in try await classifier.predictions(of: images).enumerated() {
            expectedMetrics.add(prediction.logits ?? [], label: images.label(at: index))
        }
        return expectedMetrics
    }

    @Test("Metrics weight images, not batches") func batches() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(classes, count: 3, to: data)
            // The predictions of the untrained network are correct for some images and wrong for others.
            let classifier = try Networks.classifier(classes: classes.sorted())
            let images = try EvaluationData(at: data.path).images
            let expected = try await expectedMetrics(classifier, images)
            #expect(expected.count == 21)
            #expect(expected.top5 > expected.top1 && expected.top5 < 21)

            // Five batches of four and one of a single image.
            let progress = Collected<Int>()
            let evaluation = try await classifier.evaluate(images, options: .init(batchSize: 4)) { events in
                for await case .progress(let done, 21) in events { progress.append(done) }
            }
            #expect(evaluation.count == 21)
            #expect(evaluation.errors == 0)
            #expect(abs(evaluation.top1 - Double(expected.top1) / 21) < 1e-12)
            #expect(abs(evaluation.top5 - Double(expected.top5) / 21) < 1e-12)
            #expect(abs(evaluation.loss - expected.loss) < 1e-5)
            // A slow reader may miss some.
            #expect(progress.elements.last == 21 && Set(progress.elements).isSubset(of: [4, 8, 12, 16, 20, 21]))
            #expect(evaluation.classes.map(\.label) == classes.sorted())
            #expect(evaluation.classes.map(\.support) == Array(repeating: 3, count: 7))
            #expect(evaluation.classes.map(\.correct).reduce(0, +) == expected.top1)

            // The mean of the batch means is a different number here, so the comparison distinguishes the two.
            let means = stride(from: 0, to: 21, by: 4).map { start -> Double in
                let batch = expected.losses[start..<min(start + 4, 21)]
                return batch.reduce(0, +) / Double(batch.count)
            }
            #expect(abs(means.reduce(0, +) / Double(means.count) - expected.loss) > 1e-3)
        }
    }

    @Test("Classes are matched by name, and data may lack some") func missingClasses() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "white", "cyan"], count: 2, to: data)
            // By position blue, cyan and white would be 0, 1 and 2; among the model's classes they are 1, 5 and 6.
            let classifier = try Networks.classifier(classes: classes)
            let images = try EvaluationData(at: data.path).images
            let expected = try await expectedMetrics(classifier, images.relabeled(to: classes))
            let evaluation = try await classifier.evaluate(images)
            #expect(evaluation.count == 6)
            #expect(abs(evaluation.loss - expected.loss) < 1e-5)
            #expect(evaluation.classes.filter { $0.support > 0 }.map(\.label) == ["blue", "cyan", "white"])
            #expect(evaluation.absentClasses == ["red", "green", "yellow", "pink"])
            let byPlace = try await expectedMetrics(classifier, images)
            #expect(abs(byPlace.loss - expected.loss) > 1e-3)
        }
    }

    @Test("One class of the model is enough") func oneClass() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["pink"], count: 2, to: folder.appending(path: "data"))
            let classifier = try Networks.classifier(classes: classes)
            let evaluation = try await classifier.evaluate(
                EvaluationData(at: folder.appending(path: "data").path).images)
            #expect(evaluation.classes.filter { $0.support > 0 }.map(\.label) == ["pink"])
        }
    }

    @Test("A class that the model does not know is an error that names it") func unknownClass() async throws {
        try await withTemporaryFolder { folder in
            try Samples.writeClasses(["blue", "mauve"], count: 2, to: folder.appending(path: "data"))
            let classifier = try Networks.classifier(classes: classes)
            let images = try EvaluationData(at: folder.appending(path: "data").path).images
            let error = await #expect(throws: DatasetError.self) { try await classifier.evaluate(images) }
            #expect(error?.code == .unknownClass)
            #expect(error?.description.contains("\"mauve\"") == true)
            #expect(error?.description.contains("\"blue\"") == true)
        }
    }

    @Test("Unreadable images are counted and named") func unreadableImages() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 4, to: data)
            let good = try await Networks.classifier(classes: classes).evaluate(EvaluationData(at: data.path).images)
            let bad = ["blue/1a.jpg", "red/0a.png", "red/9.webp"]
            for name in bad { try Data("no image".utf8).write(to: data.appending(path: name)) }
            let failures = Collected<SampleFailure>()
            let classifier = try Networks.classifier(classes: classes)
            let evaluation = try await classifier.evaluate(
                EvaluationData(at: data.path).images, options: .init(batchSize: 3)
            ) { events in
                for await case .unreadable(let failure) in events { failures.append(failure) }
            }
            #expect(evaluation.errors == 3)
            #expect(evaluation.count == 8)
            #expect(abs(evaluation.loss - good.loss) < 1e-5)
            #expect(failures.elements.map(\.name) == bad.map { "\(data.path)/\($0)" })

            // Without a readable image there are no metrics.
            for folder in ["blue", "red"] {
                for name in try names(in: "\(data.path)/\(folder)") {
                    try Data("no image".utf8).write(to: data.appending(path: "\(folder)/\(name)"))
                }
            }
            let images = try EvaluationData(at: data.path).images
            let error = await #expect(throws: ApusError.self) { try await classifier.evaluate(images) }
            #expect(error?.description.contains("none of the 11 images") == true)
            #expect(error?.description.contains("\(data.path)/blue/0.png") == true)
        }
    }
}
