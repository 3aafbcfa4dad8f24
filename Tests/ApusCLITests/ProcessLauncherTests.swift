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
