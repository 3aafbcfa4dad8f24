import Foundation
import TestSupport
import Testing
import Torch

/// A file system of 256 KiB, if the system allows it.
private func withSmallDisk(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=256k") == 0 else { return }
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        try body(folder)
    }
}

private let canMount: Bool = {
    var isMounted = false
    try? withSmallDisk { _ in isMounted = true }
    return isMounted
}()

@Suite("Full disk") struct DiskFullTests {
    @Test(
        "A full disk leaves the old checkpoint",
        .enabled(if: canMount, "mounting a small disk needs root"), arguments: [true, false]
    )
    func oldCheckpoint(safetensors: Bool) throws {
        try withSmallDisk { folder in
            let path = folder.appending(path: "model").path
            func write(_ checkpoint: Checkpoint) throws(CheckpointError) {
                if safetensors {
                    try checkpoint.writeSafetensors(to: path)
                } else {
                    try checkpoint.writePyTorch(to: path)
                }
            }
            try write(Checkpoint(entries: [("small", try Tensor.ones([100]))]))
            let large = Checkpoint(entries: [("a", try Tensor.ones([20000])), ("b", try Tensor.ones([100_000]))])
            let error = try #require(throws: CheckpointError.self) { try write(large) }
            #expect(error.code == .file)
            #expect(error.path == path)
            #expect(error.problem.contains("No space left on device"))
            #expect(error.advice.contains("free some space"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])
            #expect(try Checkpoint.read(path).entries.map(\.name) == ["small"])
        }
    }
}
