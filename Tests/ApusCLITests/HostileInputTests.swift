import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

/// Failing machines, data with many unreadable images, and malicious models.
@Suite("Hostile inputs and failing machines")
struct HostileInputTests {
    /// Class folders with some files that are not images.
    private func writeData(in folder: URL, unreadable: [String: Int]) throws {
        try writeImages(in: folder, count: 10)
        for (name, count) in unreadable {
            for number in 0..<count {
                try Data("no image".utf8).write(to: folder.appending(path: "\(name)/\(number).png"))
            }
        }
    }

    private func train(_ data: URL, _ more: String..., prefix: [String] = []) throws -> Command {
        try Command(
            arguments: [
                "train", data.path, "--model", "small_cnn", "--fresh", "--epochs", "1", "--no-report", "--out",
                data.deletingLastPathComponent().appending(path: "run-\(UUID().uuidString)").path,
            ] + more, prefix: prefix)
    }

    @Test("Too many open files are never reported as unreadable images")
    func openFiles() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try writeData(in: data, unreadable: [:])
            let command = try train(
                data, "--workers", "6", prefix: ["bash", "-c", "ulimit -n 12; exec \"$@\"", "bash"])
            #expect(!command.messages.contains("skipped"), "\(command.messages)")
            // At the limit a later attempt can succeed; otherwise the run ends.
            #expect(
                command.status == 0
                    || command.status == 1 && command.messages.lowercased().contains("too many open files"),
                "\(command.messages)")
        }
    }

    @Test("More unreadable images than --max-unreadable end a run with advice")
    func maximumUnreadable() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try writeData(in: data, unreadable: ["blue": 4])
            let stopped = try train(data, "--max-unreadable", "5%")
            #expect(stopped.status == 1)
            #expect(stopped.messages.contains("images can't be read, but the limit is 5%"), "\(stopped.messages)")
            #expect(try train(data, "--max-unreadable", "4", "-q").status == 0)
            #expect(try train(data, "--max-unreadable", "many").status == 2)
            let evaluation = try ["evaluate", TrainedRun.model, data.path, "--split", "all", "--max-unreadable"]
            let evaluated = try Command(arguments: evaluation + ["3"])
            #expect(evaluated.status == 1)
            #expect(
                evaluated.messages.contains("of 20 images can't be read, but the limit is 3"), "\(evaluated.messages)")
            #expect(try Command(arguments: evaluation + ["20%"]).status == 0)
        }
    }

    @Test("A class without a readable image is a warning, even with --quiet")
    func unreadableClass() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try writeData(in: data, unreadable: ["red": 10])
            let command = try train(data, "--max-unreadable", "100%", "--quiet")
            #expect(
                command.messages.contains("warning: none of the training images of the class 'red' could be read."),
                "\(command.messages)")
            let evaluated = try Command("evaluate", TrainedRun.model, data.path, "--quiet")
            #expect(evaluated.messages.contains("warning: all images of the class 'red' are unreadable."))
        }
    }

    @Test("A model with excessive image sizes is refused before memory is allocated")
    func preprocessing() async throws {
        try await withTemporaryFolder { folder in
            for (key, value) in [("cropSize", 20_000), ("resizeShortSide", 60_000), ("cropSize", 0)] {
                let path = folder.appending(path: "model.safetensors").path
                try await TensorActor.run {
                    var checkpoint = try Checkpoint.read(TrainedRun.model)
                    let text = try #require(checkpoint.metadata["apus"])
                    checkpoint.metadata["apus"] = text.replacing(
                        try Regex("\"\(key)\":[0-9]+"), with: "\"\(key)\":\(value)")
                    try checkpoint.writeSafetensors(to: path)
                }
                let command = try Command("predict", path, TrainedRun.photos)
                #expect(command.status == 1)
                #expect(
                    command.messages.contains("\(key) is \(value); it must be between 1 and"), "\(command.messages)")
            }
        }
    }

    @Test("An ONNX file is tried once, then cached; a damaged one is refused by name")
    func onnx() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "model.onnx").path
            let cache = ["XDG_CACHE_HOME": folder.path]
            let export = try Command(
                "export", TrainedRun.model, "--format", "onnx", "--with-preprocessing", "pixels", "--out", path)
            #expect(export.status == 0, "\(export.messages)")
            let first = try Command("predict", path, TrainedRun.photos, "--verbose", environment: cache)
            #expect(first.status == 0, "\(first.messages)")
            #expect(first.messages.contains("loaded from the cache"))
            // Without a cache it is tried in any case.
            let none = try Command(
                "predict", path, TrainedRun.photos, environment: ["XDG_CACHE_HOME": "/dev/null/none"])
            #expect(none.status == 0, "\(none.messages)")
            #expect(none.outputLines.count == first.outputLines.count)

            // An operator is renamed to one that needs other inputs, in a file without a checksum.
            var bytes = try Data(contentsOf: URL(filePath: path))
            let checksum = try #require(bytes.range(of: Data("apus.checksum".utf8), options: .backwards))
            bytes = bytes[..<(checksum.lowerBound - 4)]
            let name = try #require(bytes.range(of: Data([0x22, 0x04] + Array("Conv".utf8))))
            bytes.replaceSubrange(name, with: Data([0x22, 0x04] + Array("Tile".utf8)))
            try bytes.write(to: URL(filePath: path))
            let damaged = try Command("predict", path, TrainedRun.photos, environment: cache)
            #expect(damaged.status == 1)
            #expect(damaged.messages.contains("\(path): the network in it is damaged: operator"), "\(damaged.messages)")
        }
    }
}
