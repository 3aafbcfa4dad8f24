import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// Batch normalization and batches that are too small for it.
@TensorActor
@Suite("Batch normalization and the last batch") struct LastBatchTests {
    private func data(_ counts: (blue: Int, red: Int), in folder: URL) throws -> URL {
        let data = folder.appending(path: "data")
        try Samples.writeClasses(["blue"], count: counts.blue, to: data.appending(path: "train"), first: 1)
        try Samples.writeClasses(["red"], count: counts.red, to: data.appending(path: "train"))
        try Samples.writeClasses(["blue", "red"], count: 2, to: data.appending(path: "val"), first: 1)
        return data
    }

    /// A network that normalizes feature maps.
    private static let maps = """
        input 3x24x24
        features:
        conv:4:3, batchnorm, relu, maxpool:2
        classifier:
        linear:classes
        """

    /// The tiny network with feature normalization in its head.
    private func normalizing(in folder: URL) async throws -> TrainingConfiguration {
        var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 2)
        configuration.network.head = try Head("8,batchnorm,relu")
        configuration.data.batchSize = 6
        return configuration
    }

    private func train(
        _ configuration: TrainingConfiguration, on data: URL, in folder: URL
    ) async throws -> (plan: TrainingPlan, images: Int, result: TrainingResult) {
        let events = Collected<TrainingEvent>()
        let result = try await ImageClassifier.train(
            on: data.path, configuration, directory: folder.appending(path: UUID().uuidString).path,
            reportingTo: events.channel)
        guard case .started(let plan) = events.elements.first else { throw CancellationError() }
        let images = events.elements.map { if case .step(let progress) = $0 { progress.images } else { 0 } }
        return (plan, images.max() ?? 0, result)
    }

    @Test("A last batch of one image joins the previous batch, and the plan states this")
    func lastBatchOfOne() async throws {
        try await withTemporaryFolder { folder in
            let data = try data((10, 9), in: folder)
            var configuration = try await normalizing(in: folder)
            let (plan, images, result) = try await train(configuration, on: data, in: folder)
            #expect(plan.stepsPerEpoch == 3 && images == 19 && result.epochs.count == 2)
            #expect(
                plan.notes.contains { $0.contains("would have 1 image") && $0.contains("which then has 7") },
                "\(plan.notes)")

            configuration.data.dropsLastBatch = true
            let dropped = try await train(configuration, on: data, in: folder)
            #expect(dropped.plan.stepsPerEpoch == 3 && dropped.images == 18)
            #expect(dropped.plan.notes.contains { $0.contains("leaves out its last 1 image") }, "\(dropped.plan.notes)")

            // Without normalization the last batch stays unchanged, and there is no note.
            (configuration.network.head, configuration.data.dropsLastBatch) = (nil, false)
            let plain = try await train(configuration, on: data, in: folder)
            #expect(plain.plan.stepsPerEpoch == 4 && plain.images == 19)
            #expect(!plain.plan.notes.contains { $0.contains("batch") }, "\(plain.plan.notes)")
        }
    }

    @Test("A small last batch is a note if batches are normalized")
    func fewImages() async throws {
        try await withTemporaryFolder { folder in
            let data = try data((9, 9), in: folder)
            var configuration = try await normalizing(in: folder)
            configuration.data.batchSize = 16
            let plan = try await ImageClassifier.plan(on: data.path, configuration)
            #expect(plan.stepsPerEpoch == 2)
            #expect(plan.notes.contains { $0.contains("only 2 images of 16") && $0.contains("`data.dropsLastBatch`") })
            configuration.network.head = nil
            let plain = try await ImageClassifier.plan(on: data.path, configuration)
            #expect(!plain.notes.contains { $0.contains("batch") }, "\(plain.notes)")
        }
    }

    @Test("Unreadable images that leave a batch of one do not end the run", arguments: [false, true])
    func unreadable(cachesFeatures: Bool) async throws {
        try await withTemporaryFolder { folder in
            let data = try data((10, 10), in: folder)
            let plain = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            let start = try await train(plain, on: data, in: folder)
            // All but one image of each batch of three, at any position: thirteen of twenty.
            for name in [
                "blue/1", "blue/2", "blue/3", "blue/4", "blue/5", "blue/7", "blue/8", "red/0", "red/2", "red/3",
            ]
                + ["red/5", "red/6", "red/9"]
            {
                try Data("no image".utf8).write(to: data.appending(path: "train/\(name).png"))
            }
            for accumulation in [1, 2] {
                var configuration = try await normalizing(in: folder)
                (
                    configuration.data.batchSize, configuration.optimizer.gradientAccumulationSteps,
                    configuration.epochs
                ) = (3, accumulation, 4)
                if cachesFeatures {
                    configuration.network.initialWeights = .file(path: start.result.directory.last, isPartial: false)
                    (configuration.network.strategy, configuration.compute.cachesFeatures) = (.frozen, true)
                }
                let run = try await train(configuration, on: data, in: folder)
                #expect(run.images == 7 && run.result.unreadable == 13 && run.result.epochs.count == 4)
            }
        }
    }

    @Test("Batches that cannot be trained on are refused before anything is written")
    func refused() async throws {
        try await withTemporaryFolder { folder in
            let data = try data((3, 3), in: folder)
            var configuration = try await normalizing(in: folder)
            func refusal() async throws -> String {
                let asked = configuration
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier.plan(on: data.path, asked)
                }
                return error?.description ?? ""
            }
            configuration.data.batchSize = 1
            #expect(try await refusal().contains("a batch size of 2 or more"))
            (configuration.data.batchSize, configuration.data.dropsLastBatch) = (8, true)
            let message = try await refusal()
            #expect(message.contains("has 8 images") && message.contains("only 6"))
            // Maps with more than one position have enough values in a single image.
            let file = folder.appending(path: "maps.network")
            try Data(Self.maps.utf8).write(to: file)
            (configuration.model, configuration.network.head) = (file.path, nil)
            (configuration.data.batchSize, configuration.data.dropsLastBatch) = (1, false)
            #expect(try await train(configuration, on: data, in: folder).images == 6)
        }
    }

    @Test("The auxiliary head of a batch of one image has a single value per channel")
    func auxiliaryHeads() async throws {
        try await withTemporaryFolder { folder in
            let data = try data((1, 1), in: folder)
            var configuration = TrainingConfiguration.fresh()
            (configuration.model, configuration.data.batchSize) = ("inception_v3", 1)
            let asked = configuration
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.plan(on: data.path, asked)
            }
            #expect(error?.description.contains("batch normalization") == true)
        }
    }

    /// A network whose running statistics differ from its activations as much as those of a deep fresh network.
    @Test("Running statistics after a few steps are not a sign of divergence")
    func youngStatistics() async throws {
        try await withTemporaryFolder { folder in
            let data = try data((8, 8), in: folder)
            let network = folder.appending(path: "maps.network")
            try Data(Self.maps.utf8).write(to: network)
            var configuration = try await normalizing(in: folder)
            (configuration.model, configuration.network.head, configuration.epochs) = (network.path, nil, 1)
            let start = try await train(configuration, on: data, in: folder).result.directory.last
            let file = try Checkpoint.read(start)
            var entries = file.entries
            for (place, entry) in entries.enumerated() {
                let shape = entry.tensor.shape
                if entry.name.hasSuffix("running_mean") { entries[place].tensor = try Tensor.full(shape, -1e9) }
                if entry.name.hasSuffix("running_var") { entries[place].tensor = try Tensor.full(shape, 1e-9) }
            }
            let spoiled = folder.appending(path: "spoiled.safetensors").path
            try Checkpoint(entries: entries).writeSafetensors(to: spoiled)
            (configuration.network.initialWeights, configuration.epochs) = (.file(path: spoiled, isPartial: false), 3)
            configuration.network.strategy = .all

            let notes = Collected<String>()
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path
            ) { events in
                for await case .note(let text) in events { notes.append(text) }
            }
            #expect(result.epochs.count == 3 && result.epochs.allSatisfy { $0.validationLoss < 10 })
            #expect(
                notes.elements.first?.contains("estimated again from 3 training batches") == true, "\(notes.elements)")
            // The saved model contains the statistics.
            let mean = try #require(Networks.tensors(result.directory.best)["features.1.running_mean"])
            let values = try mean.array(as: Float.self)
            #expect(values.count == 4 && values.allSatisfy { abs($0) < 100 })
        }
    }
}
