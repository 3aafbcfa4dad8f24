import Foundation
import TestSupport
import Testing
import Torch

/// Every command and both engines report NaN and infinite weights and outputs.
@TensorActor
@Suite("NaN and infinity") struct NonFiniteTests {
    /// The trained model with one tensor changed.
    private func model(
        in folder: URL, _ name: String, changing tensor: String, _ change: (Tensor) throws -> Tensor
    ) throws -> String {
        let path = try TrainedRun.model
        let entries = try Checkpoint.read(path).entries.map { entry in
            (name: entry.name, tensor: entry.name == tensor ? try change(entry.tensor.clone()) : entry.tensor)
        }
        let out = folder.appending(path: name).path
        try Checkpoint(entries: entries, metadata: Checkpoint.readMetadata(path)).writeSafetensors(to: out)
        return out
    }

    private func lastWeight() throws -> String {
        try #require(
            try Checkpoint.read(TrainedRun.model).entries.last { $0.name.hasSuffix("weight") && $0.tensor.rank == 2 }?
                .name)
    }

    @Test("Every command and engine names a NaN weight and its file")
    func weights() throws {
        try withTemporaryFolder { folder in
            // In the first layer an activation or a pooling can hide it.
            let file = try model(in: folder, "nan.safetensors", changing: "features.0.weight") { tensor in
                try tensor[0].fill(.nan)
                return tensor
            }
            let photos = try TrainedRun.photos
            for engine in ["openvino", "libtorch"] {
                for arguments in [
                    ["predict", file, photos], ["predict", file, photos, "--format", "json"],
                    ["evaluate", file, photos], ["calibrate", file, photos, "--out", "c.safetensors"],
                    ["embed", file, photos, "--map", "pca"], ["data", "labels", photos, "--model", file],
                ] {
                    try expectNamed(arguments + ["--engine", engine, "--quiet"], in: folder)
                }
            }
            for arguments in [
                ["explain", file, photos], ["export", file], ["export", file, "--int8", "--calibrate", photos],
                ["export", file, "--model", "small_cnn", "--out", "o.onnx"],
                ["train", photos, "--model", "small_cnn", "--weights", file, "--epochs", "1"],
            ] {
                try expectNamed(arguments, in: folder)
            }
        }
    }

    private func expectNamed(_ arguments: [String], in folder: URL) throws {
        let command = try Command(arguments: arguments, folder: folder)
        #expect(command.status == 1 && command.output == "", "\(arguments): \(command.output)")
        #expect(
            command.messages.contains("nan.safetensors: 27 of 432 values of 'features.0.weight' are NaN or infinite"),
            "\(arguments): \(command.messages)")
    }

    @Test("Either engine reports an infinite output of finite weights with the image")
    func outputs() throws {
        try withTemporaryFolder { folder in
            let name = try lastWeight()
            let file = try model(in: folder, "large.safetensors", changing: name) { try $0.zerosLike() + 3e38 }
            let photos = try TrainedRun.photos
            for engine in ["openvino", "libtorch"] {
                for arguments in [
                    ["predict", file, photos, "--format", "csv"], ["predict", file, photos, "--crops", "five"],
                    ["evaluate", file, photos, "--format", "json"],
                    ["calibrate", file, photos, "--out", "c.safetensors"],
                ] {
                    let command = try Command(arguments: arguments + ["--engine", engine, "--quiet"], folder: folder)
                    #expect(command.status == 1, "\(arguments) \(engine): \(command.output)")
                    #expect(
                        command.messages.contains("2 of 2 outputs of the network are NaN or infinite")
                            && command.messages.contains(".png"), "\(arguments) \(engine): \(command.messages)")
                }
            }
            let explain = try Command("explain", file, photos, folder: folder)
            #expect(explain.status == 1 && explain.messages.contains("NaN or infinite"), "\(explain.messages)")
        }
    }
}
