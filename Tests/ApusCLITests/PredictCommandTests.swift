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
            #expect(command.outputLines[0] == "file,label,index,probability,milliseconds,unknown,error,time")
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
            let head = "file,label,index,probability,milliseconds,unknown,error,time"
            #expect(two.outputLines[0] == head + ",label_2,index_2,probability_2")
            let fields = two.outputLines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            try #require(fields.count == 4 && fields[..<3].allSatisfy { $0.count == 11 })
            for row in fields[1...2] {
                #expect(Set([row[1], row[8]]) == ["blue", "red"] && Set([row[2], row[9]]) == ["0", "1"])
                let (first, second) = (try #require(Double(row[3])), try #require(Double(row[10])))
                #expect(first >= second && abs(first + second - 1) < 1e-5)
            }
            #expect(two.outputLines[3].contains("text file") && two.outputLines[3].hasSuffix("\",,,,"))
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

    @Test("A line gives the times for decoding and inference, and the help explains them")
    func times() throws {
        let command = try Command("predict", TrainedRun.model, TrainedRun.photos)
        let line = try #require(command.messages.split(separator: "\n").first { $0.hasPrefix("decode ") })
        let pattern = /decode [0-9]+\.[0-9] ms, inference [0-9]+\.[0-9] ms per image \([0-9]+ threads?\)/
        #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
        #expect(try Command("predict", TrainedRun.model, TrainedRun.photos, "-q").messages.isEmpty)
        #expect(try Command("predict", "--help").output.contains("share of the time of its batch"))
    }

    @Test("--stdin predicts the image on standard input") func imageOnStandardInput() throws {
        let photo = "\(try TrainedRun.photos)/red/0.png"
        func predict(
            _ file: FileHandle, _ arguments: String...
        ) throws -> (status: Int32, output: String, text: String) {
            let process = try Command.process(["predict", TrainedRun.model, "--stdin"] + arguments)
            let (output, messages) = (Pipe(), Pipe())
            (process.standardInput, process.standardOutput, process.standardError) = (file, output, messages)
            try process.run()
            let result = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, result, text)
        }
        let good = try predict(try #require(FileHandle(forReadingAtPath: photo)), "--format", "json", "-q")
        #expect(good.status == 0 && good.text.isEmpty)
        let row = try JSONDecoder().decode(Row.self, from: Data(good.output.utf8))
        #expect(row.file == "-" && row.label == "red")
        let file: [Row] = try Command("predict", TrainedRun.model, photo, "--format", "json", "-q").jsonLines()
        #expect(row.probability == file[0].probability)

        let piped = Pipe()
        let bytes = try Data(contentsOf: URL(filePath: photo))
        piped.fileHandleForWriting.write(bytes)
        try piped.fileHandleForWriting.close()
        #expect(try predict(piped.fileHandleForReading, "--format", "csv", "-q").output.contains("-,red,"))

        let empty = try predict(.nullDevice)
        #expect(empty.status == 1 && empty.text.contains("standard input is empty"), "\(empty.text)")
        let text = try predict(try #require(FileHandle(forReadingAtPath: "/proc/version")), "--format", "json")
        #expect(text.status == 1 && text.output.contains("\"error\"") && text.output.contains("text file"))
        let folder = try predict(try #require(FileHandle(forReadingAtPath: "/")))
        #expect(folder.status == 1 && folder.text.contains("it is a folder"), "\(folder.text)")
    }

    @Test("--sample predicts images chosen by the seed, in their order") func sample() throws {
        func files(_ arguments: String...) throws -> [String] {
            let rows: [Row] = try Command(
                arguments: ["predict", TrainedRun.model, TrainedRun.photos, "--format", "json", "-q"] + arguments
            ).jsonLines()
            return rows.map(\.file)
        }
        let all = try files()
        let first = try files("--sample", "4", "--seed", "1")
        #expect(first.count == 4 && first == all.filter(first.contains))
        #expect(try files("--sample", "4", "--seed", "1") == first)
        let others = try (2...6).map { try files("--sample", "4", "--seed", "\($0)") }
        #expect(others.contains { $0 != first })
        #expect(try files("--sample", "100") == all)
        let notes = try Command("predict", TrainedRun.model, TrainedRun.photos, "--sample", "3").messages
        #expect(notes.contains("3 of 10 images, chosen at random (seed 0)"), "\(notes)")
    }

    @Test(
        "Contradictions in the input are invalid usage",
        arguments: [
            ([], "Give images or folders as PATH, or --stdin"), (["--stdin", "a.jpg"], "combined with a PATH"),
            (["--stdin", "--limit", "2"], "--limit can't"), (["--stdin", "--sample", "2"], "--sample can't"),
            (["--stdin", "--max-unreadable", "2"], "--max-unreadable can't"),
            (["--stdin", "-0"], "-0 requires a list"),
            (["a", "--sample", "0"], "at least 1"), (["a", "--seed", "1"], "--seed requires --sample"),
            (["a", "--sample", "2", "--limit", "2"], "--sample can't be combined with --limit"),
            (["-", "--sample", "2"], "--sample can't be combined with a list"),
        ])
    func contradictions(arguments: [String], message: String) throws {
        let command = try Command(arguments: ["predict", "mobilenet_v2"] + arguments)
        #expect(command.status == 2)
        #expect(command.messages.contains(message), "\(command.messages)")
    }

    @Test("Images with several frames are noted once") func severalFrames() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder, count: 1)
            for name in ["animated.png", "animated.webp"] {
                try FileManager.default.copyItem(
                    at: Goldens.url("images/files/\(name)"), to: folder.appending(path: "red/\(name)"))
            }
            let command = try Command("predict", TrainedRun.model, folder.path)
            #expect(command.status == 0)
            let notes = command.messages.split(separator: "\n").filter { $0.contains("several frames") }
            #expect(notes.count == 1 && notes[0].hasPrefix("2 images have several frames or pages"), "\(notes)")
            #expect(notes.first?.hasSuffix("such as \(folder.path)/red/animated.png") == true)
        }
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
