import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// Bad data and failing runs.
@TensorActor
@Suite("Bad images and failing runs") struct BadImagesTests {
    /// The error of a run on a folder that the body filled.
    private func refusal(_ fill: (URL) throws -> Void) async throws -> DatasetError? {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            try fill(data)
            let run = folder.appending(path: "run").path
            let error = await #expect(throws: DatasetError.self) {
                try await ImageClassifier.train(on: data.path, .fresh(), directory: run)
            }
            #expect(error?.description.contains(data.path) == true)
            #expect(!FileManager.default.fileExists(atPath: run))
            return error
        }
    }

    @Test("A folder that is unusable for training is an error") func unusableFolders() async throws {
        #expect(try await refusal { _ in }?.code == .empty)
        let one = try await refusal { try Samples.writeClasses(["cat"], count: 3, to: $0) }
        #expect(one?.code == .tooFewClasses)
        #expect(one?.description.contains("\"cat\"") == true)
        #expect(
            try await refusal { data in
                try Samples.writeClasses(["cat", "dog"], count: 3, to: data)
                try Samples.writeClasses(["bird"], count: 0, to: data)
            }?.description.contains("bird") == true)
        #expect(
            try await refusal { data in
                for name in ["cat", "dog"] {
                    let folder = data.appending(path: name)
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    try Data("text".utf8).write(to: folder.appending(path: "notes.txt"))
                }
            }?.code == .empty)
        let missing = await #expect(throws: DatasetError.self) {
            try await ImageClassifier.train(on: nowhere, .fresh(), directory: "\(nowhere)/run")
        }
        #expect(missing?.code == .missing)
    }

    @Test("Bad images are left out and reported once") func badImages() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            let classes = ["blue", "red"]
            try Samples.writeClasses(classes, count: 8, to: data.appending(path: "train"))
            try Samples.writeClasses(classes, count: 3, to: data.appending(path: "val"))
            let jpeg = try Data(contentsOf: Goldens.url("images/files/rgb.jpg"))
            let bad: [(String, Data)] = [
                ("train/blue/text.jpg", Data("This is no image.".utf8)),
                ("train/red/empty.jpeg", Data()),
                ("train/red/truncated.jpg", jpeg.prefix(jpeg.count / 2)),
                ("val/blue/text.png", Data("Nor is this.".utf8)),
            ]
            for (name, contents) in bad { try contents.write(to: data.appending(path: name)) }
            try FileManager.default.createDirectory(
                at: data.appending(path: "train/red/folder.jpg"), withIntermediateDirectories: true)
            let weights = try await Networks.backbone(in: folder)
            let events = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: data.path, .quick(from: weights, epochs: 3), directory: folder.appending(path: "run").path,
                reportingTo: events.channel)
            #expect(result.unreadable == 4)
            let reported = events.elements.compactMap { event -> SampleFailure? in
                if case .unreadable(let failure) = event { failure } else { nil }
            }
            #expect(Set(reported.map(\.name)) == Set(bad.map { "\(data.path)/\($0.0)" }))
            #expect(reported.count == 4)
            for failure in reported { #expect("\(failure)".contains(failure.name)) }
            // All readable images were used for training and validation.
            let lastSteps = events.elements.compactMap { event -> Int? in
                if case .step(let progress) = event, progress.step == progress.steps { progress.images } else { nil }
            }
            #expect(lastSteps == [16, 16, 16])
            #expect(result.epochs[2].validationAccuracy == 1)
            #expect(try String(contentsOfFile: result.directory.report, encoding: .utf8).contains("left out: 4"))
        }
    }

    @Test("Images with several frames are noted once in a run, by their part", arguments: [true, false])
    func severalFrames(isFrozen: Bool) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            for part in ["train", "val"] {
                try Samples.writeClasses(["blue", "red"], count: 4, to: data.appending(path: part))
                try FileManager.default.copyItem(
                    at: Goldens.url("images/files/animated.png"), to: data.appending(path: "\(part)/red/animated.png"))
            }
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            if isFrozen { configuration = .quick(from: try await Networks.backbone(in: folder), epochs: 2) }
            configuration.epochs = 2
            let events = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path,
                reportingTo: events.channel)
            let notes = events.elements.compactMap { event -> String? in
                if case .note(let text) = event, text.contains("several frames") { text } else { nil }
            }
            let expected = [("training", "train"), ("validation", "val")].map { name, part in
                "1 \(name) image has several frames or pages, and only the first is read: "
                    + "\(data.path)/\(part)/red/animated.png"
            }
            #expect(notes == expected)
            #expect(result.unreadable == 0)
        }
    }

    @Test("A split without a readable image ends the run", arguments: ["train", "val"])
    func unreadableSplit(_ part: String) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            for name in ["train", "val"] {
                try Samples.writeClasses(["blue", "red"], count: 2, to: data.appending(path: name))
            }
            for name in ["blue/0.png", "blue/1.png", "red/0.png", "red/1.png"] {
                try Data("no image".utf8).write(to: data.appending(path: "\(part)/\(name)"))
            }
            let weights = try await Networks.backbone(in: folder)
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(
                    on: data.path, .quick(from: weights), directory: folder.appending(path: "run").path)
            }
            #expect(error?.code == .noReadableImages)
            #expect(error?.description.contains(part == "train" ? "training images" : "validation images") == true)
        }
    }

    @Test(
        "The error for a folder without permission names it",
        .enabled(if: geteuid() != 0, "root may read everything")
    )
    func permission() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 2, to: data)
            let closed = data.appending(path: "red").path
            #expect(chmod(closed, 0) == 0)
            defer { chmod(closed, 0o755) }
            let error = await #expect(throws: DatasetError.self) {
                try await ImageClassifier.train(
                    on: data.path, .fresh(), directory: folder.appending(path: "run").path)
            }
            #expect(error?.code == .unreadable)
            #expect(error?.description.contains(closed) == true)
        }
    }

    @Test("A loss that explodes ends the run with advice") func explodingLoss() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 4, to: data)
            let weights = try await Networks.backbone(in: folder)
            // Normal at first, then far too fast: the first epoch's model stays.
            var configuration = TrainingConfiguration.quick(from: weights, epochs: 4)
            configuration.optimizer.learningRate = 1e-3
            // A learning rate that grows without bound.
            configuration.optimizer.schedule = .exponential(factor: 1e41)
            let run = folder.appending(path: "run").path
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data.path, configuration, directory: run)
            }
            #expect(error?.code == .lossDiverged && error?.name == "optimizer.learningRate")
            #expect(error?.description.contains("epoch 2") == true, "\(error?.description ?? "")")
            let best = try await ImageClassifier(contentsOf: run + "/best.safetensors")
            #expect(best.description.metrics?.epoch == 1)
            let (kept, last) = (run + "/best.safetensors", run + "/last.safetensors")
            #expect(try FileContents(of: kept) == FileContents(of: last))
            #expect(try String(contentsOfFile: run + "/metrics.csv", encoding: .utf8).split(separator: "\n").count == 2)
        }
    }

    @Test("A learning rate of 1e30 ends the run with advice", arguments: [1, 64])
    func absurdRate(_ batchSize: Int) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 3, to: data)
            var configuration = TrainingConfiguration.fresh(epochs: 3)
            configuration.optimizer.learningRate = 1e30
            // With a single step per epoch, validation is the first to notice.
            configuration.data.batchSize = batchSize
            let run = folder.appending(path: "run").path
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: data.path, configuration, directory: run)
            }
            #expect(error?.code == .lossDiverged && error?.value == "1e+30", "\(error?.description ?? "")")
            #expect(try names(in: run) == ["config.json", "inputs.json", "log.jsonl", "split.csv", "steps.csv"])
        }
    }

    @Test("The error for a run folder that cannot be created names it") func runFolder() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 3, to: data)
            let file = folder.appending(path: "file").path
            try Data("old".utf8).write(to: URL(filePath: file))
            for (run, reason) in [(file + "/a/run", "Not a directory"), (file, "File exists")] {
                let error = await #expect(throws: ApusError.self) {
                    try await ImageClassifier.train(on: data.path, .fresh(), directory: run)
                }
                #expect(error?.description.hasPrefix(file) == true, "\(error?.description ?? "")")
                #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            }
            #expect(try names(in: folder.path) == ["data", "file"])

            // Missing folders are created, and an existing empty one is used.
            let deep = folder.appending(path: "a/b/c").path
            let weights = try await Networks.backbone(in: folder)
            _ = try await ImageClassifier.train(on: data.path, .quick(from: weights, epochs: 1), directory: deep)
            #expect(try names(in: deep).contains("best.safetensors") && !names(in: deep).contains { $0.hasPrefix(".") })
        }
    }

    @Test("The error for a missing device names it", arguments: [("tpu", "cuda:1"), ("cuda:99", "CUDA devices")])
    func missingDevice(_ device: String, _ words: String) async throws {
        try await withTemporaryFolder { folder in
            var configuration = TrainingConfiguration.fresh()
            configuration.compute.device = device
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier.train(on: folder.path, configuration, directory: folder.path + "/run")
            }
            #expect(error?.code == (device == "tpu" ? .unknownDevice : .deviceUnavailable) && error?.name == device)
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test("A full disk ends the run and leaves no partial file", .smallDisk) func fullDisk() async throws {
        try await withSmallDisk(megabytes: 5) { disk in
            try await withTemporaryFolder { folder in
                let data = folder.appending(path: "data")
                try Samples.writeClasses(["blue", "red"], count: 4, to: data)
                let weights = try await Networks.backbone(in: folder)
                let run = disk.appending(path: "run").path
                let error = await #expect(throws: CheckpointError.self) {
                    try await ImageClassifier.train(on: data.path, .quick(from: weights), directory: run)
                }
                #expect(error?.description.contains("No space left on device") == true)
                #expect(error?.description.contains("best.safetensors") == true)
                #expect(try names(in: run) == ["config.json", "inputs.json", "log.jsonl", "split.csv", "steps.csv"])
            }
        }
    }
}
