import Foundation
import TestSupport
import Testing

/// Lists of pictures on standard input.
@Suite struct StreamTests {
    /// A process whose input and output are pipes.
    private struct Conversation {
        let process: Process
        let input = Pipe()
        let output = Pipe()

        init(_ arguments: String...) throws {
            process = try Command.process(arguments)
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        func say(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

        /// Everything up to the given number of lines; less where the output ends before.
        func hear(lines: Int) -> [String] {
            var data = Data()
            while data.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
                let part = output.fileHandleForReading.availableData
                if part.isEmpty { break }
                data += part
            }
            return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// Ends the input and gives what is left of the output, and the exit status.
        func end() throws -> (rest: [String], status: Int32) {
            try input.fileHandleForWriting.close()
            let rest = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (rest.split(separator: "\n").map(String.init), process.terminationStatus)
        }
    }

    @Test func answersComeWhileTheListDoes() throws {
        let photos = try TrainedRun.photos
        let (red, blue) = ("\(photos)/red/0.png", "\(photos)/blue/1.png")
        let talk = try Conversation("predict", TrainedRun.model, "-", "--format", "json", "--quiet")
        talk.say("\(red)\n\(blue)")
        // The second path is not at its end yet, the first is answered all the same.
        let first = talk.hear(lines: 1)
        #expect(first.count == 1 && first[0].contains("red/0.png"))
        talk.say("\n\n\(nowhere).png\r\n\(red)")
        let (rest, status) = try talk.end()
        #expect(status == 1)
        try #require(rest.count == 3)
        #expect(rest[0].contains("blue/1.png") && rest[0].contains("\"label\":\"blue\""))
        #expect(rest[1].contains("\"error\"") && rest[1].contains("\(nowhere).png\""))
        #expect(rest[2].contains("\"label\":\"red\""))
    }

    @Test func anEmptyListAndALimit() throws {
        let empty = try Command("predict", TrainedRun.model, "-")
        #expect(empty.status == 1)
        #expect(empty.talk.contains("standard input"))

        let picture = "\(try TrainedRun.photos)/red/0.png"
        let talk = try Conversation("predict", TrainedRun.model, "-", "--format", "csv", "--quiet", "--limit", "3")
        talk.say(String(repeating: "\(picture)\n", count: 5))
        let (rest, status) = try talk.end()
        #expect(status == 0)
        #expect(rest.count == 4)

        let sheet = try Command("predict", TrainedRun.model, "-", "--sheet", "x.png")
        #expect(sheet.status == 2)
    }
}
