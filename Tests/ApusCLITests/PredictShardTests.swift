import Foundation
import TestSupport
import Testing

@Suite("apus predict --shard and --out") struct PredictShardTests {
    private struct Row: Decodable {
        let file: String
        let error: String?
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func rows(_ folder: URL) throws -> [Row] {
        try files(folder).filter { $0.hasSuffix(".jsonl") }.flatMap { name in
            try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n")
                .map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        }
    }

    /// Runs a command with a list on standard input, and returns its status and messages.
    private func predict(_ list: String, _ arguments: String...) throws -> (status: Int32, messages: String) {
        let process = try Command.process(["predict", TrainedRun.model, "-"] + arguments)
        let (input, messages) = (Pipe(), Pipe())
        (process.standardInput, process.standardError) = (input, messages)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        input.fileHandleForWriting.write(Data(list.utf8))
        try input.fileHandleForWriting.close()
        let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : -1, text)
    }

    @Test("The shards of a folder have each of its images once") func shardsOfFolder() throws {
        func names(_ arguments: String...) throws -> [String] {
            let flags = ["--format", "json", "-q"] + arguments
            let rows: [Row] = try Command(
                arguments: ["predict", TrainedRun.model, TrainedRun.photos] + flags,
                environment: ["RANK": "2", "WORLD_SIZE": "3"]
            ).jsonLines()
            return rows.map(\.file)
        }
        let all = try names()
        let last = try names("--shard", "3/3")
        #expect(last == stride(from: 2, to: all.count, by: 3).map { all[$0] })
        #expect(try names("--shard", "auto") == last)
    }

    @Test("The shards of a list write its images once, also after an interruption") func shardsOfList() throws {
        try withTemporaryFolder { folder in
            let (photos, out) = (try TrainedRun.photos, folder.appending(path: "results"))
            let listed = (0..<30).map { "\(photos)/\($0 % 3 == 0 ? "red" : "blue")/\($0 % 7).png" }
            let list = listed.joined(separator: "\n")
            // It is stopped while the list has not ended, and what it has is kept.
            let process = try Command.process(
                ["predict", TrainedRun.model, "-", "--shard", "1/2", "--output", out.path, "--part-size", "2"])
            let (input, messages) = (Pipe(), Pipe())
            (process.standardInput, process.standardError) = (input, messages)
            try process.run()
            input.fileHandleForWriting.write(Data((listed[..<9].joined(separator: "\n") + "\n").utf8))
            while (try? files(out).count(where: { $0.hasPrefix("part-") })) ?? 0 < 2, process.isRunning { usleep(1000) }
            process.terminate()
            process.waitUntilExit()
            #expect(process.terminationStatus == 143)
            let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let before = try rows(out).count
            #expect((4...5).contains(before), "\(text)")
            try input.fileHandleForWriting.close()

            for shard in 1...2 {
                let (status, text) = try predict(list, "--shard", "\(shard)/2", "--out", out.path)
                #expect(status == 0, "\(text)")
                #expect(text.contains("now: \(15 - (shard == 1 ? before : 0)) images in 1 file"), "\(text)")
            }
            let expected = (0..<2).flatMap { start in stride(from: start, to: 30, by: 2).map { listed[$0] } }
            let found = try rows(out)
            #expect(found.map(\.file) == expected)
            // Images that can't be read are results, too.
            let unreadable = expected.filter { $0.hasSuffix("/5.png") || $0.hasSuffix("/6.png") }
            #expect(found.filter { $0.error != nil }.map(\.file) == unreadable)
            for name in try files(out).filter({ $0.hasSuffix(".json") }) {
                let schema = name.hasPrefix("_done") ? "predict-done" : "predict-manifest"
                let json = try String(contentsOf: out.appending(path: name), encoding: .utf8)
                #expect(try JSONSchema(schema).problems(in: json) == [], "\(name)")
            }

            let again = try predict(list, "--shard", "2/2", "--out", out.path)
            #expect(again.status == 0 && again.messages.contains("now: 0 images in 0 files"), "\(again.messages)")
            let other = try predict(list + "\n\(photos)/red/0.png", "--shard", "2/2", "--out", out.path)
            #expect(other.status == 1 && other.messages.contains("list of images"), "\(other.messages)")
            let four = try predict(list, "--shard", "2/4", "--out", out.path)
            #expect(four.status == 1 && four.messages.contains("number of shards 2, not 4"), "\(four.messages)")
        }
    }

