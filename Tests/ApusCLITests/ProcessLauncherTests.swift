import Foundation
import TestSupport
import Testing

/// `apus train --processes 2`.
@Suite("Training with several processes") struct ProcessLauncherTests {
    private static let flags = [
        "--model", "small_cnn", "--fresh", "--batch-size", "4", "--checkpoint-minutes", "0.0001", "--no-report",
        "--processes", "2",
    ]

    /// Runs a command whose temporary files must be gone at its end.
    private func train(_ arguments: [String], in folder: URL) throws -> Command {
        let temporary = folder.appending(path: "temporary")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        let command = try Command(
            arguments: ["train"] + arguments, environment: ["TMPDIR": temporary.path], folder: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path) == [])
        return command
    }

    /// A training that is stopped: the launcher, its messages, and the process numbers of its children by rank.
    private struct Running {
        let launcher: Process
        let messages: URL
        let children: [pid_t]

        /// Waits for the launcher and returns its status and messages.
        func end() throws -> (status: Int32, messages: String) {
            launcher.waitUntilExit()
            return (launcher.terminationStatus, try String(contentsOf: messages, encoding: .utf8))
        }
    }

    /// Starts a run of many epochs, and waits until it has saved its state.
    private func start(in folder: URL) throws -> Running {
        let messages = folder.appending(path: "messages")
        try Data().write(to: messages)
        let process = try Command.process(
            ["train", TrainedRun.photos, "--out", "run", "--epochs", "3000"] + Self.flags,
            folder: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        let state = folder.appending(path: "run/checkpoint.safetensors").path
        try wait { FileManager.default.fileExists(atPath: state) || !process.isRunning }
        let launcher = process.processIdentifier
        // Any of its threads may have started them.
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(launcher)/task")
        let children = threads.flatMap { thread in
            let file = "/proc/\(launcher)/task/\(thread)/children"
            return ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: " ").compactMap {
                pid_t($0)
            }
        }
        let ranks = children.reduce(into: [String: pid_t]()) { ranks, child in
            let variables = (try? Data(contentsOf: URL(filePath: "/proc/\(child)/environ"))) ?? Data()
            let rank = variables.split(separator: 0).first { $0.starts(with: Array("RANK=".utf8)) }
            if let rank { ranks[String(decoding: rank.dropFirst(5), as: UTF8.self)] = child }
        }
        return Running(
            launcher: process, messages: messages,
            children: [try #require(ranks["0"]), try #require(ranks["1"])])
    }

    private func wait(for condition: () throws -> Bool) throws {
        let deadline = Date.now + 120
        while try !condition() {
            try #require(Date.now < deadline)
            usleep(2000)
        }
    }

    @Test(
        "A number of processes that is not possible, and a second launcher, are errors",
        arguments: [
            (["--processes", "0"], [:], "--processes must be between 1 and 1024, not 0"),
            (["--processes", "2", "--process-timeout", "0"], [:], "--process-timeout must be at least 1, not 0"),
            (["--processes", "2", "--find-lr"], [:], "--processes has no effect with --find-lr"),
            (
                ["--processes", "2"], ["RANK": "1"],
                "--processes can't be combined with another launcher: it has set RANK=1"
            ),
            (
                ["--processes", "2"],
                ["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "a"], "SLURM_PROCID=1"
            ),
            (["--processes", "2", "--device", "cuda:1"], [:], "--device cuda:1 is one GPU"),
            ([], ["RANK": "0"], "WORLD_SIZE"),
        ] as [([String], [String: String], String)])
    func wrongUse(_ flags: [String], _ environment: [String: String], _ message: String) throws {
        let command = try Command(arguments: ["train", "photos"] + flags, environment: environment)
        #expect(command.status != 0 && command.output.isEmpty)
        #expect(command.messages.contains(message), "\(command.messages)")
    }

    @Test("Two processes train one model, and the first one alone prints") func training() throws {
        try withTemporaryFolder { folder in
            let arguments = try [TrainedRun.photos, "--out", "run", "--epochs", "1"] + Self.flags
            let command = try train(arguments, in: folder)
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.outputLines.filter { $0.contains("epoch") }.count == 1, "\(command.output)")
            let lines = command.messages.split(separator: "\n")
            #expect(lines.filter { $0.hasPrefix("2 processes with ") }.count == 1, "\(lines)")
            #expect(lines.filter { $0.hasPrefix("epoch 1/1") }.count == 1 && !lines.contains { $0.hasPrefix("[1]") })
        }
    }

    @Test("The limit of unreadable images is that of all processes", arguments: ["0.1", "0.9"], [false, true])
    func unreadable(split: String, cachesFeatures: Bool) throws {
        try withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try FileManager.default.copyItem(atPath: TrainedRun.photos, toPath: photos.path)
            for number in 10..<30 {
                try Data("no image".utf8).write(to: photos.appending(path: "blue/\(number).png"))
            }
            let flags =
                cachesFeatures
                ? try ["--weights", TrainedRun.model, "--strategy", "frozen", "--cache-features"] : ["--fresh"]
            let command = try train(
                ["photos", "--out", "run", "--epochs", "1", "--val-split", split, "--max-unreadable", "10"] + flags
                    + Self.flags.filter { $0 != "--fresh" }, in: folder)
            #expect(command.status == 1)
            let errors = command.messages.split(separator: "\n").filter { $0.hasPrefix("apus: ") }
            #expect(
                errors.count == 1 && errors[0].contains(" of 27 images can't be read, but the limit is 10"),
                "\(command.messages)")
        }
    }

    @Test("Batch normalization of single values leaves out the only readable image of a part") func single() throws {
        try withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try FileManager.default.copyItem(atPath: TrainedRun.photos, toPath: photos.path)
            try Data("no image".utf8).write(to: photos.appending(path: "blue/10.png"))
            let command = try train(
                ["photos", "--out", "run", "--epochs", "2", "--head", "8,batchnorm,relu"] + Self.flags, in: folder)
            #expect(command.status == 0, "\(command.messages)")
        }
    }

    @Test("The plan knows the number of processes") func plan() throws {
        let flags = ["--dry-run", "--model", "small_cnn", "--fresh", "--processes"]
        let plan = try Command(arguments: ["train", TrainedRun.photos] + flags + ["2"])
        #expect(plan.status == 0 && plan.output.contains("2 processes"), "\(plan.output)\(plan.messages)")
        let many = try Command(arguments: ["train", TrainedRun.photos] + flags + ["40"])
        #expect(many.status == 1 && many.messages.contains("some of the 40 processes"), "\(many.messages)")
    }

    @Test("A job that starts again continues its run, but not on other data", arguments: ["torchrun", "Slurm"])
    func otherData(launcher: String) throws {
        try withTemporaryFolder { folder in
            let server = try LoopbackServer([:])
            server.stop()
            let environment = [
                "torchrun": [
                    "RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(server.port)",
                ],
                "Slurm": ["SLURM_RESTART_COUNT": "1"],
            ][launcher]
            func train(_ data: String) throws -> Command {
                try Command(
                    arguments: ["train", data, "--out", "run", "--epochs", "1"] + Self.flags.dropLast(2),
                    environment: environment ?? [:], folder: folder)
            }
            #expect(try train(TrainedRun.photos).status == 0)
            // A run without its report has not ended.
            try FileManager.default.removeItem(at: folder.appending(path: "run/report.md"))
            #expect(try train(TrainedRun.photos).status == 0)
            try FileManager.default.removeItem(at: folder.appending(path: "run/report.md"))
            let other = folder.appending(path: "other")
            try FileManager.default.copyItem(atPath: TrainedRun.photos, toPath: other.path)
            try FileManager.default.removeItem(at: other.appending(path: "blue/0.png"))
            let command = try train("other")
            #expect(command.status == 1 && command.messages.contains("images"), "\(command.messages)")
        }
    }

    @Test("An error that all processes have is printed once") func commonError() throws {
        try withTemporaryFolder { folder in
            let command = try train([nowhere + "/photos"] + Self.flags, in: folder)
            #expect(command.status == 1 && command.output.isEmpty)
            let lines = command.messages.split(separator: "\n")
            #expect(lines.count == 1 && lines[0].hasPrefix("apus: \(nowhere)/photos"), "\(lines)")
        }
    }

    @Test("A killed process ends the others, and one message names it") func killed() throws {
        try withTemporaryFolder { folder in
            let run = try start(in: folder)
            kill(run.children[1], SIGKILL)
            let (status, messages) = try run.end()
            #expect(status == 1)
            let errors = messages.split(separator: "\n").filter { $0.hasPrefix("apus:") || $0.hasPrefix("[1]") }
            #expect(errors.count == 1, "\(messages)")
            #expect(errors.first?.hasPrefix("apus: process 1 of 2 on ") ?? false, "\(messages)")
            #expect(errors.first?.contains(" was ended by signal 9 (") ?? false, "\(messages)")
            #expect(run.children.allSatisfy { kill($0, 0) != 0 })
        }
    }

    @Test("Ctrl-C reaches all processes, and processes end with a killed launcher; both states resume")
    func signals() throws {
        try withTemporaryFolder { folder in
            var run = try start(in: folder)
            run.launcher.interrupt()
            let (status, messages) = try run.end()
            #expect(status == 130)
            #expect(messages.ranges(of: "resume with: apus train --resume run").count == 1, "\(messages)")
            #expect(run.children.allSatisfy { kill($0, 0) != 0 })
            try FileManager.default.moveItem(
                at: folder.appending(path: "run"), to: folder.appending(path: "interrupted"))

            run = try start(in: folder)
            kill(run.launcher.processIdentifier, SIGKILL)
            try wait { run.children.allSatisfy { kill($0, 0) != 0 } }
            for name in ["interrupted", "run"] {
                let metrics = try? String(contentsOf: folder.appending(path: name + "/metrics.csv"), encoding: .utf8)
                let epochs = max(1, metrics?.split(separator: "\n").count ?? 1)
                let resumed = try train(["--resume", name, "--epochs", "\(epochs)"] + Self.flags.suffix(2), in: folder)
                #expect(resumed.status == 0, "\(resumed.messages)")
            }
        }
    }
}
