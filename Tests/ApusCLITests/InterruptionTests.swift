import Foundation
import TestSupport
import Testing

/// Signals end a run; `--resume` continues it.
@Suite("Interrupted and resumed runs") struct InterruptionTests {
    private static let flags = [
        "--model", "small_cnn", "--fresh", "--epochs", "4", "--batch-size", "2", "--checkpoint-minutes", "0.0001",
    ]

    /// Starts a run, and waits until it has saved its state.
    private func start(_ run: URL, messages: FileHandle = .nullDevice) throws -> Process {
        let process = try Command.process(["train", TrainedRun.photos, "--out", run.path] + Self.flags)
        // The tests' own process may ignore a hang-up, and child processes inherit that.
        if let command = process.executableURL?.path {
            process.arguments = ["--default-signal=HUP", command] + (process.arguments ?? [])
            process.executableURL = URL(filePath: "/usr/bin/env")
        }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = messages
        try process.run()
        let deadline = Date.now + 120
        while !FileManager.default.fileExists(atPath: run.path + "/checkpoint.safetensors"), Date.now < deadline {
            usleep(500)
        }
        return process
    }

    /// The files of an uninterrupted run under the same path, because the report names the path.
    private func whole(_ run: URL) throws -> [String: FileContents] {
        let command = try Command(arguments: ["train", TrainedRun.photos, "--out", run.path, "--quiet"] + Self.flags)
        try #require(command.status == 0, "\(command.messages)")
        defer { try? FileManager.default.removeItem(at: run) }
        return try contents(run)
    }

    private func contents(_ run: URL) throws -> [String: FileContents] {
        let names = ["best.safetensors", "last.safetensors", "metrics.csv", "steps.csv", "report.md"]
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try FileContents(of: run.path + "/" + $0)) })
    }

    @Test("Ctrl-C saves the run and prints how to resume it") func controlC() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            let messages = folder.appending(path: "messages")
            try Data().write(to: messages)
            let process = try start(run, messages: FileHandle(forWritingTo: messages))
            process.interrupt()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130)
            let text = try String(contentsOf: messages, encoding: .utf8)
            #expect(text.contains("resume with: apus train --resume \(run.path)"), "\(text)")
            #expect(!FileManager.default.fileExists(atPath: run.path + "/report.md"))

            let resumed = try Command("train", "--resume", run.path)
            #expect(resumed.status == 0, "\(resumed.messages)")
            #expect(try contents(run) == expected)
        }
    }

    @Test("A run saves and stops when its terminal closes, unless it started under nohup")
    func hangUp() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            let process = try start(run)
            kill(process.processIdentifier, SIGHUP)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 129)
            let resumed = try Command("train", "--resume", run.path)
            #expect(resumed.status == 0, "\(resumed.messages)")
            #expect(try contents(run) == expected)

            try FileManager.default.removeItem(at: run)
            let ignoring = try Command(
                arguments: ["train", TrainedRun.photos, "--out", run.path, "-q"] + Self.flags,
                prefix: ["nohup", "sh", "-c", "(sleep 0.2; kill -HUP $$) & exec \"$0\" \"$@\""])
            #expect(ignoring.status == 0, "\(ignoring.messages)")
        }
    }

    @Test("Runs that start together get separate folders, and a folder accepts one run")
    func oneFolderEach() throws {
        try withTemporaryFolder { folder in
            let arguments = try ["train", TrainedRun.photos, "--no-report", "-q"] + Self.flags
            func processes(_ more: [String]) throws -> [Process] {
                let processes = try (0..<3).map { number in
                    let process = try Command.process(arguments + ["--seed", "\(number)"] + more, folder: folder)
                    process.standardOutput = FileHandle.nullDevice
                    process.standardError = FileHandle.nullDevice
                    return process
                }
                for process in processes { try process.run() }
                for process in processes { process.waitUntilExit() }
                return processes
            }
            let own = try processes([])
            #expect(own.allSatisfy { $0.terminationStatus == 0 })
            let runs = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "runs").path)
            #expect(runs.sorted() == ["small_cnn-1", "small_cnn-2", "small_cnn-3"])
            let same = try processes(["--out", "same"])
            #expect(same.map(\.terminationStatus).sorted() == [0, 1, 1])
        }
    }

    @Test("Ctrl-C while weights are downloaded gives 130, too") func download() throws {
        let file = "/mobilenet_v2-b0353104.pth"
        let server = try LoopbackServer([file: .dribbled(seconds: 0.01, length: 100_000)])
        defer { server.stop() }
        try withTemporaryFolder { folder in
            let process = try Command.process(
                ["train", TrainedRun.photos, "--out", folder.appending(path: "run").path],
                environment: ["TORCH_HOME": folder.path, "APUS_WEIGHTS_MIRROR": server.url("/")])
            let messages = Pipe()
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, messages)
            try process.run()
            let deadline = Date.now + 120
            while !server.requests.contains(file), process.isRunning, Date.now < deadline { usleep(2000) }
            process.interrupt()
            let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(text)")
        }
    }

    /// `scripts/checks/resume.py` repeats this a hundred times.
    @Test("A killed run resumes and ends with the same files") func killedRun() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            for delay in [0, 40_000] {
                var process = try start(run)
                for _ in 0..<2 {
                    usleep(UInt32(delay))
                    kill(process.processIdentifier, SIGKILL)
                    process.waitUntilExit()
                    process = try Command.process(["train", "--resume", run.path, "--quiet"])
                    process.standardOutput = FileHandle.nullDevice
                    try process.run()
                }
                process.waitUntilExit()
                // The second signal can come after the end, when nothing is left to do.
                if process.terminationStatus != 0 {
                    #expect(FileManager.default.fileExists(atPath: run.path + "/report.md"))
                }
                #expect(try contents(run) == expected)
                try FileManager.default.removeItem(at: run)
            }
        }
    }

    @Test("A resumed run accepts no other settings") func resumeSettings() throws {
        for flags in [["photos"], ["--lr", "0.1"], ["--dry-run"], ["--seed", "3", "--epochs", "5"]] {
            let command = try Command(arguments: ["train", "--resume", "run"] + flags)
            #expect(command.status == 2 && command.messages.contains("--resume uses the settings of the run"))
        }
        let nothing = try Command("train", "--resume", "\(nowhere)/run")
        #expect(nothing.status == 1 && nothing.messages.contains("\(nowhere)/run: no run is in this folder"))
    }
}
