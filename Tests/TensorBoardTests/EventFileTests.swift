import Foundation
import SwiftProtobuf
import Testing

@testable import TensorBoard

@Suite("TensorBoard event files") struct EventFileTests {
    /// Twenty steps of two scalars each, with fixed times; `lengths` are the file sizes after each step.
    @discardableResult
    private func writeSteps(_ writer: EventFileWriter, _ steps: Range<Int> = 0..<20) throws -> [Int] {
        try steps.map { step in
            try writer.write(
                [
                    .scalar("loss/training", 2 / Double(step + 1)),
                    .scalar("learning_rate", 0.001 * pow(0.5, Double(step))),
                ], step: step, time: 1000 + Double(step))
            return writer.length
        }
    }

    @Test("Events are read back as they were written") func roundTrip() throws {
        try withFolder { folder in
            let path = ProcessInfo.processInfo.environment["APUS_EVENT_FILE"] ?? folder + "/" + EventFileWriter.fileName
            let writer = try EventFileWriter(creating: path, time: 999)
            try writeSteps(writer)
            try writer.write(
                [
                    .image("image", png: smallPNG),
                    .histogram("weights", Histogram((0..<1000).map { Double($0 - 500) / 100 })),
                    .text("note", "**bold** and ü"),
                ], step: 19, time: 1020)
            try writer.write([], step: 20)
            try writer.synchronize()

            let found = try events(path)
            #expect(found.count == 22)
            #expect((found[0].fileVersion, found[0].wallTime) == ("brain.Event:2", 999))
            #expect(found[0].sourceMetadata.writer == "apus")
            #expect(found[5].step == 4)
            #expect(found[5].wallTime == 1004)
            #expect(found[5].summary.value.map(\.tag) == ["loss/training", "learning_rate"])
            #expect(found[5].summary.value[0].simpleValue == 0.4)
            #expect(found[21].summary.value.map(\.tag) == ["image", "weights", "note"])
            #expect(try bytes(path).count == writer.length)
        }
    }

    @Test("Equal times give equal files") func equalTimes() throws {
        try withFolder { folder in
            for name in ["/a", "/b"] { try writeSteps(EventFileWriter(creating: folder + name, time: 0)) }
            #expect(try bytes(folder + "/a") == bytes(folder + "/b"))
        }
    }

    @Test("The default time is the current time") func currentTime() throws {
        try withFolder { folder in
            let before = Date().timeIntervalSince1970
            try EventFileWriter(creating: folder + "/a").write([.scalar("a", 1)], step: 0)
            let times = try events(folder + "/a").map(\.wallTime)
            #expect(times.allSatisfy { $0 >= before && $0 <= Date().timeIntervalSince1970 })
        }
    }

    @Test("A resumed file equals an uninterrupted one") func resumedFiles() throws {
        try withFolder { folder in
            let whole = try EventFileWriter(creating: folder + "/whole", time: 0)
            let lengths = try writeSteps(whole)
            let expected = try bytes(folder + "/whole")
            let path = folder + "/broken"
            for step in [-1, 0, 7, 18, 19, 50] {
                try write(expected, path)
                try writeSteps(EventFileWriter(resuming: path, afterStep: step, time: 0), min(step + 1, 20)..<20)
                #expect(try bytes(path) == expected, "after step \(step)")
            }
            for (step, length) in lengths.enumerated() {
                try write(expected, path)
                try writeSteps(EventFileWriter(resuming: path, length: length, time: 0), step + 1..<20)
                #expect(try bytes(path) == expected, "after \(length) bytes")
            }
        }
    }

    /// Resuming keeps only complete events, wherever a file was truncated.
    @Test("A truncated last event is removed") func truncatedEvents() throws {
        try withFolder { folder in
            let lengths = try writeSteps(EventFileWriter(creating: folder + "/whole", time: 5), 0..<3)
            let expected = try bytes(folder + "/whole")
            let begin = RecordFrame.encode(try events(folder + "/whole")[0].serializedBytes() as [UInt8]).count
            let ends = [begin] + lengths
            for size in 0...expected.count {
                let path = folder + "/cut"
                try write(Array(expected[..<size]), path)
                let writer = try EventFileWriter(resuming: path, time: 5)
                let kept = ends.last { $0 <= size } ?? begin
                #expect(writer.length == kept, "cut to \(size)")
                #expect(try bytes(path) == Array(expected[..<kept]))
            }
        }
    }

    @Test("A damaged event ends the file") func damagedEvents() throws {
        try withFolder { folder in
            let path = folder + "/file"
            let lengths = try writeSteps(EventFileWriter(creating: path, time: 5), 0..<6)
            var damaged = try bytes(path)
            damaged[lengths[2] + 20] ^= 1
            try write(damaged, path)
            #expect(try EventFileWriter(resuming: path).length == lengths[2])
        }
    }

    /// Events after an event of a later step belong to steps after it.
    @Test("Everything after a later step is removed") func laterSteps() throws {
        try withFolder { folder in
            let path = folder + "/file"
            let writer = try EventFileWriter(creating: path)
            for step in [1, 2, 9, 3] { try writer.write([.scalar("a", 0)], step: step) }
            _ = try EventFileWriter(resuming: path, afterStep: 5)
            #expect(try events(path).map(\.step) == [0, 1, 2])
        }
    }

    @Test("Missing files are created") func missingFiles() throws {
        try withFolder { folder in
            _ = try EventFileWriter(resuming: folder + "/file", afterStep: 3, time: 7)
            #expect(try events(folder + "/file").map(\.wallTime) == [7])
        }
    }

    @Test("Files of other programs are not overwritten") func foreignFiles() throws {
        try withFolder { folder in
            let path = folder + "/file"
            let others: [[UInt8]] = [
                Array("epoch,loss\n1,0.5\n2,0.25\n".utf8), RecordFrame.encode([1, 2, 3]),
                RecordFrame.encode(try Tensorboard_Event.with { $0.fileVersion = "brain.Event:1" }.serializedBytes()),
            ]
            for other in others {
                try write(other, path)
                #expect(throws: EventFileError.self) { try EventFileWriter(resuming: path) }
                #expect(try bytes(path) == other)
            }
            let error = #expect(throws: EventFileError.self) { try EventFileWriter(creating: path) }
            #expect(error?.description.contains("File exists; resume it or use another path") == true)
            #expect(throws: EventFileError.self) { try EventFileWriter(resuming: folder) }
            #expect(throws: EventFileError.self) { try EventFileWriter(creating: folder + "/none/file") }
            #expect(throws: EventFileError.self) { try EventFileWriter(resuming: "/dev/null") }
        }
    }
}