    @Test("Files of CSV have a line with the columns each") func csv() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "csv")
            let command = try Command(
                "predict", TrainedRun.model, TrainedRun.photos, "--format", "csv", "--part-size", "4", "--out", out.path
            )
            #expect(command.status == 0 && command.output.isEmpty, "\(command.messages)")
            let parts = try files(out).filter { $0.hasSuffix(".csv") }
            #expect(parts.count == 3)
            for (part, count) in zip(parts, [5, 5, 3]) {
                let lines = try String(contentsOf: out.appending(path: part), encoding: .utf8).split(separator: "\n")
                #expect(lines.count == count && lines[0].hasPrefix("file,label,index,"))
            }
        }
    }

    @Test("With --out an empty list, an unreadable archive and a missing model are errors") func refusals() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "out")
            let empty = try predict("\n", "--out", out.path)
            #expect(empty.status == 1 && empty.messages.contains("contains no paths"), "\(empty.messages)")
            let archive = folder.appending(path: "a.tar")
            try Data(repeating: 1, count: 5000).write(to: archive)
            let list = "\(try TrainedRun.photos)/red/0.png\n"
            let damaged = try predict(list + archive.path, "--out", out.path)
            #expect(damaged.status == 1 && damaged.messages.contains("a.tar"), "\(damaged.messages)")
            #expect(try files(out).allSatisfy { !$0.hasPrefix("_done") })
            let other = folder.appending(path: "other")
            let nothing = try predict("\(nowhere).png", "--out", other.path)
            #expect(nothing.status == 1 && nothing.messages.contains("none of the 1 image"), "\(nothing.messages)")
            #expect(try files(other).allSatisfy { !$0.hasPrefix("part-") && !$0.hasPrefix("_done") })
            #expect(try predict(list, "--out", out.path).status == 0)
            let missing = try Command("predict", "\(nowhere).safetensors", nowhere, "--out", out.path)
            #expect(missing.status == 1 && !missing.messages.contains("begun with"), "\(missing.messages)")
        }
    }

    @Test("An empty list has the names of the columns in CSV") func emptyCSV() throws {
        let command = try Command("predict", TrainedRun.model, "-", "--format", "csv", "-q")
        #expect(command.status == 0 && command.output.hasPrefix("file,label,"), "\(command.messages)")
        #expect(command.outputLines.count == 1)
    }

    @Test("--max-unreadable is for a list as a whole") func unreadable() throws {
        let list = "\(try TrainedRun.photos)/red/0.png\n\(nowhere).png\n"
        #expect(try predict(list).status == 1)
        #expect(try predict(list, "--max-unreadable", "50%").status == 0)
        let most = try predict(list, "--max-unreadable", "0")
        #expect(most.status == 1 && most.messages.contains("the limit is 0"), "\(most.messages)")
    }

    @Test("A worker ends in order at SIGTERM, and quietly when nobody reads its output", arguments: [true, false])
    func ending(isStopped: Bool) throws {
        let process = try Command.process(["predict", TrainedRun.model, "-", "--format", "json", "-q"])
        let (input, output, messages) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, messages)
        try process.run()
        input.fileHandleForWriting.write(Data("\(try TrainedRun.photos)/red/0.png\n".utf8))
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasSuffix("}\n"))
        // The input stays open: the end does not wait for the next line.
        if isStopped { process.terminate() } else { try output.fileHandleForReading.close() }
        process.waitUntilExit()
        #expect(process.terminationStatus == (isStopped ? 143 : 141))
        #expect(messages.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }

    @Test(
        "Contradictions are invalid usage",
        arguments: [
            (["a", "--shard", "0/8"], "'0/8' is no shard"), (["a", "--part-size", "5"], "--part-size requires --out"),
            (["a", "--out", "b", "--part-size", "0"], "at least 1"), (["a.mp4", "--shard", "1/2"], "videos as PATH"),
            (["a", "--out", "b", "--format", "table"], "--out requires --format json or csv"),
            (["a", "--out", "b", "--sheet", "c.png"], "--sheet"), (["--stdin", "--out", "b"], "--stdin"),
            (["-", "--shard", "1/2", "--limit", "5"], "--limit"), (["a", "--out", "b.csv"], "a folder"),
        ])
    func contradictions(arguments: [String], message: String) throws {
        let command = try Command(arguments: ["predict", "mobilenet_v2"] + arguments)
        #expect(command.status == 2)
        #expect(command.messages.contains(message), "\(command.messages)")
    }
}
