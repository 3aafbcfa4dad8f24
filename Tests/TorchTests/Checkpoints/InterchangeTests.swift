import Foundation
import TestSupport
import Testing
import Torch

/// Writes files that `scripts/checks/interchange.py` reads with PyTorch and the safetensors library.
@Suite("Checkpoints for other programs") struct InterchangeTests {
    private static let folder = ProcessInfo.processInfo.environment["APUS_INTERCHANGE"]

    @Test(
        "Checkpoints are written for PyTorch and safetensors to read",
        .enabled(if: folder != nil, "scripts/checks/interchange.py runs this")
    )
    func writesForOthers() throws {
        let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
        for name in ["every-kind.pth", "plain.pth", "module.pth"] {
            let checkpoint = try Checkpoint.read(Goldens.url("checkpoints/\(name)").path)
            try checkpoint.writePyTorch(to: folder.appending(path: name).path)
            try checkpoint.writeSafetensors(to: folder.appending(path: name + ".safetensors").path)
        }
        let entries = try (0..<2500).map { ("layer\($0).weight", try Tensor([Float($0)])) }
        let many = Checkpoint(entries: entries, metadata: ["text": "\"é\"\n\u{1F600}\u{7}", "classes": "[\"a\"]"])
        try many.writePyTorch(to: folder.appending(path: "many.pth").path)
        try many.writeSafetensors(to: folder.appending(path: "many.safetensors").path)
    }
}
