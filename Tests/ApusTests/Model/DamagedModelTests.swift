import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

/// Files that are given as a model and are not one.
@TensorActor
@Suite("Damaged model files") struct DamagedModelTests {
    private func message(opening path: String) async -> String {
        do {
            _ = try await ImageClassifier.open(path)
            Issue.record("\(path) opened")
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("The error for a truncated file names it") func truncatedFile() async throws {
        try await withTemporaryFolder { folder in
            let whole = folder.appending(path: "whole.safetensors").path
            try await Networks.classifier(classes: ["x", "y"]).save(to: whole)
            let contents = try bytes(of: whole)
            let cut = folder.appending(path: "cut.safetensors")
            for count in [0, 5, 8, 1000, contents.count / 2, contents.count - 1] {
                try contents.prefix(count).write(to: cut)
                let message = await message(opening: cut.path)
                #expect(message.contains(cut.path), "\(message)")
                #expect(message.contains("damaged") || message.contains("empty"), "\(count) bytes: \(message)")
            }
        }
    }

    @Test(
        "Code in a pickle is refused and not run",
        arguments: ["attack.pth", "attack-legacy.pth", "attack-bare.pth", "attack-protocol4.pth"]
    )
    func pickleCode(_ name: String) async throws {
        let trap = FileManager.default.currentDirectoryPath + "/executed-by-a-pickle"
        let path = Goldens.url("checkpoints/\(name)").path
        let error = await #expect(throws: CheckpointError.self) { try await ImageClassifier.open(path) }
        // A pickle alone is not a checkpoint and is not read.
        let kind = name == "attack-bare.pth" ? CheckpointError.Code.unsupported : .refused
        #expect(error?.code == kind)
        if kind == .refused {
            let function = name == "attack-protocol4.pth" ? "eval" : "system"
            #expect(error?.description.contains(function) == true, "\(error?.description ?? "")")
        }
        #expect(error?.description.contains(path) == true)

        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 5, to: data)
            for isPartial in [false, true] {
                var configuration = TrainingConfiguration.quick(from: path)
                configuration.network.initialWeights = .file(path: path, isPartial: isPartial)
                let error = await #expect(throws: CheckpointError.self) {
                    try await ImageClassifier.train(
                        on: data.path, configuration, directory: folder.appending(path: "run").path)
                }
                #expect(error?.code == kind)
            }
            #expect(try names(in: folder.path) == ["data"])
        }
        #expect(!FileManager.default.fileExists(atPath: trap))
    }

    @Test("A weights file is not a model") func weightsAlone() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "weights.safetensors").path
            try Checkpoint(entries: [("weight", try Tensor.ones([2]))]).writeSafetensors(to: path)
            let error = await #expect(throws: ApusError.self) { try await ImageClassifier(contentsOf: path) }
            #expect(error?.code == .notAClassifier && error?.path == path)
        }
    }

    /// Saves a valid model with a changed description and without a graph, as older versions wrote it.
    private func save(in folder: URL, _ change: (String) -> String?) async throws -> String {
        let path = folder.appending(path: "model.safetensors").path
        try await Networks.classifier(classes: ["x", "y"]).save(to: path)
        var checkpoint = try Checkpoint.read(path)
        checkpoint.metadata["apus"] = change(try #require(checkpoint.metadata["apus"]))
        checkpoint.metadata[ModelGraph.key] = nil
        try checkpoint.writeSafetensors(to: path)
        return path
    }

    @Test("The error for a newer format asks for an update") func newerFormat() async throws {
        try await withTemporaryFolder { folder in
            // A newer version may have changed everything except its number.
            let path = try await save(in: folder) { _ in #"{"version":99,"everything":"else"}"# }
            let message = await message(opening: path)
            #expect(message.contains(path) && message.contains("newer") && message.contains("update"), "\(message)")
        }
    }

    @Test("The error for an unknown network names it") func unknownNetwork() async throws {
        try await withTemporaryFolder { folder in
            let path = try await save(in: folder) { $0.replacingOccurrences(of: "mobilenet_v2", with: "hologram_v9") }
            let message = await message(opening: path)
            #expect(message.contains(path) && message.contains("hologram_v9"), "\(message)")
        }
    }

    @Test("The error for a damaged description states that it is damaged") func damagedDescription() async throws {
        try await withTemporaryFolder { folder in
            let damages: [(String) -> String?] = [
                { _ in "{" }, { _ in "" }, { _ in "[]" }, { _ in #"{"version":"one"}"# }, { _ in #"{"version":1}"# },
                { $0.replacingOccurrences(of: #"["x","y"]"#, with: "[]") },
                { $0.replacingOccurrences(of: #"["x","y"]"#, with: "7") },
                { $0.replacingOccurrences(of: #""cropSize":32"#, with: #""cropSize":0"#) },
                { $0.replacingOccurrences(of: #""cropSize":32"#, with: #""cropSize":99999999"#) },
                { $0.replacingOccurrences(of: #""standardDeviation":["#, with: #""standardDeviation":[0,"#) },
            ]
            for damage in damages {
                let path = try await save(in: folder, damage)
                let message = await message(opening: path)
                #expect(message.contains(path) && message.contains("description is damaged"), "\(message)")
            }
        }
    }

    @Test("The error for tensors that do not fit names both shapes") func shapes() async throws {
        try await withTemporaryFolder { folder in
            let path = try await save(in: folder) {
                $0.replacingOccurrences(of: #"["x","y"]"#, with: #"["x","y","z"]"#)
            }
            // The file's description alone does not show it; preparing the network does.
            let error = await #expect(throws: ApusError.self) {
                try await ImageClassifier(contentsOf: path).prepare(forImages: 1)
            }
            let message = "\(error.map { "\($0)" } ?? "")"
            for words in [path, "classifier.1.weight", "[2, 1280]", "[3, 1280]"] {
                #expect(message.contains(words), "\(message)")
            }
        }
    }

    @Test("The error for a mistyped name suggests similar names") func mistypedName() async throws {
        let message = await message(opening: "mobilnet_v2")
        #expect(message.contains("'mobilnet_v2'") && message.contains("are mobilenet_v2, "))
        let missing = await self.message(opening: "\(nowhere)/model.safetensors")
        #expect(missing.contains("\(nowhere)/model.safetensors") && missing.contains("No such file"))
        let fresh = await self.message(opening: "small_cnn")
        #expect(fresh.contains("small_cnn") && fresh.contains("no weights are published"))
    }
}
