import Foundation
import TensorBoard
import TestSupport
import Testing
import Torch

@testable import Apus
@testable import Classifier

@Suite("Logs of a run") struct LogTests {
    private let metrics = EpochMetrics(
        epoch: 1, learningRate: 0.001, trainingLoss: 0.5, trainingAccuracy: 0.75, validationLoss: 0.25,
        validationAccuracy: 0.875)

    private var start: LogStart {
        LogStart(
            data: "photos", model: "resnet18:IMAGENET1K_V1", strategy: "frozen", head: "linear",
            classes: ["a", "é\n\"b\""], isMultiLabel: false,
            trainingImages: 20, validationImages: 5, trainableParameters: 10, parameters: 100, epochs: 2,
            stepsPerEpoch: 4, device: "cpu")
    }

    private func summary(_ step: Int, loss: Double = 0.5) -> StepSummary {
        StepSummary(
            epoch: 1 + (step - 1) / 4, step: step, learningRate: 0.001, loss: loss, accuracy: 0.5, images: 8)
    }

    private var records: [LogRecord] {
        [
            LogRecord(.started(start), step: 0, time: 1000.25),
            LogRecord(.note("3 files were left out"), step: 0),
            LogRecord(.unreadable(name: "a/b.jpg", reason: "it ends early"), step: 1),
            LogRecord(.step(summary(2)), step: 2),
            LogRecord(.step(summary(4)), step: 4),
            LogRecord(.epoch(metrics, isBest: true), step: 4),
            LogRecord(.resumed, step: 4),
            LogRecord(.step(summary(6, loss: .nan)), step: 6),
            LogRecord(.stopped(reason: "the loss is nan"), step: 6),
            LogRecord(.diagnosis(Finding(.rateTooLarge, since: 2, "a", advice: "b")), step: 6),
            LogRecord(.finished(metrics), step: 6),
        ]
    }

