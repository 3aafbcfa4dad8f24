import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// A run that is stopped at any point and resumed leaves the same files as an uninterrupted one.
@Suite("Resumed runs") struct ResumeTests {
    static let files = [
        "best.safetensors", "curves.png", "checkpoint.safetensors", "last.safetensors", "metrics.csv", "report.md",
        "split.csv",
        "steps.csv",
    ]

    /// Settings with state: momentum, weight averages, schedules with memory, dropout, steps of several batches.
    static let settings: [(name: String, change: @Sendable (inout TrainingConfiguration) -> Void)] = [
        ("adam with dropout", { _ in }),
        (
            "means and accumulation",
            {
                (
                    $0.optimizer.emaDecay, $0.optimizer.gradientAccumulationSteps, $0.optimizer.kind,
                    $0.optimizer.clipNorm
                ) = (0.9, 2, .lamb, 1)
            }
        ),
        (
            "plateau and SGD",
            {
                ($0.optimizer.schedule, $0.optimizer.kind) = (
                    .plateau(.init(patience: 0, factor: 0.5, threshold: 0.5)), .sgd
                )
            }
        ),
        ("float16 with scaled losses", { $0.compute.precision = .float16 }),
        (
            "one cycle without momentum",
            { ($0.optimizer.schedule, $0.optimizer.kind, $0.optimizer.momentum) = (.oneCycle(), .sgd, 0) }
        ),
        (
            "one cycle down to no momentum, RMSprop",
            {
                $0.optimizer.schedule = .oneCycle(.init(rise: 0.5, lowMomentum: 0, highMomentum: 0.9))
                ($0.optimizer.kind, $0.optimizer.momentum) = (.rmsprop, 0)
            }
        ),
        (
            "weighted drawing, batch normalization, dropped batches",
            {
                ($0.data.classBalancing, $0.data.dropsLastBatch, $0.data.batchSize) = (.weightedSampling, true, 3)
                $0.network.head = try? Head("8,batchnorm,relu")
            }
        ),
        (
            "one cycle, mixed images",
            {
                $0.optimizer.schedule = .oneCycle()
                $0.data.trainingTransforms = try? TransformList("randomResizedCrop(24), flip(0.5), mixup(0.4)")
            }
        ),
    ]

    @Test("A stopped run resumes bit for bit", arguments: settings.indices, [1, 4, 6])
    func bitForBit(_ place: Int, stop: Int) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            Self.settings[place].change(&configuration)
            // The page takes a moment, and it is written in the same way for all settings.
            configuration.output.writesReport = place == 0
            // The report names the folder, so both runs use the same one.
            let run = folder.appending(path: "run")
            _ = try await ImageClassifier.train(on: data, configuration, directory: run.path)
            let whole = folder.appending(path: "whole")
            try FileManager.default.moveItem(at: run, to: whole)

