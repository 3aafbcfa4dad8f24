import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

/// Full disks, closed folders and killed processes.
@Suite("Full disks, killed runs, attacks and missing permissions") struct FailureTests {
    @Test("A full disk ends the run with advice", .smallDisk) func fullDisk() async throws {
        // The models have nine megabytes each: the first fits, the second does not.
        for (megabytes, kept) in [(4, []), (12, ["best.safetensors"])] {
            try await withSmallDisk(megabytes: megabytes) { disk in
                let run = disk.appending(path: "run")
                let command = try Command(
                    "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--epochs", "2", "--out", run.path)
                #expect(command.status == 1)
                #expect(command.output == "")
                #expect(
                    command.messages.contains("No space left on device; free some space there"), "\(command.messages)")
                #expect(command.messages.contains(run.path))
                let names = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
                #expect(names == kept + ["config.json", "inputs.json", "log.jsonl", "split.csv", "steps.csv"])
                if kept.contains("best.safetensors") {
                    let predict = try Command(
                        "predict", run.appending(path: "best.safetensors").path, TrainedRun.photos, "-q")
                    #expect(predict.status == 0)
                }
            }
        }
    }

    /// The run is killed while it writes a model, which has another name until it is complete.
    @Test("A run that is killed while it saves leaves complete models") func killedWhileSaving() throws {
        try withTemporaryFolder { folder in
            var halves = 0
            for attempt in 0..<4 {
                let run = folder.appending(path: "run-\(attempt)")
                let process = try Command.process([
                    "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--epochs", "200", "--out", run.path,
                    "--quiet",
                ])
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                // The first process is killed at once, the next a little later, and so on.
                let deadline = Date.now + 300
                while !hasHalf(run), Date.now < deadline { usleep(300) }
                usleep(UInt32(attempt) * 2000)
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                #expect(process.terminationReason == .uncaughtSignal)
                halves += hasHalf(run) ? 1 : 0
                for name in ["best.safetensors", "last.safetensors"] {
                    let path = run.appending(path: name).path
                    guard FileManager.default.fileExists(atPath: path) else { continue }
                    let command = try Command("predict", path, TrainedRun.photos, "--quiet")
                    #expect(command.status == 0, "\(command.messages)")
                }
            }
            // Some processes were killed while writing.
            #expect(halves > 0)
        }
    }

    private func hasHalf(_ run: URL) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: run.path)) ?? []
        return names.contains { $0.hasSuffix(".partial") }
    }

    @Test(
        "Code in a pickle is not run",
        arguments: ["attack.pth", "attack-legacy.pth", "attack-bare.pth", "attack-protocol4.pth"]
    )
    func pickleCode(_ name: String) throws {
        // The code would create a file in the current folder.
        try withTemporaryFolder { folder in
            let attack = Goldens.url("checkpoints/\(name)").path
            let photos = try TrainedRun.photos
            for arguments in [
                ["predict", attack, photos], ["evaluate", attack, photos],
                ["train", photos, "--model", "small_cnn", "--weights", attack],
                ["train", photos, "--model", "small_cnn", "--weights", attack, "--partial"],
            ] {
                let command = try Command(arguments: arguments, folder: folder)
                #expect(command.status == 1)
                #expect(command.output == "")
                #expect(command.messages.contains(attack), "\(command.messages)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test(
        "An error names the file that cannot be read or written",
        .enabled(if: Unprivileged.isPossible, "the command can't be run as another user here")
    )
    func permissions() throws {
        try withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try writeImages(in: photos, count: 3)
            let model = folder.appending(path: "model.safetensors")
            try FileManager.default.copyItem(at: URL(filePath: TrainedRun.model), to: model)
            try #require(chmod(folder.path, 0o755) == 0)

            let image = photos.appending(path: "red/1.png").path
            try #require(chmod(image, 0) == 0)
            let predict = try Unprivileged.run(["predict", model.path, photos.path, "--format", "csv", "-q"])
            #expect(predict.status == 1)
            #expect(predict.outputLines.count == 7)
            let row = predict.outputLines.first { $0.hasPrefix(image) }
            #expect(row?.contains("permission denied") == true, "\(row ?? "")")

            let red = photos.appending(path: "red").path
            try #require(chmod(red, 0) == 0)
            defer { chmod(red, 0o755) }
            for arguments in [
                ["train", photos.path, "--model", "small_cnn", "--fresh", "--out", nowhere],
                ["evaluate", model.path, photos.path], ["predict", model.path, photos.path],
            ] {
                let command = try Unprivileged.run(arguments)
                #expect(command.status == 1)
                #expect(
                    command.messages.contains(red) && command.messages.contains("permission"), "\(command.messages)")
            }

            try #require(chmod(model.path, 0) == 0)
            let closed = try Unprivileged.run(["predict", model.path, image])
            #expect(closed.status == 1)
            #expect(
                closed.messages.contains(model.path) && closed.messages.contains("Permission denied"),
                "\(closed.messages)")

            try #require(chmod(red, 0o755) == 0 && chmod(image, 0o644) == 0)
            let out = folder.appending(path: "run").path
            let train = try Unprivileged.run([
                "train", photos.path, "--model", "small_cnn", "--fresh", "--out", out,
            ])
            #expect(train.status == 1)
            #expect(train.messages.contains(out) && train.messages.contains("Permission denied"), "\(train.messages)")
        }
    }
}

/// Runs the command as a user without root's permissions.
private enum Unprivileged {
    private static let prefix =
        geteuid() == 0 ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : []

    static let isPossible = (try? run(["--version"]).status) == 0

    static func run(_ arguments: [String]) throws -> Command {
        // Other users cannot read the tests' home.
        try Command(arguments: arguments, folder: FileManager.default.temporaryDirectory, prefix: prefix)
    }
}
