import Foundation
import TestSupport
import Testing

/// Signals end a run; `--resume` takes it up.
@Suite struct InterruptionTests {
    private static let flags = [
        "--model", "small_cnn", "--fresh", "--epochs", "4", "--batch-size", "2", "--checkpoint-minutes", "0.0001",
    ]

    /// Starts a run, and waits until it has saved its state.
    private func start(_ run: URL, talk: FileHandle = .nullDevice) throws -> Process {
        let process = try Command.process(["train", TrainedRun.photos, "--out", run.path] + Self.flags)
        // Whoever runs the tests may ignore a closing terminal, and processes inherit that.
        if let command = process.executableURL?.path {
            process.arguments = ["--default-signal=HUP", command] + (process.arguments ?? [])
            process.executableURL = URL(filePath: "/usr/bin/env")
        }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = talk
        try process.run()
        let deadline = Date.now + 120
        while !FileManager.default.fileExists(atPath: run.path + "/checkpoint.safetensors"), Date.now < deadline {
            usleep(500)
        }
        return process
    }

    /// The files of a run that was left alone, under the same path: the report names it.
    private func whole(_ run: URL) throws -> [String: FileContents] {
        let command = try Command(arguments: ["train", TrainedRun.photos, "--out", run.path, "--quiet"] + Self.flags)
        try #require(command.status == 0, "\(command.talk)")
        defer { try? FileManager.default.removeItem(at: run) }
        return try contents(run)
    }

    private func contents(_ run: URL) throws -> [String: FileContents] {
        let names = ["best.safetensors", "last.safetensors", "metrics.csv", "steps.csv", "report.md"]
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try FileContents(of: run.path + "/" + $0)) })
    }

    @Test func ctrlCSavesAndTellsHowToGoOn() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            let talk = folder.appending(path: "talk")
            try Data().write(to: talk)
            let process = try start(run, talk: FileHandle(forWritingTo: talk))
            process.interrupt()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130)
            let told = try String(contentsOf: talk, encoding: .utf8)
            #expect(told.contains("go on with: apus train --resume \(run.path)"), "\(told)")
            #expect(!FileManager.default.fileExists(atPath: run.path + "/report.md"))

            let resumed = try Command("train", "--resume", run.path)
            #expect(resumed.status == 0, "\(resumed.talk)")
            #expect(try contents(run) == expected)
        }
    }

    @Test("A terminal that closes lets a run save and stop, unless it was started under nohup")
    func hangingUpSaves() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            let process = try start(run)
            kill(process.processIdentifier, SIGHUP)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 129)
            let resumed = try Command("train", "--resume", run.path)
            #expect(resumed.status == 0, "\(resumed.talk)")
            #expect(try contents(run) == expected)

            try FileManager.default.removeItem(at: run)
            let ignoring = try Command(
                arguments: ["train", TrainedRun.photos, "--out", run.path, "-q"] + Self.flags,
                prefix: ["nohup", "sh", "-c", "(sleep 0.2; kill -HUP $$) & exec \"$0\" \"$@\""])
            #expect(ignoring.status == 0, "\(ignoring.talk)")
        }
    }

    @Test("Trainings that begin together get folders of their own, and one folder takes one")
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

    /// What `scripts/checks/resume.py` does a hundred times.
    @Test func aRunThatIsKilledGoesOnToTheSameFiles() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let expected = try whole(run)
            for delay in [0, 20_000, 60_000] {
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
                // The second kill may have come after the end, when there is nothing left to do.
                if process.terminationStatus != 0 {
                    #expect(FileManager.default.fileExists(atPath: run.path + "/report.md"))
                }
                #expect(try contents(run) == expected)
                try FileManager.default.removeItem(at: run)
            }
        }
    }

    @Test func whatGoesOnTakesNoOtherSettings() throws {
        for flags in [["photos"], ["--lr", "0.1"], ["--dry-run"], ["--seed", "3", "--epochs", "5"]] {
            let command = try Command(arguments: ["train", "--resume", "run"] + flags)
            #expect(command.status == 2 && command.talk.contains("--resume goes on with the run as it is"))
        }
        let nothing = try Command("train", "--resume", "\(nowhere)/run")
        #expect(nothing.status == 1 && nothing.talk.contains("\(nowhere)/run: no run is in this folder"))
    }
}
