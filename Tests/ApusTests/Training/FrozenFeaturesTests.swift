import Foundation
import Inference
import Testing
import Torch
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Training a head on cached features") struct FrozenFeaturesTests {
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

    @Test("Cached features give the same head with either engine")
    func cachedEqualsComputed() async throws {
        try await withTemporaryFolder { folder in
            let kept = try await train(in: folder, "kept") { $0.compute.cachesFeatures = true }
            let torch = try await train(in: folder, "torch") {
                ($0.compute.cachesFeatures, $0.compute.engine) = (true, .libtorch)
            }
            #expect(kept.epochs.count == 3 && kept.seconds.count == 3)
            for (one, two) in zip(kept.epochs, torch.epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-4)
                #expect(abs(one.validationLoss - two.validationLoss) < 1e-4)
            }
            // Later epochs use all images again, in another order, and learn.
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

    @Test("Features may be a map, as in front of a convolutional head")
    func map() async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["blue", "red"], count: 6, to: photos)
            let weights = try await Networks.backbone(in: folder, architecture: "squeezenet1_1")
            var losses: [[Double]] = []
            for (number, engine) in [EngineChoice.auto, .libtorch].enumerated() {
                var configuration = TrainingConfiguration.quick(from: weights, epochs: 2)
                (configuration.model, configuration.compute.engine) = ("squeezenet1_1", engine)
                configuration.compute.cachesFeatures = true
                let result = try await ImageClassifier.train(
                    on: photos.path, configuration, directory: folder.appending(path: "run\(number)").path)
                losses.append(result.epochs.map(\.trainingLoss))
            }
            #expect(zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 1e-4 })
            #expect(losses[0][1] < losses[0][0])
        }
    }

    @Test("Cached features give the same bits with any number of workers")
    func sameBits() async throws {
        try await withTemporaryFolder { folder in
            var files: [FileContents] = []
            for workers in [0, 3] {
                let result = try await train(in: folder, "run\(workers)") {
                    ($0.compute.cachesFeatures, $0.compute.workers) = (true, workers)
                }
                files.append(try FileContents(of: result.directory.last))
            }
            #expect(files[0] == files[1])
        }
    }

    @Test("An unreadable image stays out of every epoch and is reported once")
    func unreadable() async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["blue", "red"], count: 8, to: photos.appending(path: "train"))
            try Samples.writeClasses(["blue", "red"], count: 2, to: photos.appending(path: "val"))
            try Data("no image".utf8).write(to: photos.appending(path: "train/blue/3.png"))
            try Data("no image".utf8).write(to: photos.appending(path: "val/red/1.png"))
            var configuration = TrainingConfiguration.quick(
                from: try await Networks.backbone(in: folder), epochs: 2)
            configuration.compute.cachesFeatures = true
            let events = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: photos.path, configuration, directory: folder.appending(path: "run").path,
                reportingTo: events.channel)
            var (reported, counts) = ([String](), [Int]())
            for event in events.elements {
                switch event {
                case .unreadable(let failure): reported.append(failure.name)
                case .step(let progress): counts.append(progress.images)
                default: break
                }
            }
            #expect(Set(reported.map { URL(filePath: $0).lastPathComponent }) == ["3.png", "1.png"])
            #expect(reported.count == 2)
            #expect(result.unreadable == 2)
            #expect(counts.filter { $0 == 15 }.count == 2)
        }
    }

    /// A network whose frozen hidden layer follows a dropout.
    @Test("Dropout in the frozen layers drops nothing with either engine", arguments: [true, false])
    func frozenDropout(cachesFeatures: Bool) async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["blue", "red"], count: 8, to: photos)
            let fresh = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            let start = try await ImageClassifier.train(
                on: photos.path, fresh, directory: folder.appending(path: "start").path)
            func run(_ name: String, _ engine: EngineChoice, seed: UInt64 = 0) async throws -> TrainingResult {
                var configuration = TrainingConfiguration.quick(from: start.directory.last)
                (configuration.model, configuration.compute.engine, configuration.seed) = (fresh.model, engine, seed)
                (configuration.network.dropout, configuration.compute.cachesFeatures) = (0.9, cachesFeatures)
                return try await ImageClassifier.train(
                    on: photos.path, configuration, directory: folder.appending(path: name).path)
            }
            let (libtorch, auto) = (try await run("libtorch", .libtorch), try await run("auto", .auto))
            for (one, two) in zip(libtorch.epochs, auto.epochs) {
                #expect(abs(one.trainingLoss - two.trainingLoss) < 1e-5)
            }
            #expect(libtorch.epochs[1].trainingLoss < libtorch.epochs[0].trainingLoss)
        }
    }

    /// Gives one number for each image: the red of its first pixel.
    private final class FirstPixel: InferenceEngine {
        final class Result: PendingInference {
            let values: [Float]
            init(_ values: [Float]) { self.values = values }
            func wait() -> [Float] { values }
        }

        let (summary, batchSize, depth) = ("first pixel", 3, 2)

        func start(_ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject) -> any PendingInference {
            Result((0..<count).map { Float(pixels[$0 * (pixels.count / count)]) })
        }
    }

    @Test("An image drawn twice in an epoch uses its next cached augmentation") @TensorActor
    func repeatedDraws() throws {
        try withTemporaryFolder { folder in
            try Samples.writeClasses(["blue", "red"], count: 4, to: folder)
            let images = try openDataset(at: folder.path).training
            // Two of the eight images are drawn, each about four times.
            let weights = (0..<8).map { $0 % 4 == 1 ? 1.0 : 0 }
            let crop = try TransformList("randomCrop(8)").transforms
            func loader(_ order: DataLoader.Order, _ transforms: [any ImageTransform]) -> DataLoader {
                DataLoader(
                    images, transforms: transforms, height: 8, width: 8, batchSize: 3, order: order, seed: 4,
                    workers: 0)
            }
            let network = try #require(Architecture.named("small_cnn")).makeNetwork(classes: 2)
            let source = CachedFeatureSource(
                loader(.weighted(weights), crop),
                FeatureSource(
                    loader: loader(.sequential, crop), engine: FirstPixel(), network: network, featureShape: [1],
                    device: .cpu), views: 3, progress: { _, _ in })
            // The values of each view for an image.
            let views = try (0..<3).map { view in
                try loader(.sequential, crop).batches(epoch: view).all().flatMap { batch in
                    (0..<batch.count).map { Float(batch.image(at: $0).pixels[0]) }
                }
            }
            for epoch in 0..<4 {
                var drawn: [Int: Int] = [:]
                var images: [Int] = []
                let batches = try source.batches(epoch: epoch, from: 0)
                while let batch = try batches.next() {
                    let values = try batch.input.array(as: Float.self)
                    #expect(batch.input.shape == [batch.images.count, 1])
                    for (image, value) in zip(batch.images, values) {
                        let view = (epoch + drawn[image, default: 0]) % 3
                        #expect(value == views[view][image])
                        drawn[image, default: 0] += 1
                    }
                    images += batch.images
                }
                #expect(images == loader(.weighted(weights), crop).indices(epoch: epoch))
                #expect(Set(images).isSubset(of: [1, 5]))
            }
        }
    }

    @Test("Only the features of a frozen network can be cached")
    func onlyFrozen() {
        var configuration = TrainingConfiguration()
        (configuration.compute.cachesFeatures, configuration.network.strategy) = (true, .all)
        #expect(throws: ApusError.self) { try configuration.validate() }
        configuration.network.strategy = .frozen
        #expect(throws: Never.self) { try configuration.validate() }
    }

    @Test(
        "Training in 16 bits learns and keeps its weights in float32",
        arguments: [TrainingPrecision.bfloat16, .float16])
    func halfPrecision(_ precision: TrainingPrecision) async throws {
        try await withTemporaryFolder { folder in
            let result = try await train(in: folder, "half") {
                ($0.network.strategy, $0.compute.precision, $0.epochs) = (.last(2), precision, 2)
                $0.data.batchSize = 3
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
