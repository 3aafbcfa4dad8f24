import Foundation
import TestSupport
import Testing

/// Videos on the command line: two seconds of blue, then two of red.
@Suite("Videos on the command line", .serialized) struct VideoCommandTests {
    private static let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg")
    }

    private struct Row: Decodable {
        let file: String
        let time: Double?
        let label: String?
        let probability: Double?
        let error: String?
    }

    /// Runs the real ffmpeg.
    private static func ffmpeg(_ arguments: [String], in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"] + arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Writes videos of the colors, each for two seconds.
    private static func writeVideo(_ names: String..., colors: [String] = ["blue", "red"], in folder: URL) throws {
        let values = ["blue": "0x1428DC", "red": "0xDC1E14"]
        let inputs = colors.flatMap { ["-f", "lavfi", "-i", "color=c=\(values[$0] ?? ""):s=64x64:r=10:d=2"] }
        let filter = colors.indices.map { "[\($0):v]" }.joined() + "concat=n=\(colors.count):v=1"
        for name in names {
            try ffmpeg(inputs + ["-filter_complex", filter, "-c:v", "mpeg4", "-q:v", "2", name], in: folder)
        }
    }

    private static let folder: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-videos-\(UUID().uuidString)")
        atexit {
            if let folder = try? VideoCommandTests.folder.get() { try? FileManager.default.removeItem(at: folder) }
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try writeVideo("clip.mp4", in: folder)
        return folder
    }

    private func predict(
        _ arguments: String..., environment: [String: String] = [:], folder: URL? = nil
    ) throws -> Command {
        try Command(
            arguments: ["predict", TrainedRun.model] + arguments, environment: environment,
            folder: folder ?? Self.folder.get())
    }

    /// What the model, which is hardly trained, predicts for a photo of the color.
    private func label(of color: String) throws -> String {
        let photo = try TrainedRun.photos + "/\(color)/0.png"
        return try #require(predict(photo, "--format", "json", "-q").jsonLines(Row.self).first?.label)
    }

    @Test("Each frame is an object with the time, a row with it, and a line", .enabled(if: hasFFmpeg))
    func formats() throws {
        let json = try predict("clip.mp4", "--format", "json", "-q")
        #expect(json.status == 0 && json.messages.isEmpty, "\(json.messages)")
        let rows: [Row] = try json.jsonLines()
        #expect(rows.map(\.file) == Array(repeating: "clip.mp4", count: 4))
        #expect(rows.map(\.time) == [0, 1, 2, 3])
        let (blue, red) = (try label(of: "blue"), try label(of: "red"))
        #expect(rows.map(\.label) == [blue, blue, red, red])
        #expect(rows[0].probability == rows[1].probability && rows[2].probability == rows[3].probability)
        #expect(rows[0].label != rows[2].label || rows[0].probability != rows[2].probability)
        for line in json.outputLines { #expect(try JSONSchema("predict").problems(in: line) == []) }

        let csv = try predict("clip.mp4", "--every", "2s", "--format", "csv", "-q").outputLines
        #expect(csv.count == 3 && csv[0].hasSuffix(",error,time"))
        #expect(csv[1].hasPrefix("clip.mp4,\(blue),") && csv[1].hasSuffix(",,0.0"))
        #expect(csv[2].hasPrefix("clip.mp4,\(red),") && csv[2].hasSuffix(",,2.0"))

        let table = try predict("clip.mp4", "--every", "500ms", "--limit", "6", "--sheet", "sheet.png")
        #expect(table.status == 0 && table.outputLines.count == 6, "\(table.messages)")
        #expect(table.outputLines[3].contains("  clip.mp4 0:01.5  "), "\(table.output)")
        #expect(table.messages.contains("6 images in ") && table.messages.contains("Sheet: sheet.png"))
    }

    @Test("Images, videos and lists can be mixed, in their order", .enabled(if: hasFFmpeg)) func mixed() throws {
        let (photo, folder) = (try TrainedRun.photos + "/red/0.png", try Self.folder.get())
        func order(_ command: Command) throws -> [String] {
            try command.jsonLines(Row.self).map { row in
                "\(row.file == photo ? "photo" : row.file) \(row.time.map { "\($0)" } ?? "") \(row.label ?? "-")"
            }
        }
        let (blue, red) = (try label(of: "blue"), try label(of: "red"))
        let expected = [
            "photo  \(red)", "clip.mp4 0.0 \(blue)", "clip.mp4 2.0 \(red)", "photo  \(red)", "none.mp4  -",
            "photo  \(red)",
        ]
        let paths = [photo, "clip.mp4", photo, "none.mp4", photo]
        let named = try Command(
            arguments: ["predict", TrainedRun.model] + paths + ["--every", "2", "--format", "json", "-q"],
            folder: folder)
        #expect(named.status == 1)
        #expect(try order(named) == expected)
        try Data((paths.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "list"))
        let listed = try Command(
            arguments: ["predict", TrainedRun.model, "-", "--every", "2", "--format", "json", "-q"], folder: folder,
            prefix: ["sh", "-c", "exec \"$0\" \"$@\" < list"])
        #expect(listed.status == 1)
        #expect(try order(listed) == expected)
    }

    @Test("Videos in a folder are left out with a hint, and read with --every", .enabled(if: hasFFmpeg))
    func folders() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"), count: 1)
            try Self.writeVideo("photos/red/clip.mp4", colors: ["red"], in: folder)
            let without = try predict("photos", "--format", "json", folder: folder)
            #expect(without.status == 0 && without.outputLines.count == 2)
            #expect(without.messages.contains("--every 1s"), "\(without.messages)")
            let with = try predict("photos", "--every", "1s", "--format", "json", "-q", folder: folder)
            #expect(with.status == 0, "\(with.messages)")
            let rows: [Row] = try with.jsonLines()
            #expect(rows.filter { $0.file == "photos/red/clip.mp4" }.map(\.time) == [0, 1])
            #expect(rows.count == 4 && rows.allSatisfy { $0.label != nil })
        }
    }

    @Test("Videos in class folders train a classifier, which keeps the interval", .enabled(if: hasFFmpeg))
    func training() throws {
        try withTemporaryFolder { folder in
            for color in ["blue", "red"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: "clips/\(color)"), withIntermediateDirectories: true)
                try Self.writeVideo("clips/\(color)/1.mp4", "clips/\(color)/2.mp4", colors: [color], in: folder)
            }
            let network = try writeTinyNetwork(in: folder)
            let train = try Command(
                "train", "clips", "--every", "500ms", "--val-split", "0.5", "--model", network, "--epochs", "1",
                "--batch-size", "4", "--out", "run", folder: folder)
            #expect(train.status == 0, "\(train.messages)")
            #expect(train.messages.contains("8 images for training"), "\(train.messages)")
            let settings = try Data(contentsOf: folder.appending(path: "run/config.json"))
            let object = try #require(JSONSerialization.jsonObject(with: settings) as? [String: Any])
            #expect(object["every"] as? String == "500ms")
            let plan = try Command(
                "train", "--config", "run/config.json", "--dry-run", "--out", "other", folder: folder)
            #expect(plan.status == 0 && plan.output.contains("8"), "\(plan.messages)")
            let resumed = try Command("train", "--resume", "run", "--epochs", "2", "-q", folder: folder)
            #expect(resumed.status == 0, "\(resumed.messages)")
            // The interval is in the model file.
            let model = "run/best.safetensors"
            let evaluated = try Command("evaluate", model, "clips", "--split", "all", folder: folder)
            #expect(evaluated.status == 0 && evaluated.messages.contains("16 images"), "\(evaluated.messages)")
            let checked = try Command("data", "check", "clips", "--every", "1s", "--format", "json", folder: folder)
            #expect(checked.output.contains("\"images\" : 8"), "\(checked.output) \(checked.messages)")
            let left = try Command("data", "show", "clips", "--out", "sheet.png", folder: folder)
            #expect(left.status == 1 && left.messages.contains("--every 1s"), "\(left.messages)")
        }
    }

    @Test("A stream is predicted as it comes, and Ctrl-C ends it", .enabled(if: hasFFmpeg)) func stream() throws {
        try withTemporaryFolder { folder in
            try Self.writeVideo("clip.mp4", in: folder)
            try Self.ffmpeg(
                ["-i", "clip.mp4", "-c:v", "mpeg2video", "-g", "10", "-f", "hls", "-hls_time", "1", "live.m3u8"],
                in: folder)
            var answers: [String: LoopbackServer.Answer] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.hasSuffix("mp4") {
                var bytes = try Data(contentsOf: folder.appending(path: name))
                // Without its end, a playlist is live.
                if name == "live.m3u8" {
                    bytes = Data(String(decoding: bytes, as: UTF8.self).replacing("#EXT-X-ENDLIST\n", with: "").utf8)
                }
                answers["/\(name)"] = .body([UInt8](bytes))
            }
            let server = try LoopbackServer(answers)
            defer { server.stop() }
            let url = server.url("/live.m3u8")
            let process = try Command.process(
                ["predict", TrainedRun.model, url, "--format", "json"], folder: folder)
            let messages = folder.appending(path: "messages")
            try Data().write(to: messages)
            let output = Pipe()
            (process.standardOutput, process.standardError) = (output, try FileHandle(forWritingTo: messages))
            try process.run()
            var bytes = Data()
            // The times are those of whole passes: that of the first frame has ended when the second one is printed.
            while bytes.count(where: { $0 == UInt8(ascii: "\n") }) < 2 {
                let part = output.fileHandleForReading.availableData
                if part.isEmpty { break }
                bytes += part
            }
            process.interrupt()
            bytes += output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let text = try String(contentsOf: messages, encoding: .utf8)
            #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(text)")
            #expect(text.contains("decode "), "\(text)")
            let first = try #require(bytes.split(separator: UInt8(ascii: "\n")).first)
            let row = try JSONDecoder().decode(Row.self, from: first)
            #expect(row.file == url && row.time != nil && row.label != nil)
        }
    }

    @Test("A playlist that is named .mp4 is not followed", .enabled(if: hasFFmpeg)) func playlist() throws {
        let server = try LoopbackServer(["/a.ts": .body([0])])
        defer { server.stop() }
        try withTemporaryFolder { folder in
            let text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(server.url("/a.ts"))\n#EXT-X-ENDLIST\n"
            for name in ["list.mp4", "list.ts"] { try Data(text.utf8).write(to: folder.appending(path: name)) }
            try Data("ffconcat version 1.0\nfile '\(server.url("/a.ts"))'\n".utf8).write(
                to: folder.appending(path: "concat.mkv"))
            let command = try predict("list.mp4", "list.ts", "concat.mkv", "--format", "json", "-q", folder: folder)
            #expect(command.status == 1)
            let rows: [Row] = try command.jsonLines()
            #expect(rows.count == 3 && rows.allSatisfy { $0.error != nil }, "\(command.output)")
            #expect(server.requests.isEmpty, "\(server.requests)")
        }
    }

    @Test("A damaged video fails with the reason, and the others are predicted", .enabled(if: hasFFmpeg))
    func damaged() throws {
        try withTemporaryFolder { folder in
            try Self.writeVideo("clip.mp4", in: folder)
            let bytes = try Data(contentsOf: folder.appending(path: "clip.mp4"))
            try bytes.prefix(bytes.count / 2).write(to: folder.appending(path: "cut.mp4"))
            try Data("no video".utf8).write(to: folder.appending(path: "text.mp4"))
            try Data().write(to: folder.appending(path: "empty.mp4"))
            try Self.ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "sound.mp4"], in: folder)
            let command = try predict(
                "cut.mp4", "text.mp4", "empty.mp4", "sound.mp4", "clip.mp4", "--format", "json", folder: folder)
            #expect(command.status == 1)
            let rows: [Row] = try command.jsonLines()
            for name in ["cut.mp4", "text.mp4", "empty.mp4", "sound.mp4"] {
                let failure = rows.last { $0.file == name }
                #expect(failure?.error?.contains(name) == true, "\(name): \(command.output)")
            }
            #expect(rows.count { $0.file == "clip.mp4" && $0.label != nil } == 4)
            #expect(command.messages.contains("4 unreadable"), "\(command.messages)")
        }
    }

    /// A program in place of ffmpeg.
    private func withProgram(_ script: String, _ body: (_ folder: URL, _ path: String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let program = folder.appending(path: "bin/ffmpeg")
            try FileManager.default.createDirectory(
                at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
            try Data("video".utf8).write(to: folder.appending(path: "clip.mp4"))
            try body(folder, folder.appending(path: "bin").path + ":/usr/bin:/bin")
        }
    }

    @Test(
        "A program that fails is the failure of one video",
        arguments: [
            "echo 'clip.mp4: Invalid data found when processing input' >&2; exit 1", "head -c 100000 /dev/urandom",
            "printf '\\211PNG\\r\\n\\032\\n\\377\\377\\377\\377IHDR'", "exit 0", "kill -SEGV $$",
        ])
    func failing(script: String) throws {
        try withProgram(script) { folder, path in
            let command = try predict("clip.mp4", "--format", "json", environment: ["PATH": path], folder: folder)
            #expect(command.status == 1, "\(command.messages)")
            let rows: [Row] = try command.jsonLines()
            #expect(rows.count <= 1 && rows.allSatisfy { $0.error?.contains("clip.mp4") == true }, "\(command.output)")
            #expect(!command.messages.isEmpty)
        }
    }

    @Test("Without ffmpeg the error names it") func missing() throws {
        try withProgram("exit 1") { folder, _ in
            let environment = ["PATH": folder.path]
            let command = try predict("clip.mp4", environment: environment, folder: folder)
            #expect(command.status == 1 && command.output.isEmpty)
            #expect(command.messages.contains("clip.mp4") && command.messages.contains("ffmpeg"), "\(command.messages)")
        }
    }

    @Test("Ctrl-C ends a program that hangs") func hanging() throws {
        try withProgram("touch started; exec sleep 600") { folder, path in
            let process = try Command.process(
                ["predict", TrainedRun.model, "clip.mp4"], environment: ["PATH": path], folder: folder)
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            let deadline = Date.now + 300
            let started = folder.appending(path: "started").path
            while !FileManager.default.fileExists(atPath: started), process.isRunning, Date.now < deadline {
                usleep(2000)
            }
            process.interrupt()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130)
            #expect(Date.now < deadline)
        }
    }

    @Test(
        "Options that make no sense for videos are invalid usage",
        arguments: [
            (["clip.mp4", "--every", "0"], "no time between frames"),
            (["a", "--every", "2h"], "no time between frames"),
            (["a", "--every=-1s"], "no time between frames"), (["a", "--every", "nan"], "no time between frames"),
            (["clip.mp4", "--sample", "2"], "--sample can't be combined with videos"),
            (["a", "--every", "1s", "--max-unreadable", "1"], "--max-unreadable can't be combined with videos"),
            (["--stdin", "--every", "1s"], "--every can't be combined with --stdin"),
        ])
    func invalid(arguments: [String], message: String) throws {
        let command = try Command(arguments: ["predict", "mobilenet_v2"] + arguments)
        #expect(command.status == 2 && command.messages.contains(message), "\(command.messages)")
    }
}
