import Drawing
import Foundation
import TestSupport
import Testing
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Comparison of runs") struct RunComparisonTests {
    private func metrics(_ epoch: Int, _ accuracy: Double) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, learningRate: 0.1 / Double(epoch), trainingLoss: 2 / Double(epoch), trainingAccuracy: 0.5,
            validationLoss: 3 / Double(epoch), validationAccuracy: accuracy)
    }

    /// Writes the files of a run with three steps per epoch.
    private func write(
        _ accuracies: [Double], to folder: URL, steps: Int, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = RunDirectory(reading: folder.path)
        var configuration = TrainingConfiguration()
        change(&configuration)
        try run.write(configuration, data: "photos")
        if !accuracies.isEmpty { try run.write(accuracies.enumerated().map { metrics($0 + 1, $1) }) }
        let curve = try CurveLog(creating: run.steps)
        for step in 1..<steps + 1 {
            try curve.write(
                StepSummary(
                    epoch: (step + 2) / 3, step: step, learningRate: 0.1, loss: 4 / Double(step), accuracy: 0.25,
                    images: 8))
        }
    }

    @Test("A comparison lists the settings that differ") func differences() throws {
        try withTemporaryFolder { folder in
            try write([0.5, 0.9, 0.7], to: folder.appending(path: "one/run"), steps: 9)
            try write([0.4], to: folder.appending(path: "two/run"), steps: 4) {
                ($0.optimizer.learningRate, $0.optimizer.kind, $0.epochs) = (0.25, .sgd, 7)
                $0.data.dataset.classes = ["a", "b"]
            }
            let paths = ["one/run", "two/run/"].map { folder.path + "/" + $0 }
            let comparison = try RunComparison(reading: paths)
            #expect(comparison.outcomes.map(\.name) == ["one/run", "two/run"])
            #expect(comparison.outcomes.map(\.epochs) == [3, 1] && comparison.outcomes.map(\.plannedEpochs) == [3, 7])
            #expect(comparison.outcomes.map(\.best) == [metrics(2, 0.9), metrics(1, 0.4)])
            #expect(
                comparison.differences.map(\.setting) == [
                    "data.dataset.classes", "epochs", "optimizer.kind", "optimizer.learningRate",
                ])
            #expect(
                comparison.differences.map(\.values) == [
                    ["–", "[\"a\",\"b\"]"], ["3", "7"], ["adam", "sgd"], ["0.001", "0.25"],
                ])

            let charts = comparison.plot(theme: .dark).drawings.compactMap { $0 as? LineChart }
            #expect(
                charts.map(\.title) == ["Validation accuracy", "Validation loss", "Training loss", "Learning rate"])
            #expect(charts.allSatisfy { $0.series.map(\.name) == ["one/run", "two/run"] && $0.theme == .dark })
            #expect(charts[0].series[0].points.map(\.y) == [0.5, 0.9, 0.7])
            #expect(charts[0].marks[0] == .point(Point(x: 2, y: 0.9), "", series: 0))
            // Steps are between the epochs.
            #expect(charts[3].series[0].points.map(\.x) == (1...9).map { Double($0) / 3 })
            #expect(try comparison.plot().png(scale: 1).count > 10_000)
        }
    }

    @Test("A single run is drawn with its steps") func singleRun() throws {
        try withTemporaryFolder { folder in
            try write([0.5, 0.9], to: folder.appending(path: "漢字 <b>"), steps: 6)
            let comparison = try RunComparison(reading: [folder.path + "/漢字 <b>"])
            #expect(comparison.differences.isEmpty)
            let charts = comparison.plot().drawings.compactMap { $0 as? LineChart }
            #expect(charts[0].series.map(\.name) == ["training", "validation", "training, by step"])
            #expect(charts[0].series[2].points.map(\.y) == (1...6).map { 4 / Double($0) })
            #expect(charts[1].title.contains("epoch 2: 90.0 %"))
            #expect(charts[1].marks == [.point(Point(x: 2, y: 0.9), "", series: 1)])
            let svg = String(decoding: try comparison.plot().svg(), as: UTF8.self)
            #expect(svg.hasPrefix("<?xml") && !svg.contains("<b>") && !svg.contains("漢"))
        }
    }

    @Test("A run without a finished epoch has no best epoch") func unfinishedRun() throws {
        try withTemporaryFolder { folder in
            try write([], to: folder.appending(path: "run"), steps: 2)
            let comparison = try RunComparison(reading: [folder.path + "/run"])
            #expect(comparison.outcomes[0].best == nil && comparison.outcomes[0].epochs == 0)
            #expect(try comparison.plot().png(scale: 1).count > 5_000)
        }
    }

    @Test("A folder without a run is an error") func noRun() throws {
        try withTemporaryFolder { folder in
            let none = #expect(throws: ApusError.self) { try RunComparison(reading: []) }
            #expect(none.map { "\($0)" }?.contains("no runs") == true)
            let empty = #expect(throws: ApusError.self) { try RunRecord(reading: folder.path) }
            #expect(empty.map { "\($0)" }?.contains("no run is in this folder") == true)
            let missing = #expect(throws: ApusError.self) { try RunRecord(reading: folder.path + "/none") }
            #expect(missing.map { "\($0)" }?.contains("there is no such folder") == true)

            try write([], to: folder.appending(path: "fresh"), steps: 0)
            let fresh = #expect(throws: ApusError.self) { try RunRecord(reading: folder.path + "/fresh") }
            #expect(fresh.map { "\($0)" }?.contains("has not made a step yet") == true)

            try write([0.5], to: folder.appending(path: "bad"), steps: 3)
            try Data("epoch\n1,2,x\n".utf8).write(to: folder.appending(path: "bad/metrics.csv"))
            let bad = #expect(throws: (any Error).self) { try RunRecord(reading: folder.path + "/bad") }
            #expect(bad.map { "\($0)" }?.contains("bad/metrics.csv: cannot read: line 2") == true)
        }
    }
}
