import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// Display names from the configuration to the files and predictions of a model.
@TensorActor
@Suite("Display names of a run") struct TrainedDisplayNameTests {
    @Test("The model files keep the names, and predictions have them") func model() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 6, to: data)
            var configuration = try await TrainingConfiguration.quick(from: Networks.backbone(in: folder), epochs: 1)
            configuration.data.displayNames = ["red": "Scarlet", "blue": "Azure; dark", "green": "Lime"]
            let read = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path, readBy: read.reader)
            guard case .started(let plan) = read.elements.first else {
                Issue.record("the first event is \(String(describing: read.elements.first))")
                return
            }
            #expect(plan.classes == ["blue", "red"] && plan.displayNames == ["Azure; dark", "Scarlet"])
            #expect(plan.notes.contains { $0.contains(#"no class for the display name of "green""#) })
            #expect(plan.processor?.isEmpty == false)
            #expect(try RunRecord(reading: result.directory.path).configuration == configuration)

            let onnx = folder.appending(path: "model.onnx").path
            let trained = try await ImageClassifier(contentsOf: result.directory.best)
            try await trained.export(to: onnx, format: .onnx, input: .pixels)
            let image = data.appending(path: "red/0.png").path
            for path in [result.directory.best, onnx] {
                let classifier = try await ImageClassifier(contentsOf: path)
                #expect(classifier.classes == ["blue", "red"])
                #expect(classifier.description.displayNames == ["Azure; dark", "Scarlet"])
                #expect(classifier.displayName(of: 1) == "Scarlet")
                // A name is found by both.
                for name in ["red", "Scarlet"] { #expect(try classifier.index(of: .name(name)) == 1) }
                #expect(throws: ApusError.self) { try classifier.index(of: .name("Lime")) }
                let prediction = try await classifier.predict(image)
                #expect(prediction.name == ["blue": "Azure; dark", "red": "Scarlet"][prediction.label])
                #expect(Set(prediction.top.map(\.displayName)) == ["Azure; dark", "Scarlet"])
            }

            // Data whose folders have the display names is data of these classes.
            let other = folder.appending(path: "other")
            try Samples.writeClasses(["red", "blue"], count: 2, to: other)
            for (label, name) in [("red", "Scarlet"), ("blue", "Azure; dark")] {
                try FileManager.default.moveItem(
                    at: other.appending(path: label), to: other.appending(path: name))
            }
            let evaluation = try await trained.evaluate(openDataset(at: other.path).training)
            #expect(evaluation.count == 4 && evaluation.labels == ["blue", "red"])
            #expect(evaluation.displayNames == ["Azure; dark", "Scarlet"])
        }
    }

    @Test("Names for other classes end the run before it begins") func otherClasses() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 6, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.data.displayNames = ["0": "Scarlet"]
            let directory = folder.appending(path: "run").path
            let error = await #expect(throws: DatasetError.self) {
                try await ImageClassifier.train(on: data.path, configuration, directory: directory)
            }
            #expect(error?.code == .unknownClass)
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }
}
