import Foundation
import TestSupport
import Testing

/// Lists of images on standard input.
@Suite("Lists on standard input") struct StreamTests {
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

        /// Reads up to the given number of lines; fewer if the output ends earlier.
        func hear(lines: Int) -> [String] {
            var data = Data()
            while data.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
                let part = output.fileHandleForReading.availableData
                if part.isEmpty { break }
                data += part
            }
            return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// Closes the input and returns the remaining output and the exit status.
        func end() throws -> (rest: [String], status: Int32) {
            try input.fileHandleForWriting.close()
            let rest = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (rest.split(separator: "\n").map(String.init), process.terminationStatus)
        }
    }

    @Test("Predictions are printed while the list still arrives") func streaming() throws {
        let photos = try TrainedRun.photos
        let (red, blue) = ("\(photos)/red/0.png", "\(photos)/blue/1.png")
        let messages = try Conversation("predict", TrainedRun.model, "-", "--format", "json", "--quiet")
        messages.say("\(red)\n\(blue)")
        // The second path is still incomplete, but the first is already predicted.
        let first = messages.hear(lines: 1)
        #expect(first.count == 1 && first[0].contains("red/0.png"))
        messages.say("\n\n\(nowhere).png\r\n\(red)")
        let (rest, status) = try messages.end()
        #expect(status == 1)
        try #require(rest.count == 3)
        #expect(rest[0].contains("blue/1.png") && rest[0].contains("\"label\":\"blue\""))
        #expect(rest[1].contains("\"error\"") && rest[1].contains("\(nowhere).png\""))
        #expect(rest[2].contains("\"label\":\"red\""))
    }

    @Test("An empty list has no results, and a limit stops the reading") func emptyListAndLimit() throws {
        let empty = try Command("predict", TrainedRun.model, "-")
        #expect(empty.status == 0 && empty.output.isEmpty)
        #expect(empty.messages.contains("standard input"))

        let image = "\(try TrainedRun.photos)/red/0.png"
        let messages = try Conversation("predict", TrainedRun.model, "-", "--format", "csv", "--quiet", "--limit", "3")
        messages.say(String(repeating: "\(image)\n", count: 5))
        let (rest, status) = try messages.end()
        #expect(status == 0)
        #expect(rest.count == 4)

        let sheet = try Command("predict", TrainedRun.model, "-", "--sheet", "x.png")
        #expect(sheet.status == 2)
    }
}
