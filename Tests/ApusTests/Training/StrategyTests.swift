import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// The tensors that a strategy changes and those that it leaves unchanged.
@TensorActor
@Suite("Training strategies") struct StrategyTests {
    /// Trains two classes from a file.
    ///
    /// - Returns: the tensors before and after, and the result.
    private func train(
        _ strategy: TrainingStrategy, in folder: URL
    ) async throws -> (before: [String: Tensor], after: [String: Tensor], result: TrainingResult) {
        let data = folder.appending(path: "data")
        try Samples.writeClasses(["red", "blue"], count: 10, to: data)
        let weights = try await Networks.backbone(in: folder)
        var configuration = TrainingConfiguration.quick(from: weights, epochs: 3)
        configuration.network.strategy = strategy
        let result = try await ImageClassifier.train(
            on: data.path, configuration, directory: folder.appending(path: "run").path)
        return (try Networks.tensors(weights), try Networks.tensors(result.directory.last), result)
    }

    private func changed(_ before: [String: Tensor], _ after: [String: Tensor]) throws -> Set<String> {
        #expect(Set(before.keys) == Set(after.keys))
        return Set(
            try before.filter { name, tensor in
                guard let other = after[name] else { return true }
                return try !haveEqualBits(tensor, other)
            }.keys)
    }

    /// `requires_grad = False` alone would still update the running statistics of batch normalization.
    @Test("Frozen training leaves every backbone tensor unchanged") func frozen() async throws {
        try await withTemporaryFolder { folder in
            let (before, after, result) = try await train(.frozen, in: folder)
            #expect(before.count == 314)
            #expect(try changed(before, after) == ["classifier.1.weight", "classifier.1.bias"])
            #expect(after["classifier.1.weight"]?.shape == [2, 1280])
            // The head has learned.
            #expect(result.epochs[2].trainingLoss < result.epochs[0].trainingLoss / 2)
        }
    }

    @Test("Only the last two stages change") func lastStages() async throws {
        try await withTemporaryFolder { folder in
            let (before, after, _) = try await train(.last(2), in: folder)
            let changed = try changed(before, after)
            let stage = Set((14...18).map { "features.\($0)." })
            #expect(
                changed.allSatisfy { name in name.hasPrefix("classifier.1.") || stage.contains { name.hasPrefix($0) } })
            let wanted = before.keys.filter { name in stage.contains { name.hasPrefix($0) } }
            #expect(wanted.count > 70)
            for name in wanted { #expect(changed.contains(name), "\(name)") }
        }
    }

    @Test("All stages change") func allStages() async throws {
        try await withTemporaryFolder { folder in
            let (before, after, _) = try await train(.all, in: folder)
            let changed = try changed(before, after)
            for layer in 0...18 {
                #expect(changed.contains { $0.hasPrefix("features.\(layer).") && $0.hasSuffix("weight") })
                #expect(changed.contains { $0.hasPrefix("features.\(layer).") && $0.hasSuffix("running_mean") })
            }
        }
    }

    @Test("Impossible strategies are refused") func refusals() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            let directory = folder.appending(path: "run").path
            for strategy in [TrainingStrategy.frozen, .last(2)] {
                var configuration = TrainingConfiguration.fresh()
                configuration.network.strategy = strategy
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier.train(on: data.path, configuration, directory: directory)
                }
                #expect(error?.code == .invalidConfiguration && error?.value == "\(strategy)")
                #expect(error?.advice?.contains("`network.strategy = .all`") == true)
            }
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder))
            configuration.network.strategy = .last(99)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data.path, configuration, directory: directory)
            }
            for words in ["99", "6", "features.0-1", "features.14-18", "classifier.1"] {
                #expect(error?.description.contains(words) == true, "\(words)")
            }
            // No run was started.
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }
}
