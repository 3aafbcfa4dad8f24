import Foundation
import Inference
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus

@Suite("Training a head on features") struct FrozenFeaturesTests {
    private func train(
        in folder: URL, _ name: String, _ change: (inout TrainingConfiguration) -> Void
    ) async throws -> TrainingResult {
        let photos = folder.appending(path: "photos")
        if !FileManager.default.fileExists(atPath: photos.path) {
            try Samples.writeClasses(["blue", "red"], count: 13, to: photos)
        }
        var configuration = TrainingConfiguration.quick(
            from: try await Networks.backbone(in: folder), epochs: 3)
        change(&configuration)
        return try await ImageClassifier.train(
            on: photos.path, configuration, directory: folder.appending(path: name).path)
    }

    @Test("Kept features lead to the same head whichever engine computed them")
    func cachedEqualsComputed() async throws {
        try await withTemporaryFolder { folder in
            let kept = try await train(in: folder, "kept") { $0.cachesFeatures = true }
            let torch = try await train(in: folder, "torch") {
                ($0.cachesFeatures, $0.engine) = (true, .libtorch)
            }
            #expect(kept.epochs.count == 3 && kept.seconds.count == 3)
            for (one, two) in zip(kept.epochs, torch.epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-4)
                #expect(abs(one.validationLoss - two.validationLoss) < 1e-4)
            }
            // Later epochs pass all pictures again, in another order, and learn.
            #expect(kept.epochs[2].trainingLoss < kept.epochs[0].trainingLoss)
            try await TensorActor.run {
                let (left, right) = (
                    try Networks.tensors(kept.directory.last), try Networks.tensors(torch.directory.last)
                )
                for (name, tensor) in left {
                    try expectClose(
                        tensor, #require(right[name]), within: name.hasPrefix("classifier") ? 1e-4 : 0, name)
                }
            }
        }
    }

    @Test("Features may be a map, as those before a head that is a convolution")
    func map() async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["blue", "red"], count: 6, to: photos)
            let weights = try await Networks.backbone(in: folder, architecture: "squeezenet1_1")
            var losses: [[Double]] = []
            for (number, engine) in [EngineChoice.auto, .libtorch].enumerated() {
                var configuration = TrainingConfiguration.quick(from: weights, epochs: 2)
                (configuration.model, configuration.engine) = ("squeezenet1_1", engine)
                configuration.cachesFeatures = true
                let result = try await ImageClassifier.train(
                    on: photos.path, configuration, directory: folder.appending(path: "run\(number)").path)
                losses.append(result.epochs.map(\.trainingLoss))
            }
            #expect(zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 1e-4 })
            #expect(losses[0][1] < losses[0][0])
        }
    }

    @Test("Kept features give the same bits whatever the number of workers")
    func sameBits() async throws {
        try await withTemporaryFolder { folder in
            var files: [FileContents] = []
            for workers in [0, 3] {
                let result = try await train(in: folder, "run\(workers)") {
                    ($0.cachesFeatures, $0.workers) = (true, workers)
                }
                files.append(try FileContents(of: result.directory.last))
            }
            #expect(files[0] == files[1])
        }
    }

    @Test("An unreadable picture stays out of every epoch and is told once")
    func unreadable() async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["blue", "red"], count: 8, to: photos.appending(path: "train"))
            try Samples.writeClasses(["blue", "red"], count: 2, to: photos.appending(path: "val"))
            try Data("no picture".utf8).write(to: photos.appending(path: "train/blue/3.png"))
            try Data("no picture".utf8).write(to: photos.appending(path: "val/red/1.png"))
            var configuration = TrainingConfiguration.quick(
                from: try await Networks.backbone(in: folder), epochs: 2)
            configuration.cachesFeatures = true
            let told = Collected<String>()
            let counts = Collected<Int>()
            let result = try await ImageClassifier.train(
                on: photos.path, configuration, directory: folder.appending(path: "run").path,
                onEvent: { event in
                    switch event {
                    case .unreadable(let failure): told.append(failure.name)
                    case .step(let progress): counts.append(progress.pictures)
                    default: break
                    }
                })
            #expect(Set(told.elements.map { URL(filePath: $0).lastPathComponent }) == ["3.png", "1.png"])
            #expect(told.elements.count == 2)
            #expect(result.unreadable == 2)
            #expect(counts.elements.filter { $0 == 15 }.count == 2)
        }
    }

    @Test("Only a frozen network's features can be kept")
    func onlyFrozen() {
        var configuration = TrainingConfiguration()
        (configuration.cachesFeatures, configuration.strategy) = (true, .all)
        #expect(throws: ApusError.self) { try configuration.validate() }
        configuration.strategy = .frozen
        #expect(throws: Never.self) { try configuration.validate() }
    }

    @Test(
        "Training in 16 bits learns, and keeps its weights in float32",
        arguments: [TrainingPrecision.bfloat16, .float16])
    func halfPrecision(_ precision: TrainingPrecision) async throws {
        try await withTemporaryFolder { folder in
            let result = try await train(in: folder, "half") {
                ($0.strategy, $0.precision, $0.epochs) = (.last(2), precision, 2)
                $0.batchSize = 3
            }
            #expect(result.epochs.allSatisfy { $0.trainingLoss.isFinite && $0.validationLoss.isFinite })
            try await TensorActor.run {
                for (_, tensor) in try Networks.tensors(result.directory.last) where tensor.rank > 0 {
                    #expect(tensor.dtype == .float32)
                }
            }
        }
    }
}
