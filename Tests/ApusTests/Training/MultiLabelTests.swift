import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

/// Images that show several classes, or none.
@Suite("Multi-label training") struct MultiLabelTests {
    /// Images with a color in each half, and a table that names the colors.
    private func write(to folder: URL) throws -> String {
        var table = "path,label,split\n"
        for number in 0..<48 {
            let (left, right) = (number % 3, number / 3 % 3)
            let parts = [Samples.image(left, number), Samples.image(right, number)]
            var pixels: [UInt8] = []
            for row in 0..<36 {
                for (half, part) in parts.enumerated() {
                    let start = (row * part.width + half * 20) * 3
                    pixels += part.pixels[start..<start + 60]
                }
            }
            let image = Image(width: 40, height: 36, pixels: pixels)
            try Data(image.pngData()).write(to: folder.appending(path: "\(number).png"))
            let names = ["red", "blue", "green"]
            let labels = Set([names[left], names[right]]).sorted().joined(separator: ";")
            table += "\(number).png,\(labels),\(number < 36 ? "train" : "val")\n"
        }
        let path = folder.appending(path: "images.csv")
        try Data(table.utf8).write(to: path)
        return path.path
    }

    @Test("Every class is a separate question") func independentClasses() async throws {
        try await withTemporaryFolder { folder in
            let data = try write(to: folder)
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 12)
            configuration.optimizer.learningRate = 0.02
            let result = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            #expect(try #require(result.best.validationMeanAveragePrecision) > 0.9)
            let comparison = try RunComparison(reading: [result.directory.path, result.directory.path])
            #expect(comparison.validationMeasure == "mean average precision")
            #expect(
                try String(contentsOfFile: result.directory.report, encoding: .utf8).contains(
                    "| training label accuracy | validation loss | validation label accuracy | "
                        + "validation mean average precision |"))
            let classifier = try await ImageClassifier(contentsOf: result.directory.best)
            #expect(classifier.description.isMultiLabel && classifier.classes == ["blue", "green", "red"])

            let prediction = try await classifier.predict(folder.appending(path: "37.png").path)
            // Blue on the left, red on the right: the probabilities do not sum to one.
            #expect(Set(prediction.top.prefix(2).map(\.label)) == ["blue", "red"])
            #expect(prediction.labels.map { Set($0).isSuperset(of: ["blue", "red"]) } == true)
            #expect(prediction.top.reduce(0) { $0 + $1.probability } > 1.05)

            let images = try EvaluationData(at: data, split: .val).images
            let evaluation = try await classifier.evaluate(images)
            #expect(evaluation.count == 12)
            #expect(
                abs((evaluation.meanAveragePrecision ?? 0) - (result.best.validationMeanAveragePrecision ?? -1)) < 1e-6)
            // The accuracy is that of single labels, as in training, counted here image by image.
            let right = Collected<Int>()
            _ = try await classifier.evaluate(images) { events in
                for await case .result(let outcome) in events {
                    right.append(3 - Set(outcome.truth).symmetricDifference(outcome.prediction).count)
                }
            }
            #expect(abs(Double(right.elements.reduce(0, +)) / 36 - result.best.validationAccuracy) < 1e-12)
            let table = try String(contentsOfFile: result.directory.metrics, encoding: .utf8).split(separator: "\n")
            #expect(
                table[0]
                    == "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy,"
                    + "validation_mean_average_precision")
            #expect(try RunRecord(reading: result.directory.path).epochs == result.epochs)
            #expect(abs(evaluation.loss - result.best.validationLoss) < 1e-5)

            let single = folder.appending(path: "single")
            try Samples.writeClasses(["blue", "red"], count: 3, to: single)
            let other = try openDataset(at: single.path).training
            await #expect(throws: ApusError.self) { try await classifier.evaluate(other) }
        }
    }

    @Test(
        "A class that every image shows is learned with a weighted loss, and the plan has the weights"
    )
    func commonClass() async throws {
        try await withTemporaryFolder { folder in
            let data = try write(to: folder)
            let table = try String(contentsOfFile: data, encoding: .utf8).split(separator: "\n").map { line in
                let fields = line.split(separator: ",")
                return fields[0] == "path" ? String(line) : "\(fields[0]),\(fields[1]);always,\(fields[2])"
            }
            try Data((table.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 8)
            configuration.data.classBalancing = .weightedLoss
            let plans = Collected<TrainingPlan>()
            let result = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path
            ) { events in
                for await case .started(let plan) in events { plans.append(plan) }
            }
            let plan = try #require(plans.elements.first)
            #expect(plan.classes == ["always", "blue", "green", "red"])
            // Each color is on 20 of the 36 training images.
            #expect(plan.classWeights == [0.1, 0.8, 0.8, 0.8])
            #expect(plan.notes.contains { $0.contains("always 0.1, blue 0.8, green 0.8, red 0.8") }, "\(plan.notes)")
            let classifier = try await ImageClassifier(contentsOf: result.directory.last)
            for number in 37..<40 {
                let prediction = try await classifier.predict(folder.appending(path: "\(number).png").path)
                let always = try #require(prediction.top.first { $0.label == "always" })
                #expect(always.probability > 0.8)
            }
        }
    }

    @Test("A multi-label run refuses a coverage, because it cannot reject images as unknown")
    func noRejection() async throws {
        try await withTemporaryFolder { folder in
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 1)
            configuration.output.coverage = 0.9
            let (data, run) = (try write(to: folder), folder.appending(path: "run").path)
            let asked = configuration
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data, asked, directory: run)
            }
            #expect(error?.code == .invalidConfiguration && error?.name == "output.coverage")
            #expect(!FileManager.default.fileExists(atPath: run))
        }
    }

    /// The values are those of scikit-learn's `average_precision_score`.
    @Test("The average precision equals scikit-learn's") func averagePrecision() {
        func precision(_ scores: [Float], _ truth: [Int]) -> Double? {
            ClassAnswers(zip(scores, truth).map { .init(score: Double($0), isShown: $1 == 1) }).averagePrecision
        }
        func expect(_ value: Double?, _ expected: Double) { #expect(abs((value ?? -1) - expected) < 1e-12) }
        expect(precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0.8333333333333333)
        expect(precision([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 0, 1]), 0.7555555555555555)
        // Ties count together.
        expect(precision([0.5, 0.5, 0.5, 0.1], [1, 0, 0, 1]), 0.41666666666666663)
        expect(precision([1, 2], [1, 1]), 1)
        #expect(precision([1, 2], [0, 0]) == nil)
    }
}
