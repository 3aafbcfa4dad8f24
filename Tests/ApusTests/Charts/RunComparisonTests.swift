import Drawing
import Foundation
import TestSupport
import Testing
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Comparison of runs") struct RunComparisonTests {
    private func metrics(_ epoch: Int, _ accuracy: Double, custom: [String: Double]? = nil) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, learningRate: 0.1 / Double(max(1, epoch)), trainingLoss: 2 / Double(max(1, epoch)),
            trainingAccuracy: 0.5, validationLoss: 3 / Double(max(1, epoch)), validationAccuracy: accuracy,
            custom: custom)
    }

    /// A run with these epochs and three steps per epoch, whose rate falls by half after each epoch.
    private func record(
        _ epochs: [EpochMetrics], schedule: String, hasSteps: Bool = true, customLoss: String? = nil
    ) throws -> RunRecord {
        var configuration = TrainingConfiguration()
        configuration.optimizer.schedule = try Schedule(parsing: schedule)
        let last = epochs.map(\.epoch).max() ?? 0
        let steps =
            hasSteps && last > 0
            ? (1...last * 3).map { step in
                StepSummary(
                    epoch: (step + 2) / 3, step: step, learningRate: 0.1 * pow(0.5, Double((step - 1) / 3)), loss: 1,
                    accuracy: 0.5, images: 8)
            } : []
        return RunRecord(
            directory: RunDirectory(reading: "runs/one"), configuration: configuration, data: "photos", epochs: epochs,
            steps: steps, stepsPerEpoch: 3, isMultiLabel: false, customLoss: customLoss)
    }

    @Test("The learning rate of a step schedule is drawn in steps, that of a cosine as a line") func steppedRates()
        throws
    {
        let epochs = [metrics(1, 0.5), metrics(2, 0.6)]
        let stepped = try record(epochs, schedule: "step:1,0.5").rateSeries("")
        #expect(stepped.isStepped)
        // Each rate begins where the step before it ends: the second one exactly after the first epoch.
        #expect(stepped.points.map(\.x) == (0...6).map { Double($0) / 3 })
        #expect(stepped.points.map(\.y) == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05])
        let smooth = try record(epochs, schedule: "cosine").rateSeries("")
        #expect(!smooth.isStepped && smooth.points.map(\.x) == (1...6).map { Double($0) / 3 })
        let short = try record(epochs, schedule: "step:1,0.5", hasSteps: false).rateSeries("")
        #expect(short.isStepped && short.points.map(\.x) == [1, 1, 2] && short.points.map(\.y) == [0.1, 0.05, 0.05])
    }

    @Test("The axis of epochs begins at the first epoch") func firstEpoch() throws {
        func axes(_ run: RunRecord) -> [Axis] { run.plot().drawings.compactMap { ($0 as? LineChart)?.x } }
        let epochs = [metrics(1, 0.5), metrics(2, 0.6)]
        for axis in try axes(record(epochs, schedule: "constant", hasSteps: false)) {
            #expect(!axis.startsAtZero && axis.firstTick == 1)
        }
        // The steps of the first epoch are before its end, but there is no tick at 0.
        for axis in try axes(record(epochs, schedule: "constant")) {
            #expect(axis.startsAtZero && axis.firstTick == 1)
        }
        for axis in try axes(record([metrics(0, 0.1)] + epochs, schedule: "constant")) { #expect(axis.firstTick == 0) }
        let runs = try [record(epochs, schedule: "constant"), record([metrics(0, 0.1)] + epochs, schedule: "constant")]
        let charts = try RunComparison(runs).plot().drawings.compactMap { $0 as? LineChart }
        #expect(charts.allSatisfy { $0.x.firstTick == 0 && $0.x.startsAtZero })
    }

    @Test("Custom metrics and losses of runs are compared") func customParts() throws {
        let custom = [metrics(1, 0.5, custom: ["f1": 0.25]), metrics(2, 0.6, custom: ["f1": 0.5])]
        let runs = try [
            record(custom, schedule: "constant", customLoss: "focal"), record([metrics(1, 0.4)], schedule: "constant"),
        ]
        let comparison = try RunComparison(runs)
        #expect(comparison.customMetrics == ["f1"] && comparison.lossNames == ["cross entropy", "focal"])
        #expect(comparison.outcomes.map(\.loss) == ["focal", nil])
        let charts = comparison.plot().drawings.compactMap { $0 as? LineChart }
        let chart = try #require(charts.first { $0.title == "Validation: f1" })
        #expect(chart.series[0].points.map(\.y) == [0.25, 0.5] && chart.series[1].points[0].y.isNaN)
        #expect(charts.first { $0.title == "Validation loss" }?.y.label == "cross entropy or focal")
        let alone = runs[0].plot().drawings.compactMap { $0 as? LineChart }
        #expect(alone[0].y.label == "focal")
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
                comparison.differences.map(\.setting) == ["classes", "epochs", "lr", "optimizer"])
            #expect(
                comparison.differences.map(\.values) == [
                    ["–", "[\"a\",\"b\"]"], ["3", "7"], ["0.001", "0.25"], ["adam", "sgd"],
                ])

            let charts = comparison.plot(theme: .dark).drawings.compactMap { $0 as? LineChart }
            #expect(
                charts.map(\.title) == ["Validation accuracy", "Validation loss", "Training loss", "Learning rate"])
            #expect(charts.allSatisfy { $0.series.map(\.name) == ["one/run", "two/run"] && $0.theme == .dark })
            #expect(charts[0].series[0].points.map(\.y) == [0.5, 0.9, 0.7])
            #expect(charts[0].marks[0] == .point(Point(x: 2, y: 0.9), "", series: 0))
            // Steps are between the epochs.
            #expect(charts[3].series[0].points.map(\.x) == (0...9).map { Double($0) / 3 })
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

    @Test("The color bar of a confusion matrix shows percentages and display names") func confusionMatrix() throws {
        let matrix = ConfusionMatrix(
            labels: ["n01", "n02"], displayNames: ["ant", "bee"], counts: [[0: 3, 1: 1], [1: 4]])
        let chart = try matrix.plot()
        #expect(chart.barFormat == .percent && Set(chart.rowLabels) == ["ant", "bee"])
    }

    @Test("A run whose record of its inputs is damaged is still compared") func damagedInputs() throws {
        try withTemporaryFolder { folder in
            try write([0.5, 0.9], to: folder, steps: 6)
            try Data("{".utf8).write(to: URL(filePath: RunDirectory(reading: folder.path).inputs))
            let record = try RunRecord(reading: folder.path)
            #expect(record.epochs.count == 2 && record.customLoss == nil)
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
