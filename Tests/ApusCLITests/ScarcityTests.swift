import Foundation
import TestSupport
import Testing
import Torch

/// Processes that may have hardly any threads or memory, or have no home, end with an answer or an error.
@Suite("Few resources") struct ScarcityTests {
    /// Another user's number, whose threads are counted apart, and the limit.
    private func prefix(threads: Int) -> [String] {
        let user = "\(61_000 + Int.random(in: 0..<4_000))"
        return [
            "timeout", "100", "bash", "-c", "ulimit -u \(threads); exec \"$@\"", "limited", "setpriv", "--reuid", user,
            "--regid", user, "--clear-groups",
        ]
    }

    @Test(
        "Where no thread may begin the command ends with an error, and where few may, LibTorch answers",
        .enabled(if: geteuid() == 0, "the command can't be run as another user here"))
    func threads() throws {
        try withTemporaryFolder { folder in
            try writePictures(in: folder.appending(path: "photos"), count: 2)
            let model = folder.appending(path: "model.safetensors")
            try FileManager.default.copyItem(at: URL(filePath: TrainedRun.model), to: model)
            try #require(chmod(folder.path, 0o755) == 0)
            for limit in [1, 2, 4] {
                let command = try Command(
                    arguments: ["predict", model.path, folder.path + "/photos"], prefix: prefix(threads: limit))
                #expect(command.status == 1, "\(limit): \(command.talk)")
                #expect(command.talk.contains("ulimit -u"), "\(limit): \(command.talk)")
            }
            for arguments in [
                ["predict", model.path, folder.path + "/photos"], ["evaluate", model.path, folder.path + "/photos"],
            ] {
                let command = try Command(arguments: arguments, prefix: prefix(threads: 6))
                #expect(command.status == 0, "\(arguments[0]): \(command.talk)")
                #expect(command.talk.contains("too few for OpenVINO"), "\(command.talk)")
            }
            let asked = try Command(
                arguments: ["predict", model.path, folder.path + "/photos", "--engine", "openvino"],
                prefix: prefix(threads: 6))
            #expect(asked.status == 1 && asked.talk.contains("too few for OpenVINO; raise the limit"), "\(asked.talk)")
        }
    }

    @Test("Too little memory for OpenVINO leaves the work to LibTorch, and too little for both is an error")
    func memory() throws {
        // From what the libraries themselves take when they load, in steps.
        for kilobytes in stride(from: 540_000, through: 1_000_000, by: 46_000) {
            let prefix = ["timeout", "100", "bash", "-c", "ulimit -v \(kilobytes); exec \"$@\"", "limited"]
            let arguments = ["predict", try TrainedRun.model, try TrainedRun.photos, "--limit", "1"]
            let command = try Command(arguments: arguments, prefix: prefix)
            if command.status == 0 {
                let isLeft = command.talk.contains("address space, too little for OpenVINO; LibTorch computes")
                #expect(isLeft || command.talk.contains("by OpenVINO"), "\(kilobytes): \(command.talk)")
            } else {
                #expect(command.status == 1 && command.talk.contains("ulimit -v"), "\(kilobytes): \(command.talk)")
            }
        }
    }

    @Test("Without HOME the account's folder holds the weights")
    func home() throws {
        try withTemporaryFolder { folder in
            let command = try Command(
                arguments: ["weights", "list"], folder: folder,
                prefix: ["-u", "HOME", "-u", "XDG_CACHE_HOME", "-u", "TORCH_HOME"])
            let account = try #require(getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) })
            #expect((command.talk + command.output).contains(account + "/.cache/torch/hub/checkpoints"))
        }
    }
}
