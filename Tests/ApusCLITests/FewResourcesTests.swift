import Foundation
import TestSupport
import Testing
import Torch

/// Processes with hardly any threads or memory, or without a home, end with a result or an error.
@Suite("Few resources") struct FewResourcesTests {
    /// The ID of another user, whose threads are counted separately, and the limit.
    private func prefix(threads: Int) -> [String] {
        let user = "\(61_000 + Int.random(in: 0..<4_000))"
        return [
            "timeout", "100", "bash", "-c", "ulimit -u \(threads); exec \"$@\"", "limited", "setpriv", "--reuid", user,
            "--regid", user, "--clear-groups",
        ]
    }

    @Test(
        "Without a new thread the command ends with an error; with few, LibTorch predicts",
        .enabled(if: geteuid() == 0, "the command can't be run as another user here"))
    func threads() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"), count: 2)
            let model = folder.appending(path: "model.safetensors")
            try FileManager.default.copyItem(at: URL(filePath: TrainedRun.model), to: model)
            try #require(chmod(folder.path, 0o755) == 0)
            for limit in [1, 2, 4] {
                let command = try Command(
                    arguments: ["predict", model.path, folder.path + "/photos"], prefix: prefix(threads: limit))
                #expect(command.status == 1, "\(limit): \(command.messages)")
                #expect(command.messages.contains("ulimit -u"), "\(limit): \(command.messages)")
            }
            for arguments in [
                ["predict", model.path, folder.path + "/photos"], ["evaluate", model.path, folder.path + "/photos"],
            ] {
                let command = try Command(arguments: arguments, prefix: prefix(threads: 6))
                #expect(command.status == 0, "\(arguments[0]): \(command.messages)")
                #expect(command.messages.contains("too few for OpenVINO"), "\(command.messages)")
            }
            let asked = try Command(
                arguments: ["predict", model.path, folder.path + "/photos", "--engine", "openvino"],
                prefix: prefix(threads: 6))
            #expect(
                asked.status == 1 && asked.messages.contains("too few for OpenVINO; raise the limit"),
                "\(asked.messages)")
        }
    }

    @Test("With too little memory for OpenVINO, LibTorch predicts; too little for both is an error")
    func memory() throws {
        // In steps, from the memory that the libraries need to load.
        for kilobytes in stride(from: 540_000, through: 1_000_000, by: 46_000) {
            let prefix = ["timeout", "100", "bash", "-c", "ulimit -v \(kilobytes); exec \"$@\"", "limited"]
            let arguments = ["predict", try TrainedRun.model, try TrainedRun.photos, "--limit", "1"]
            let command = try Command(arguments: arguments, prefix: prefix)
            if command.status == 0 {
                let isLeft = command.messages.contains("too little for OpenVINO; LibTorch is used")
                #expect(isLeft || command.messages.contains("(OpenVINO"), "\(kilobytes): \(command.messages)")
            } else {
                #expect(
                    command.status == 1 && command.messages.contains("ulimit -v"), "\(kilobytes): \(command.messages)")
            }
        }
    }

    @Test("Without HOME the home folder of the account holds the weights")
    func home() throws {
        try withTemporaryFolder { folder in
            let command = try Command(
                arguments: ["weights", "list"], folder: folder,
                prefix: ["-u", "HOME", "-u", "XDG_CACHE_HOME", "-u", "TORCH_HOME"])
            let account = try #require(getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) })
            #expect((command.messages + command.output).contains(account + "/.cache/torch/hub/checkpoints"))
        }
    }
}
