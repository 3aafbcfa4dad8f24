import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// Calibration of a classifier: computed, stored, and applied.
@TensorActor
@Suite("Calibration") struct CalibrationTests {
    /// Images, some in the wrong folder, so that no network classifies all correctly.
    private func writeImages(to folder: URL) throws -> String {
        let data = folder.appending(path: "data")
        for (kind, name) in ["red", "blue"].enumerated() {
            let classFolder = data.appending(path: name)
            try FileManager.default.createDirectory(at: classFolder, withIntermediateDirectories: true)
            for number in 0..<20 {
                try Samples.write(
                    number.isMultiple(of: 4) ? 1 - kind : kind, number, to: classFolder.appending(path: "\(number).png")
                )
            }
        }
        return data.path
    }

    @Test("A run calibrates its models on its validation images") func calibratedRun() async throws {
        try await withTemporaryFolder { folder in
            let data = try writeImages(to: folder)
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 3)
            (configuration.output.coverage, configuration.data.validationSplit) = (0.75, 0.4)
            let result = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path)
            let printed = try #require(result.calibration).temperature.fixed(3)
            let text = try String(contentsOfFile: result.directory.report, encoding: .utf8)
            #expect(text.contains("- temperature \(printed), by ") && text.contains(" are rejected as unknown"))
            for path in [result.directory.best, result.directory.last] {
                let classifier = try await ImageClassifier(contentsOf: path)
                let calibration = try #require(classifier.description.calibration)
                #expect(calibration.temperature != 1 && calibration.images == 16 && calibration.coverage == 0.75)
                let aside = try EvaluationData(
                    calibrationAt: data, training: classifier.description.training
                ).images
                #expect(aside.count == 16)
                let (again, report) = try await classifier.with(nil).calibrated(on: aside, coverage: 0.75)
                let found = try #require(again.description.calibration)
                #expect(abs(found.temperature - calibration.temperature) < 1e-4 * found.temperature)
                #expect(report.hasTemperature)
                #expect(report.after.negativeLogLikelihood < report.before.negativeLogLikelihood)
                let evaluation = try await classifier.evaluate(aside)
                let known = evaluation.count - (try #require(evaluation.unknown).count)
                #expect((12...16).contains(known))
                #expect(abs(evaluation.loss - report.after.negativeLogLikelihood) < 1e-5)
                #expect(evaluation.temperature == calibration.temperature)
            }
        }
    }

    @Test(
        "Probabilities are computed from the logits divided by the temperature",
        arguments: [EngineChoice.openvino, .libtorch]
    )
    func temperature(_ engine: EngineChoice) async throws {
        try await withTemporaryFolder { folder in
            let data = try writeImages(to: folder)
            let path = folder.appending(path: "model.safetensors").path
            let plain = try Networks.classifier(classes: ["blue", "green", "red"])
            let calibration = try ModelCalibration(temperature: 0.5, unknownThreshold: 0.6, images: 40)
            try await plain.with(calibration).save(to: path)
            let classifier = try await ImageClassifier(
                contentsOf: path, device: .cpu, inference: InferenceOptions(engine: engine))
            #expect(classifier.description.calibration == calibration)
            let images = try ImageList(paths: [data])
            let predictions = try await classifier.predictions(of: images)
            let without = try await classifier.with(nil).predictions(of: images)
            #expect(predictions.count == 40)
            for (prediction, plain) in zip(predictions, without) {
                let logits = try #require(prediction.logits).map { Double($0) }
                let sum = logits.reduce(0) { $0 + exp($1 / 0.5) }
                #expect(abs(prediction.probability - exp(logits[prediction.index] / 0.5) / sum) < 1e-5)
                #expect(prediction.isRejected == (prediction.probability < 0.6))
                #expect(prediction.logits == plain.logits && prediction.label == plain.label && plain.unknown == nil)
                #expect(abs(prediction.probability - plain.probability) > 1e-4)
            }
        }
    }

    @Test("An exported network keeps its calibration and its logits") func export() async throws {
        try await withTemporaryFolder { folder in
            let data = try writeImages(to: folder)
            let plain = try Networks.classifier(classes: ["blue", "red"])
            let classifier = plain.with(try ModelCalibration(temperature: 3, unknownThreshold: 0.55, images: 40))
            let path = folder.appending(path: "model.onnx").path
            try await classifier.export(to: path, format: .onnx, input: .pixels)
            let images = try ImageList(paths: [data])
            let (ours, theirs) = try await (
                classifier.predictions(of: images), ImageClassifier(contentsOf: path).predictions(of: images)
            )
            for (one, two) in zip(ours, theirs) {
                #expect(abs(one.probability - two.probability) < 1e-4 && one.unknown == two.unknown)
            }
            let uncalibrated = try await plain.predictions(of: images)
            for (one, two) in zip(ours, uncalibrated) { #expect(one.logits == two.logits) }
        }
    }

    @Test("A file without a calibration is unchanged") func uncalibratedFile() throws {
        var description = ModelDescription(
            architecture: "resnet18", classes: ["a", "b"], preprocessing: Networks.preprocessing)
        let json = String(decoding: try JSONEncoder().encode(description), as: UTF8.self)
        #expect(!json.contains("calibration"))
        #expect(try JSONDecoder().decode(ModelDescription.self, from: Data(json.utf8)) == description)
        description.calibration = try ModelCalibration(temperature: 1.5, unknownThreshold: 0.25, images: 9)
        let calibrated = try JSONEncoder().encode(description)
        #expect(try JSONDecoder().decode(ModelDescription.self, from: calibrated) == description)
        for damage in ["\"temperature\":0", "\"temperature\":-1.5", "\"temperature\":\"warm\""] {
            let damaged = String(decoding: calibrated, as: UTF8.self)
                .replacingOccurrences(of: "\"temperature\":1.5", with: damage)
            #expect(throws: (any Error).self) {
                try JSONDecoder().decode(ModelDescription.self, from: Data(damaged.utf8))
            }
        }
    }

    @Test("An impossible calibration is an error") func impossibleCalibration() async throws {
        try await withTemporaryFolder { folder in
            let data = try EvaluationData(at: writeImages(to: folder)).images
            let classifier = try Networks.classifier(classes: ["blue", "red"])
            for share in [0, -0.5, 1.5, .nan] {
                await #expect(throws: ApusError.self) { try await classifier.calibrated(on: data, coverage: share) }
                var configuration = TrainingConfiguration()
                configuration.output.coverage = share
                #expect(throws: ApusError.self) { try configuration.validate() }
            }
            let description = ModelDescription(
                architecture: "mobilenet_v2", classes: ["blue", "red"], isMultiLabel: true,
                preprocessing: Networks.preprocessing)
            let several = ImageClassifier(description, try classifier.network, device: .cpu)
            let error = await #expect(throws: ApusError.self) { try await several.calibrated(on: data) }
            #expect(error?.code == .unsuitableData)
        }
    }

    @Test("Calibration uses the label pattern of the training") func labelPattern() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            for number in 0..<12 {
                let name = "\(number)-\(number % 2 == 0 ? "red" : "blue")-x.png"
                try Samples.write(number % 2, number, to: data.appending(path: name))
            }
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 1)
            configuration.data.dataset.labelPattern = "-([a-z]+)-"
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path)
            let classifier = try await ImageClassifier(contentsOf: result.directory.best)
            let training = classifier.description.training
            #expect(training?.labelPattern == "-([a-z]+)-")
            let opened = try EvaluationData(at: data.path, split: .all, training: training)
            #expect(opened.images.classNames == ["blue", "red"] && opened.images.count == 12)
            // Data with labels of another kind can also be read.
            let folders = folder.appending(path: "folders")
            try Samples.writeClasses(["red", "blue"], count: 3, to: folders)
            #expect(try EvaluationData(at: folders.path, training: training).images.classNames == ["blue", "red"])
        }
    }
}
