import Foundation
import TestSupport
import Testing

@Suite("apus predict") struct PredictCommandTests {
    private struct Row: Decodable {
        struct Candidate: Decodable {
            let label: String
            let index: Int
            let probability: Double
        }
        let file: String
        let label: String?
        let index: Int?
        let probability: Double?
        let top: [Candidate]?
        let milliseconds: Double?
        let logits: [Double]?
        let error: String?
    }

    @Test("JSON has one object for each image") func json() throws {
        let command = try Command(
            "predict", TrainedRun.model, TrainedRun.photos, "--format", "json", "--logits", "--quiet")
        #expect(command.status == 0)
        #expect(command.messages == "")
        let rows: [Row] = try command.jsonLines()
        #expect(rows.count == 10)
        #expect(rows.map(\.file) == rows.map(\.file).sorted())
        for row in rows {
            let logits = try #require(row.logits)
            let exponents = logits.map { exp($0) }
            let index = try #require(row.index)
            #expect(row.label == ["blue", "red"][index])
            #expect(logits[index] == logits.max())
            #expect(abs((row.probability ?? 0) - exponents[index] / exponents.reduce(0, +)) < 1e-5)
            #expect(row.top?.map(\.index) == [index, 1 - index])
            #expect(abs((row.top ?? []).map(\.probability).reduce(0, +) - 1) < 1e-5)
            #expect((row.milliseconds ?? 0) > 0)
            #expect(row.error == nil)
        }
    }

    @Test("Unreadable images are reported at their position") func unreadableImages() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder, count: 2)
            let whole = try Data(contentsOf: folder.appending(path: "red/0.png"))
            try Data("no image".utf8).write(to: folder.appending(path: "red/0a.jpg"))
            try Data().write(to: folder.appending(path: "red/0b.png"))
            try whole.prefix(whole.count / 2).write(to: folder.appending(path: "red/0c.png"))
            let command = try Command(
                "predict", TrainedRun.model, folder.path, folder.appending(path: "gone.jpg").path, "--format", "json",
                "--top", "1")
            #expect(command.status == 1)
            let rows: [Row] = try command.jsonLines()
            #expect(
                rows.map { URL(filePath: $0.file).lastPathComponent } == [
                    "0.png", "1.png", "0.png", "0a.jpg", "0b.png", "0c.png", "1.png", "gone.jpg",
                ])
            #expect(rows.map { $0.error != nil } == [false, false, false, true, true, true, false, true])
            for row in rows where row.error != nil {
                #expect(row.error?.contains(row.file) == true)
                #expect(row.label == nil && row.top == nil)
            }
            #expect(rows[0].top?.count == 1)
            #expect(command.messages.contains("4 unreadable"))
        }
    }

    @Test("No readable image is a failure") func nothingReadable() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "text.jpg")
            try Data("no image".utf8).write(to: file)
            let command = try Command("predict", TrainedRun.model, file.path)
            #expect(command.status == 1)
            #expect(command.messages.contains("text.jpg") && command.messages.contains("text file"))
            let empty = try Command("predict", TrainedRun.model, folder.appending(path: "empty").path)
            #expect(empty.status == 1)
        }
    }

    @Test("CSV quotes fields as RFC 4180 specifies") func csvQuoting() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder, count: 1)
            let odd = folder.appending(path: "red/a \"b\", c.png")
            try FileManager.default.moveItem(at: folder.appending(path: "red/0.png"), to: odd)
            let command = try Command("predict", TrainedRun.model, folder.path, "--format", "csv", "--quiet")
            #expect(command.outputLines.count == 3)
            #expect(command.outputLines[0] == "file,label,index,probability,milliseconds,unknown,error")
            let quoted = "\"" + odd.path.replacingOccurrences(of: "\"", with: "\"\"") + "\","
            #expect(command.outputLines[2].hasPrefix(quoted))
            #expect(command.outputLines[2].hasSuffix(","))
        }
    }

    @Test("CSV has the requested number of classes, each in separate columns")
    func csvClasses() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder, count: 1)
            try Data("no image".utf8).write(to: folder.appending(path: "red/a.png"))
            let two = try Command("predict", TrainedRun.model, folder.path, "--top", "2", "--format", "csv", "-q")
            let head = "file,label,index,probability,milliseconds,unknown,error"
            #expect(two.outputLines[0] == head + ",label_2,index_2,probability_2")
            let fields = two.outputLines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            try #require(fields.count == 4 && fields[..<3].allSatisfy { $0.count == 10 })
            for row in fields[1...2] {
                #expect(Set([row[1], row[7]]) == ["blue", "red"] && Set([row[2], row[8]]) == ["0", "1"])
                let (first, second) = (try #require(Double(row[3])), try #require(Double(row[9])))
                #expect(first >= second && abs(first + second - 1) < 1e-5)
            }
            #expect(two.outputLines[3].contains("text file") && two.outputLines[3].hasSuffix("\",,,"))
            let one = try Command("predict", TrainedRun.model, folder.path, "--format", "csv", "-q")
            #expect(one.outputLines[0] == head)
        }
    }

    @Test("A table numbers the images and shows the duration") func table() throws {
        let command = try Command("predict", TrainedRun.model, TrainedRun.photos, "--limit", "3")
        #expect(command.outputLines.count == 3)
        #expect(command.outputLines[2].contains("    3  ") && command.outputLines[2].contains(" ms  "))
        #expect(command.messages.contains("3 images in ") && command.messages.contains("(OpenVINO "))
    }

    @Test("A sheet is an image file") func sheetFile() throws {
        try withTemporaryFolder { folder in
            let sheet = folder.appending(path: "sheet.png")
            let command = try Command(
                "predict", TrainedRun.model, TrainedRun.photos, "--sheet", sheet.path, "--quiet")
            #expect(command.status == 0)
            let bytes = try Data(contentsOf: sheet)
            #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test("A full output device ends with an error message") func fullOutput() throws {
        guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }
        let process = try Command.process(["predict", TrainedRun.model, TrainedRun.photos, "--format", "json"])
        process.standardOutput = full
        let messages = Pipe()
        process.standardError = messages
        try process.run()
        let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 1)
        #expect(text.contains("No space left on device") || text.contains("no space left on device"), "\(text)")
    }
}
