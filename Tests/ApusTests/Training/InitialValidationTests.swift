import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// The validation before training: epoch 0.
@TensorActor
@Suite("Validation before training") struct InitialValidationTests {
    private func initial(_ events: [TrainingEvent]) -> [InitialMetrics] {
        events.compactMap { if case .initialValidation(let metrics) = $0 { metrics } else { nil } }
    }

    /// A network with batch normalization, a moving average of the weights, and one with dropout and cached features.
    private func configurations(in folder: URL) async throws -> [(name: String, TrainingConfiguration)] {
        var normalized = try await TrainingConfiguration.quick(from: Networks.backbone(in: folder))
        normalized.network.strategy = .all
        normalized.optimizer.emaDecay = 0.9
        var cached = try await TrainingConfiguration.quick(from: Networks.backbone(in: folder))
        cached.compute.cachesFeatures = true
        return [
            ("normalized", normalized), ("cached", cached), ("tiny", try await .tiny(in: folder, epochs: 2)),
        ]
    }

    @Test("The weights are the same with and without, bit by bit") func sameWeights() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 8, to: data)
            for (name, configuration) in try await configurations(in: folder) {
                var configuration = configuration
                let plain = try await ImageClassifier.train(
                    on: data.path, configuration, directory: folder.appending(path: name).path)
                configuration.output.validatesFirst = true
                let read = Collected<TrainingEvent>()
                let result = try await ImageClassifier.train(
                    on: data.path, configuration, directory: folder.appending(path: name + "-first").path,
                    readBy: read.reader)
                for file in ["last.safetensors", "best.safetensors", "metrics.csv", "steps.csv"] {
                    #expect(
                        try FileContents(of: result.directory.path + "/" + file)
                            == FileContents(of: plain.directory.path + "/" + file), "\(name): \(file)")
                }
                #expect(plain.initial == nil && result.epochs == plain.epochs)
                let metrics = try #require(result.initial)
                #expect(initial(read.elements) == [metrics])
                let log = try RunLog.read(result.directory.log)
                #expect(log.filter { $0.event == .initial(metrics) }.map(\.step) == [0])
                let record = try RunRecord(reading: result.directory.path)
                #expect(record.initial == metrics && record.epochs == result.epochs)
                #expect(record.best == result.best)
                let report = try String(contentsOfFile: result.directory.report, encoding: .utf8)
                #expect(report.contains("| 0 | – | – | – | \(String(format: "%.4f", metrics.validationLoss)) |"))
            }
        }
    }

    @Test("The metrics are those of the untrained network") func untrained() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 8, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            // Steps that are too small to change a number leave the initial weights.
            configuration.optimizer.learningRate = 1e-30
            configuration.output.validatesFirst = true
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path)
            let (initial, epoch) = (try #require(result.initial), result.epochs[0])
            #expect(initial.validationLoss == epoch.validationLoss)
            #expect(initial.validationAccuracy == epoch.validationAccuracy)
            #expect(initial.validationMeanAveragePrecision == nil)
        }
    }

    @Test("A resumed run keeps the metrics and does not validate again") func resumed() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 8, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.output.validatesFirst = true
            let directory = folder.appending(path: "run").path
            let first = try await ImageClassifier.train(on: data.path, configuration, directory: directory)
            let read = Collected<TrainingEvent>()
            let second = try await ImageClassifier.resume(directory, epochs: 2, readBy: read.reader)
            #expect(initial(read.elements).isEmpty)
            #expect(second.initial != nil && second.initial == first.initial)
        }
    }
}
