import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Torch

@Suite("Refused checkpoints") struct CheckpointRefusalTests {
    /// The error for a file with these bytes.
    private func error(_ bytes: [UInt8], stateKey: String? = nil) throws -> CheckpointError {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "file.pth").path
            try Data(bytes).write(to: URL(filePath: path))
            return try #require(throws: CheckpointError.self) { try Checkpoint.read(path, stateKey: stateKey) }
        }
    }

    @Test(
        "The error for a refused file names the reason",
        arguments: [
            ("attack.pth", CheckpointError.Code.refused, "'posix.system'"),
            ("attack-legacy.pth", .refused, "'posix.system'"),
            ("attack-protocol4.pth", .refused, "'builtins.eval'"),
            ("attack-bare.pth", .unsupported, "not one that torch.save wrote"),
            ("whole-model.pth", .refused, "'torch.nn.modules.linear.Linear'"),
            ("complex.pth", .unsupported, "torch.ComplexFloatStorage"),
            ("uint16.pth", .unsupported, "torch.uint16"),
            ("sparse.pth", .refused, "'torch._utils._rebuild_sparse_tensor'"),
            ("conjugate.pth", .unsupported, "conjugated"),
            ("single-tensor.pth", .unsupported, "contains a tensor"),
            ("torchscript.pt", .unsupported, "TorchScript"),
            ("attack-tar.pth", .refused, "'posix.system'"),
            ("folder.tar", .unsupported, "it has no 'storages'"),
            ("bomb.pth", .damaged, "far more than the file"),
        ])
    func refusals(file: String, kind: CheckpointError.Code, word: String) throws {
        let path = Goldens.url("checkpoints/\(file)").path
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(path) }
        #expect(error.code == kind)
        #expect(error.path == path)
        #expect(error.problem.contains(word), "\(error)")
        #expect(!FileManager.default.fileExists(atPath: "executed-by-a-pickle"))
    }

    @Test("The error for an empty file states that it is empty") func emptyFile() throws {
        #expect(try error([]).problem == "it is empty")
    }

    @Test(
        "A web page in place of a checkpoint is recognized",
        arguments: ["<!DOCTYPE html><p>404", "\u{FEFF}\n <html>", "<?xml version=\"1.0\"?>"]
    )
    func webPage(text: String) throws {
        let error = try error(Array(text.utf8))
        #expect(error.problem.contains("web page"))
        #expect(error.advice.contains("again"))
    }

    @Test("A Git LFS pointer is recognized") func gitLFSPointer() throws {
        let error = try error(Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".utf8))
        #expect(error.problem.contains("Git LFS"))
        #expect(error.advice.contains("git lfs pull"))
    }

    @Test("Text and other files are recognized") func textAndOtherFiles() throws {
        #expect(
            try error(Array("epoch,loss\n1,0.5\n".utf8)).problem.contains("it is text, not a checkpoint: 'epoch,loss'"))
        #expect(try error([0x1F, 0x8B, 8, 0]).problem.contains("gzip"))
        #expect(try error([1, 2, 3, 4, 0]).problem.contains("neither"))
        #expect(try error([0x50, 0x4B, 3, 4] + Array(repeating: 0, count: 100)).code == .damaged)
    }

    @Test("A ZIP archive without a checkpoint is refused") func otherArchive() throws {
        // A ZIP archive with an empty file `a`, as `zip -0` makes it.
        var entry: [UInt8] = [0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let local: [UInt8] = [0x50, 0x4B, 3, 4] + entry + [1, 0, 0, 0] + Array("a".utf8)
        entry += [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let central: [UInt8] = [0x50, 0x4B, 1, 2, 0x0A, 0] + entry + Array("a".utf8)
        let end: [UInt8] = [
            0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, UInt8(central.count), 0, 0, 0,
            UInt8(local.count), 0, 0, 0, 0, 0,
        ]
        let error = try error(local + central + end)
        #expect([.damaged, .unsupported].contains(error.code), "\(error)")
    }

    @Test("A missing file, a folder and a device are errors") func missingFileFolderAndDevice() throws {
        let missing = try #require(throws: CheckpointError.self) { try Checkpoint.read("\(nowhere)/model.pth") }
        #expect(missing.code == .file)
        #expect(missing.description.contains("\(nowhere)/model.pth: cannot open: No such file or directory"))
        #expect(throws: CheckpointError.self) { try Checkpoint.read("/") }
        let device = try #require(throws: CheckpointError.self) { try Checkpoint.read("/dev/zero") }
        #expect(device.problem.contains("not a regular file"))
    }

    /// The entry is read on opening, and memory is allocated for the size in the archive's directory.
    @Test("An entry of a .pth file that claims gigabytes is refused before any are taken", arguments: [UInt8(0), 8])
    func entryThatClaimsGigabytes(method: UInt8) throws {
        var bytes = Array(try Data(contentsOf: Goldens.url("checkpoints/plain.pth")))
        let entry = try #require(
            bytes.indices.dropLast(80).last { place in
                let length = Int(bytes[place + 28])
                return bytes[place...].starts(with: [0x50, 0x4B, 1, 2])
                    && bytes[place + 46..<place + 46 + length].suffix(8).elementsEqual("/version".utf8)
            })
        bytes[entry + 10] = method
        bytes.replaceSubrange(entry + 24..<entry + 28, with: [0xFF, 0xFF, 0xFF, 0x7F])
        let error = try error(bytes)
        #expect(error.code == .damaged)
        #expect(error.problem.contains("'version' would need 2147483647 bytes"), "\(error)")
    }

    @Test("A truncated file is refused", arguments: ["plain.pth", "module-legacy.pth", "every-kind.safetensors"])
    func truncation(file: String) throws {
        let bytes = Array(try Data(contentsOf: Goldens.url("checkpoints/\(file)")))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: CheckpointFault.self, "cut after \(count)") {
                try bytes.prefix(count).withUnsafeBytes { try CheckpointLayout(of: $0, stateKey: nil) }
            }
        }
        #expect(try error(Array(bytes.prefix(bytes.count / 2))).code == .damaged)
    }
}
