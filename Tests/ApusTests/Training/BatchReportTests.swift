import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// The metrics of every few batches.
@TensorActor
@Suite("Metrics of every few batches") struct BatchReportTests {
    private func batches(_ events: [TrainingEvent]) -> [BatchMetrics] {
        events.compactMap { if case .batches(let metrics) = $0 { metrics } else { nil } }
    }

    @Test("They are differences of the sums of the epoch") func differences() throws {
        var reports = BatchReports(every: 3)
        reports.begin(afterBatch: 0, EpochSums())
        #expect((1...8).filter { reports.isDue(afterBatch: $0, of: 8) } == [3, 4, 5, 6, 7, 8])
        let taken = reports.take(
            epoch: 1, batch: 3, of: 8, EpochSums(loss: 6, correct: 3, images: 12), learningRate: 0.1)
        let first = try #require(taken)
        #expect((first.loss, first.accuracy, first.images, first.batch, first.batches) == (0.5, 0.25, 12, 3, 8))
        #expect(first.duration >= .zero && first.learningRate == 0.1)
        #expect((4...8).filter { reports.isDue(afterBatch: $0, of: 8) } == [6, 7, 8])
        let takenNext = reports.take(
            epoch: 1, batch: 6, of: 8, EpochSums(loss: 7, correct: 7, images: 16), learningRate: 0.1)
        let second = try #require(takenNext)
        #expect((second.loss, second.accuracy, second.images) == (0.25, 1, 4))
        // The rest of the epoch.
        #expect(!reports.isDue(afterBatch: 7, of: 8) && reports.isDue(afterBatch: 8, of: 8))
        // Without readable images there is nothing to report.
        #expect(
            reports.take(epoch: 1, batch: 8, of: 8, EpochSums(loss: 7, correct: 7, images: 16), learningRate: 0.1)
                == nil)
        #expect(!BatchReports(every: nil).isDue(afterBatch: 8, of: 8))
        // The last batches of an epoch that can't be read.
        reports.begin(afterBatch: 0, EpochSums())
        #expect(reports.isDueAtEnd(afterBatch: 5) && !reports.isDueAtEnd(afterBatch: 0))
        #expect(!BatchReports(every: nil).isDueAtEnd(afterBatch: 5))
    }

    @Test("An epoch ends with a report even if its last batches can't be read") func unreadableEnd() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            for part in ["train", "val"] {
                try Samples.writeClasses(["red", "blue"], count: 1, to: data.appending(path: part))
            }
            for number in 0..<8 {
                try Data("no image".utf8).write(to: data.appending(path: "train/red/damaged\(number).png"))
            }
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 4)
            configuration.data.batchSize = 1
            configuration.output.printEvery = 100
            let read = Collected<TrainingEvent>()
            _ = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path, readBy: read.reader)
            #expect(batches(read.elements).map(\.epoch) == [1, 2, 3, 4])
            #expect(batches(read.elements).allSatisfy { $0.images == 2 && $0.batches == 10 })
        }
    }

    @Test("Each report is an event that no reader misses, and no file of the run changes") func events() async throws {
        #expect(
            !TrainingEvent.batches(
                BatchMetrics(
                    epoch: 1, batch: 1, batches: 1, images: 1, loss: 1, accuracy: 1, learningRate: 1, duration: .zero)
            ).isProgress)
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 2)
            configuration.data.batchSize = 2
            let plain = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "plain").path)
            configuration.output.printEvery = 3
            let read = Collected<TrainingEvent>()
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path, readBy: read.reader)
            let reports = batches(read.elements)
            // 16 training images are 8 batches in each epoch.
            #expect(reports.map(\.batch) == [3, 6, 8, 3, 6, 8])
            #expect(reports.map(\.epoch) == [1, 1, 1, 2, 2, 2])
            #expect(reports.map(\.images) == [6, 6, 4, 6, 6, 4])
            #expect(reports.allSatisfy { $0.batches == 8 && $0.loss >= 0 && $0.duration > .zero })
            for (epoch, parts) in zip(result.epochs, [reports[..<3], reports[3...]]) {
                let loss = parts.reduce(0) { $0 + $1.loss * Double($1.images) } / 16
                let accuracy = parts.reduce(0) { $0 + $1.accuracy * Double($1.images) } / 16
                #expect(abs(loss - epoch.trainingLoss) < 1e-9 && abs(accuracy - epoch.trainingAccuracy) < 1e-9)
            }
            for file in ["last.safetensors", "metrics.csv", "steps.csv"] {
                #expect(
                    try FileContents(of: result.directory.path + "/" + file)
                        == FileContents(of: plain.directory.path + "/" + file), "\(file)")
            }
        }
    }

    @Test("With gradient accumulation, steps end the reports") func accumulation() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 10, to: data)
            var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            configuration.data.batchSize = 2
            configuration.optimizer.gradientAccumulationSteps = 2
            configuration.output.printEvery = 3
            let read = Collected<TrainingEvent>()
            _ = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path, readBy: read.reader)
            #expect(batches(read.elements).map(\.batch) == [4, 6, 8])
        }
    }

    @Test("An impossible interval is refused") func interval() {
        var configuration = TrainingConfiguration()
        configuration.output.printEvery = 0
        let error = #expect(throws: ApusError.self) { try configuration.validate() }
        #expect(error?.name == "output.printEvery")
    }
}