    private func write(_ records: some Sequence<LogRecord>, _ log: RunLog) throws {
        for record in records { try log.write(record.event, step: record.step, time: record.time) }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("Each line of a log is a flat JSON object") func flatObjects() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/log.jsonl"
            try write(records, RunLog(creating: path))
            let lines = try text(path).split(separator: "\n")
            #expect(lines.count == records.count)
            #expect(lines[0].contains(#""classes":["a","é\n\"b\""]"#))
            #expect(lines[0].contains(#""time":1000.25"#))
            #expect(
                lines[3]
                    == #"{"accuracy":0.5,"epoch":1,"event":"step","images":8,"learningRate":0.001,"loss":0.5,"step":2}"#
            )
            #expect(
                lines[5]
                    == #"{"epoch":1,"event":"epoch","isBest":true,"learningRate":0.001,"step":4,"trainingAccuracy":0.75,"#
                    + #""trainingLoss":0.5,"validationAccuracy":0.875,"validationLoss":0.25}"#)
            #expect(lines[7].contains(#""loss":"nan""#))
            for line in lines { #expect((try JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any]) }
        }
    }

    @Test("Lines are read back as they were written") func roundTrip() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/log.jsonl"
            try write(records, RunLog(creating: path))
            let read = try RunLog.read(path)
            // A NaN loss equals nothing.
            #expect(read.count == records.count)
            for (ours, theirs) in zip(read, records) where ours.step != 6 || ours.event == theirs.event {
                #expect(ours == theirs)
            }
            guard case .step(let summary) = read[7].event else {
                Issue.record("\(read[7])")
                return
            }
            #expect(summary.loss.isNaN && summary.step == 6)
        }
    }

    @Test("A resumed log equals an uninterrupted one") func resumedLogs() throws {
        try withTemporaryFolder { folder in
            let (whole, path) = (folder.path + "/whole", folder.path + "/broken")
            let log = try RunLog(creating: whole)
            var lengths = [0]
            for record in records {
                try write([record], log)
                lengths.append(log.length)
            }
            let expected = try text(whole)
            for step in [0, 1, 2, 3, 4, 5, 6, 100] {
                try expected.write(toFile: path, atomically: true, encoding: .utf8)
                try write(records.filter { $0.step > step }, RunLog(resuming: path, afterStep: step))
                #expect(try text(path) == expected, "after step \(step)")
            }
            for (kept, length) in lengths.enumerated() {
                try expected.write(toFile: path, atomically: true, encoding: .utf8)
                try write(records[kept...], RunLog(resuming: path, length: length))
                #expect(try text(path) == expected, "after \(length) bytes")
            }
        }
    }

    @Test("A truncated last line is removed") func truncatedLines() throws {
        try withTemporaryFolder { folder in
            let (whole, path) = (folder.path + "/whole", folder.path + "/cut")
            try write(records.prefix(4), RunLog(creating: whole))
            let bytes = Array(try text(whole).utf8)
            for size in 0...bytes.count {
                try Data(bytes[..<size]).write(to: URL(filePath: path))
                let kept = bytes[..<size].lastIndex(of: 10).map { $0 + 1 } ?? 0
                #expect(try RunLog.read(path).count == bytes[..<kept].count { $0 == 10 })
                #expect(try RunLog(resuming: path, afterStep: 100).length == kept)
                #expect(try Array(text(path).utf8) == Array(bytes[..<kept]))
            }
        }
    }

    @Test("A damaged line ends the log") func damagedLines() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/log"
            let good = #"{"event":"resumed","step":1}"# + "\n"
            try (good + "\0\0\0\0\n" + good).write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: FileError.self) { try RunLog.read(path) }
            #expect(error?.reason == "line 2 is unknown to this version")
            #expect(try RunLog(resuming: path, afterStep: 9).length == good.utf8.count)
        }
    }

    @Test("Logs and states of version 0.1 are read") func formerKeys() throws {
        try withTemporaryFolder { folder in
            let (log, steps) = (folder.path + "/log.jsonl", folder.path + "/steps.csv")
            let lines = [
                #"{"classes":["a","b"],"data":"photos","device":"cpu","epochs":2,"event":"started","head":"linear","#
                    + #""isMultiLabel":false,"model":"resnet18","parameters":100,"step":0,"stepsPerEpoch":4,"#
                    + #""strategy":"frozen","trainableParameters":10,"trainingPictures":20,"validationPictures":5}"#,
                #"{"accuracy":0.5,"epoch":1,"event":"step","learningRate":0.001,"loss":0.5,"pictures":8,"step":2}"#,
            ]
            try lines.map { $0 + "\n" }.joined().write(toFile: log, atomically: true, encoding: .utf8)
            var start = start
            (start.model, start.classes) = ("resnet18", ["a", "b"])
            #expect(try RunLog.read(log).map(\.event) == [.started(start), .step(summary(2))])

            let table = "epoch,step,learning_rate,loss,accuracy,pictures\n1,2,0.001,0.5,0.5,8\n"
            try table.write(toFile: steps, atomically: true, encoding: .utf8)
            try CurveLog(resuming: steps, afterStep: 2).write(summary(4))
            #expect(try CurveLog.read(steps) == [summary(2), summary(4)])
        }
        let text = #"""
            {"batches":3,"epoch":2,"epochs":[],"epochsWithoutGain":1,
             "lastValidation":[{"hits":3,"pictures":4,"predictions":5}],
             "summaries":{"correct":1,"epoch":2,"interval":10,"lossSum":2,"pictures":8,"summarized":6},
             "sums":{"correct":6,"loss":1.5,"pictures":12},"unreadable":["a.jpg"]}
            """#
        let state = try JSONDecoder.forFiles.decode(RunState.self, from: Data(text.utf8))
        #expect(state.epoch == 2 && state.sums == EpochSums(loss: 1.5, correct: 6, images: 12))
        #expect(state.lastValidation == [.init(images: 4, hits: 3, predictions: 5)])
    }

    @Test("Events of other versions are kept") func unknownEvents() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/log"
            let line = #"{"event":"coffee","step":1}"# + "\n"
            try line.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try RunLog(resuming: path, afterStep: 1).length == line.utf8.count)
        }
    }

    @Test("Files of other programs are not overwritten") func foreignFiles() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/log"
            try "epoch,loss\n1,0.5\n".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: FileError.self) { try RunLog(creating: path) }
            #expect(throws: FileError.self) { try RunLog(resuming: path, afterStep: 1) }
            #expect(throws: FileError.self) { try RunLog(resuming: path, length: 1) }
            #expect(throws: FileError.self) { try CurveLog(creating: path) }
            #expect(throws: FileError.self) { try CurveLog(resuming: path, afterStep: 1) }
            #expect(throws: FileError.self) { try CurveLog.read(path) }
            #expect(try text(path) == "epoch,loss\n1,0.5\n")
            #expect(throws: FileError.self) { try RunLog(creating: folder.path + "/none/log") }
            #expect(throws: FileError.self) { try RunLog(resuming: folder.path, afterStep: 0) }
            #expect(throws: FileError.self) { try RunLog.read(folder.path + "/none") }
        }
    }

    @Test("A full disk leaves complete lines", .smallDisk) func fullDisk() async throws {
        try await withSmallDisk(megabytes: 1) { folder in
            let path = folder.path + "/log"
            let log = try RunLog(creating: path)
            let error = #expect(throws: FileError.self) {
                for step in 0..<100_000 { try log.write(.note(String(repeating: "long ", count: 50)), step: step) }
            }
            #expect(error?.code == ENOSPC)
            #expect(try text(path).utf8.count == log.length)
            #expect(try text(path).hasSuffix("}\n"))
        }
    }

    @Test("Curves are CSV tables") func curves() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/steps.csv"
            let log = try CurveLog(creating: path)
            for step in [2, 4, 6] { try log.write(summary(step, loss: step == 4 ? 0.1 + 0.2 : 2.5)) }
            #expect(
                try text(path) == """
                    epoch,step,learning_rate,loss,accuracy,images
                    1,2,0.001,2.5,0.5,8
                    1,4,0.001,0.30000000000000004,0.5,8
                    2,6,0.001,2.5,0.5,8

                    """)
            #expect(
                try CurveLog.read(path) == [summary(2, loss: 2.5), summary(4, loss: 0.1 + 0.2), summary(6, loss: 2.5)])

            let expected = try text(path)
            for step in [0, 2, 3, 5] {
                let resumed = try CurveLog(resuming: path, afterStep: step)
                for next in [2, 4, 6] where next > step {
                    try resumed.write(summary(next, loss: next == 4 ? 0.1 + 0.2 : 2.5))
                }
                #expect(try text(path) == expected, "after step \(step)")
            }
        }
    }

    @Test("A truncated table is repaired") func truncatedTables() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/steps.csv"
            let log = try CurveLog(creating: path)
            try log.write(summary(2))
            try log.write(summary(4))
            let bytes = Array(try text(path).utf8)
            for size in 0..<bytes.count {
                try Data(bytes[..<size]).write(to: URL(filePath: path))
                let kept = try CurveLog.read(path)
                let resumed = try CurveLog(resuming: path, afterStep: 100)
                for next in [2, 4] where next > kept.last?.step ?? 0 { try resumed.write(summary(next)) }
                #expect(try Array(text(path).utf8) == bytes, "cut to \(size)")
            }
        }
    }

    @Test("A damaged table is an error") func damagedTables() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/steps.csv"
            try "epoch,step,learning_rate,loss,accuracy,images\n1,2,x,0.5,0.5,8\n"
                .write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: FileError.self) { try CurveLog.read(path) }
            #expect(error?.reason.hasPrefix("line 2 does not have the columns") == true)
        }
    }

    private func progress(_ epoch: Int, _ step: Int, of steps: Int, loss: Double, accuracy: Double) -> TrainingProgress
    {
        TrainingProgress(
            epoch: epoch, step: step, steps: steps, images: step * 8, totalImages: steps * 8, loss: loss,
            accuracy: accuracy, learningRate: 0.1 * Double(step))
    }

    @Test("Step summaries are computed from running means") func stepSummaries() throws {
        var summaries = StepSummaries(every: 2)
        func take(_ epoch: Int, _ step: Int, loss: Double, accuracy: Double) -> StepSummary? {
            summaries.take(
                progress(epoch, step, of: 5, loss: loss, accuracy: accuracy), step: (epoch - 1) * 5 + step)
        }
        #expect(take(1, 1, loss: 2, accuracy: 0) == nil)
        let first = try #require(take(1, 2, loss: 1.5, accuracy: 0.25))
        #expect(
            first == StepSummary(epoch: 1, step: 2, learningRate: 0.2, loss: 1.5, accuracy: 0.25, images: 16))
        // A saved and restored state continues unchanged.
        summaries = try JSONDecoder().decode(StepSummaries.self, from: JSONEncoder().encode(summaries))
        #expect(take(1, 3, loss: 1.4, accuracy: 0.3) == nil)
        let second = try #require(take(1, 4, loss: 1, accuracy: 0.5))
        #expect(abs(second.loss - 0.5) < 1e-12 && abs(second.accuracy - 0.75) < 1e-12 && second.images == 16)
        // The last summary of an epoch has the remaining steps.
        let third = try #require(take(1, 5, loss: 0.9, accuracy: 0.55))
        #expect(abs(third.loss - 0.5) < 1e-12 && third.step == 5 && third.images == 8)
        // The next epoch starts again.
        #expect(take(2, 1, loss: 0.3, accuracy: 1) == nil)
        let fourth = try #require(take(2, 2, loss: 0.2, accuracy: 1))
        #expect(fourth == StepSummary(epoch: 2, step: 7, learningRate: 0.2, loss: 0.2, accuracy: 1, images: 16))
    }

    @Test("Values for TensorBoard have their names") func tensorBoardNames() {
        #expect(
            summary(2, loss: 2.5).summaryValues
                == [.scalar("loss/steps", 2.5), .scalar("accuracy/steps", 0.5), .scalar("learning_rate", 0.001)])
        #expect(
            metrics.summaryValues == [
                .scalar("epoch", 1), .scalar("loss/training", 0.5), .scalar("loss/validation", 0.25),
                .scalar("accuracy/training", 0.75), .scalar("accuracy/validation", 0.875),
            ])
    }
}