            try await stopped(afterSteps: stop) { [configuration] events in
                try await ImageClassifier.train(on: data, configuration, directory: run.path, reportingTo: events)
            }
            let result = try await ImageClassifier.resume(run.path)
            #expect(result.epochs.count == 3)
            for file in Self.files + (configuration.output.writesReport ? ["report.html"] : []) {
                #expect(
                    try FileContents(of: run.appending(path: file).path)
                        == FileContents(of: whole.appending(path: file).path), "\(file)")
            }
        }
    }

    @Test("A run with several phases resumes in each of them") func phases() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 3)
            configuration.network.strategy = .gradual(headEpochs: 1)
            let run = folder.appending(path: "run")
            let whole = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "whole").path)
            // In the epoch of the head, at its end, and in the epoch of the whole network.
            for stop in [2, 4, 6] {
                try await stopped(afterSteps: stop) { [configuration] events in
                    try await ImageClassifier.train(on: data, configuration, directory: run.path, reportingTo: events)
                }
                let result = try await ImageClassifier.resume(run.path)
                #expect(result.epochs == whole.epochs)
                for (one, two) in [(\RunDirectory.best, \RunDirectory.best), (\.last, \.last)] {
                    #expect(
                        try FileContents(of: result.directory[keyPath: one])
                            == FileContents(of: whole.directory[keyPath: two]))
                }
                try FileManager.default.removeItem(at: run)
            }
        }
    }

    /// Everything is saved, and the report is still missing.
    @Test(
        "A finished run without its report writes it, regardless of the last phase", arguments: ["gradual:1", "last:2"])
    func missingReport(_ strategy: String) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 6, to: URL(filePath: data))
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 2)
            configuration.network.strategy = try #require(TrainingStrategy(strategy))
            (configuration.optimizer.schedule, configuration.optimizer.kind) = (.oneCycle(), .sgd)
            let run = folder.appending(path: "run")
            let whole = try await ImageClassifier.train(on: data, configuration, directory: run.path)
            let files = Self.files.filter { $0 != "curves.png" }
            let before = try files.map { try FileContents(of: run.appending(path: $0).path) }
            try FileManager.default.removeItem(at: run.appending(path: "report.md"))
            let result = try await ImageClassifier.resume(run.path)
            #expect(result.epochs == whole.epochs)
            for (file, contents) in zip(files, before) {
                #expect(try FileContents(of: run.appending(path: file).path) == contents, "\(file)")
            }
        }
    }

    @Test("Cached features are the same after a resume") func cachedFeatures() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = TrainingConfiguration.quick(from: try await Networks.backbone(in: folder), epochs: 4)
            (configuration.compute.cachesFeatures, configuration.compute.cachedViews) = (true, 2)
            let run = folder.appending(path: "run").path
            let whole = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "whole").path)
            try await stopped(afterSteps: 6) { [configuration] events in
                try await ImageClassifier.train(on: data, configuration, directory: run, reportingTo: events)
            }
            let result = try await ImageClassifier.resume(run)
            #expect(try FileContents(of: result.directory.last) == FileContents(of: whole.directory.last))
        }
    }

    @Test("A finished run trains further epochs") func moreEpochs() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            let run = folder.appending(path: "run").path
            let first = try await ImageClassifier.train(on: data, configuration, directory: run)
            let error = await #expect(throws: ApusError.self) { try await ImageClassifier.resume(run) }
            #expect(error?.code == .runIsFinished && error?.value == "3")
            let more = try await ImageClassifier.resume(run, epochs: 5)
            #expect(more.epochs.count == 5 && Array(more.epochs.prefix(3)) == first.epochs)
            configuration.epochs = 5
            let whole = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "whole").path)
            #expect(more.epochs == whole.epochs)
            #expect(try FileContents(of: more.directory.last) == FileContents(of: whole.directory.last))
        }
    }

    @Test("A run that cannot resume is an error") func refusals() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 9, to: data)
            let none = await #expect(throws: ApusError.self) { try await ImageClassifier.resume(folder.path) }
            #expect(none?.code == .noRun && none?.path == folder.path)
            let run = folder.appending(path: "run").path
            let configuration = try await TrainingConfiguration.tiny(in: folder)
            try await stopped(afterSteps: 2) { events in
                try await ImageClassifier.train(on: data.path, configuration, directory: run, reportingTo: events)
            }
            try FileManager.default.moveItem(
                at: data.appending(path: "red/0.png"), to: data.appending(path: "red/other.png"))
            let changed = await #expect(throws: ApusError.self) { try await ImageClassifier.resume(run) }
            #expect(changed?.code == .datasetChanged)
            try FileManager.default.moveItem(
                at: data.appending(path: "red/other.png"), to: data.appending(path: "red/0.png"))
            // Partial files of the stopped process are removed.
            try Data("half".utf8).write(to: URL(filePath: run + "/.checkpoint.safetensors.x.partial"))
            _ = try await ImageClassifier.resume(run)
            #expect(!FileManager.default.fileExists(atPath: run + "/.checkpoint.safetensors.x.partial"))
        }
    }

    @Test("A run stops if the reader of its events fails, and resumes to the same files")
    func failingReader() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            var configuration = try await TrainingConfiguration.tiny(in: folder)
            let run = folder.appending(path: "run").path
            struct Enough: Error {}
            let asked = configuration
            await #expect(throws: Enough.self) {
                try await ImageClassifier.train(on: data, asked, directory: run) { events in
                    for await case .started in events { throw Enough() }
                }
            }
            let result = try await ImageClassifier.resume(run, epochs: 4)
            configuration.epochs = 4
            let whole = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "whole").path)
            #expect(try FileContents(of: result.directory.last) == FileContents(of: whole.directory.last))
        }
    }

    @Test("A reader that leaves early does not stop the run")
    func earlyReader() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data").path
            try Samples.writeClasses(["red", "blue"], count: 9, to: URL(filePath: data))
            let result = try await ImageClassifier.train(
                on: data, TrainingConfiguration.tiny(in: folder), directory: folder.appending(path: "run").path
            ) { events in
                for await _ in events { return }
            }
            #expect(result.epochs.count == 3)
        }
    }

    /// Cancels a training run after this many steps and expects a message on how to resume.
    func stopped(
        afterSteps count: Int, _ body: @escaping @Sendable (EventChannel<TrainingEvent>) async throws -> Any
    ) async throws {
        let steps = Collected<Int>()
        let task = Task {
            // The channel reads each event when it is sent, between two steps.
            let channel = EventChannel<TrainingEvent> { event in
                guard case .step(let progress) = event else { return false }
                steps.append(progress.step)
                if steps.elements.count == count { withUnsafeCurrentTask { $0?.cancel() } }
                return false
            }
            _ = try await body(channel)
        }
        let error = await #expect(throws: TrainingInterruption.self) { try await task.value }
        #expect(error?.directory != nil && error?.description.hasPrefix("stopped in epoch") == true)
    }
}
