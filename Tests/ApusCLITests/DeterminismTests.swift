import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// The same seed gives the same files. Separate processes are needed, because LibTorch has one generator per process
/// and other tests draw from it.
@Suite("Determinism of the command", .serialized) struct DeterminismTests {
    /// Images that every crop and every flip changes.
    private func writeNoise(in folder: URL) throws {
        for (kind, name) in ["even", "odd"].enumerated() {
            let classFolder = folder.appending(path: name)
            try FileManager.default.createDirectory(at: classFolder, withIntermediateDirectories: true)
            for number in 0..<6 {
                var random = CountedRandom(seed: 1, epoch: kind, index: number)
                let pixels = (0..<60 * 50 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let image = Image(width: 60, height: 50, pixels: pixels)
                try Data(image.pngData()).write(to: classFolder.appending(path: "\(number).png"))
            }
        }
    }

    /// A MobileNetV2 as `apus train` writes it, for small images.
    @TensorActor private func writeWeights(to path: String) throws {
        let network = try Formula.fill(MobileNetV2(classes: 3))
        let description = """
            {"version":1,"model":{"architecture":"mobilenet_v2","classes":["a","b","c"],"preprocessing":{\
            "resizeShortSide":36,"cropSize":32,"mean":[0.5,0.5,0.5],"standardDeviation":[0.2,0.2,0.2]}}}
            """
        try Checkpoint(network.stateDict, metadata: ["format": "pt", "apus": description])
            .writeSafetensors(to: path)
    }

    /// Trains with each set of flags.
    ///
    /// - Returns: the contents of the two models of each run.
    private func models(_ flags: [String], variants: [[String]]) async throws -> [[FileContents]] {
        try await withTemporaryFolder { folder in
            try writeNoise(in: folder.appending(path: "photos"))
            try await writeWeights(to: folder.appending(path: "backbone.safetensors").path)
            return try variants.enumerated().map { number, variant in
                let command = try Command(
                    arguments: [
                        "train", "photos", "--batch-size", "4", "--no-report", "--out",
                        "run-\(number)", "-q",
                    ] + flags + variant, folder: folder)
                try #require(command.status == 0, "\(command.messages)")
                return try ["best", "last"].map {
                    try FileContents(of: folder.appending(path: "run-\(number)/\($0).safetensors").path)
                }
            }
        }
    }

    @Test(
        "The model files depend on the seed and not on the number of workers",
        arguments: [
            ["--model", "small_cnn", "--fresh", "--epochs", "2"],
            ["--model", "mobilenet_v2", "--weights", "backbone.safetensors", "--epochs", "2"],
            [
                "--model", "mobilenet_v2", "--weights", "backbone.safetensors", "--strategy", "all", "--optimizer",
                "sgd", "--epochs", "1",
            ],
        ])
    func seedAndWorkers(_ flags: [String]) async throws {
        let runs = try await models(
            flags,
            variants: [
                ["--seed", "5", "--workers", "1"], ["--seed", "5", "--workers", "4"],
                ["--seed", "5", "--workers", "0"], ["--seed", "6", "--workers", "1"],
            ])
        for (place, name) in ["best", "last"].enumerated() {
            for run in 1...2 { #expect(runs[run][place] == runs[0][place], "\(name) of run \(run)") }
            #expect(runs[3][place] != runs[0][place], "\(name) of another seed")
        }
    }

    @Test("Every process predicts the same") func processes() throws {
        /// The lines without the durations.
        func lines(_ flags: String...) throws -> [String] {
            let command = try Command(
                arguments: ["predict", TrainedRun.model, TrainedRun.photos, "--format", "json", "--logits", "-q"]
                    + flags)
            try #require(command.status == 0, "\(command.messages)")
            return command.outputLines.map {
                $0.replacing(/"milliseconds":[0-9.e+-]+/, with: "")
            }
        }
        let first = try lines()
        #expect(first.count == 10)
        #expect(Set(first).count == 10)
        #expect(try lines() == first)
        #expect(try lines("--workers", "0") == first)
    }
}
