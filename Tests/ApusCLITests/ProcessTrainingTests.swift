import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

/// The results of training with several processes, against those of one.
@Suite("Runs of several processes") struct ProcessTrainingTests {
    /// A folder with images and the description of a network without batch statistics.
    private func withData(images: Int = 5, _ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"), count: images)
            _ = try writeTinyNetwork(in: folder)
            try body(folder)
        }
    }

    /// Trains, and returns the metrics of the epochs, cell by cell, and the weights.
    private func train(
        _ name: String, processes: Int, in folder: URL, _ flags: [String], resumes: Bool = false
    ) throws -> (metrics: [[Double]], weights: [(name: String, values: [Float])], messages: String) {
        var arguments =
            resumes
            ? ["train", "--resume", name] + flags
            : ["train", "photos", "--model", "tiny.network", "--batch-size", "4", "--no-report", "--out", name] + flags
        if processes > 1 { arguments += ["--processes", "\(processes)"] }
        let command = try Command(arguments: arguments, folder: folder)
        try #require(command.status == 0, "\(command.messages)")
        let run = folder.appending(path: name)
        let lines = try String(contentsOf: run.appending(path: "metrics.csv"), encoding: .utf8).split(separator: "\n")
        let weights = try Checkpoint.read(run.appending(path: "last.safetensors").path).entries.map {
            ($0.name, try $0.tensor.to(.float32).flatten().array() as [Float])
        }
        return (lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }, weights, command.messages)
    }

    private func expectClose(
        _ one: (metrics: [[Double]], weights: [(name: String, values: [Float])], messages: String),
        _ other: (metrics: [[Double]], weights: [(name: String, values: [Float])], messages: String)
    ) {
        #expect(one.metrics.count == other.metrics.count && one.weights.map(\.name) == other.weights.map(\.name))
        for (left, right) in zip(one.metrics, other.metrics) {
            #expect(
                left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-4 }, "\(left) \(right)")
        }
        for (left, right) in zip(one.weights, other.weights) {
            let difference = zip(left.values, right.values).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-4, "\(left.name) \(difference)")
        }
    }

    @Test(
        "Two and three processes give the losses and the weights of one",
        arguments: [
            ["--epochs", "2"], ["--epochs", "2", "--accumulate", "2", "--ema", "0.9"],
            ["--epochs", "2", "--balance", "loss", "--optimizer", "sgd", "--lr", "0.05"],
            ["--epochs", "2", "--balance", "sampling", "--train-transforms", "randomResizedCrop(24), mixup(0.4)"],
            ["--epochs", "2", "--strategy", "frozen", "--cache-features", "--weights", "first/last.safetensors"],
        ])
    func equal(flags: [String]) throws {
        try withData { folder in
            if flags.contains("--weights") {
                _ = try train("first", processes: 1, in: folder, ["--epochs", "1"])
            } else {
                // One class has fewer images, and one image can't be read.
                try FileManager.default.removeItem(at: folder.appending(path: "photos/red/0.png"))
                try Data("no image".utf8).write(to: folder.appending(path: "photos/blue/1.png"))
            }
            let one = try train("one", processes: 1, in: folder, flags)
            #expect(one.weights.count > 1 && one.metrics.count == 2)
            for count in [2, 3] {
                let several = try train("several-\(count)", processes: count, in: folder, flags)
                expectClose(one, several)
                #expect(several.messages.contains("\(count) processes share each batch of 4 images"))
            }
        }
    }

    @Test("A run of two processes is continued by one, and by three, with the same result") func resumed() throws {
        try withData { folder in
            let whole = try train("whole", processes: 1, in: folder, ["--epochs", "4"])
            _ = try train("begun", processes: 2, in: folder, ["--epochs", "2"])
            _ = try train("begun", processes: 1, in: folder, ["--epochs", "3"], resumes: true)
            expectClose(whole, try train("begun", processes: 3, in: folder, ["--epochs", "4"], resumes: true))
        }
    }

    @Test("With synchronized batch normalization four processes give the weights of one") func synchronized() throws {
        try withData(images: 6) { folder in
            // Images of one color leave values at the kink of the ReLU, where rounding decides.
            for (number, name) in ["blue", "red"].flatMap({ name in (0..<6).map { "\(name)/\($0)" } }).enumerated() {
                var random = CountedRandom(seed: 1, epoch: 0, index: number)
                let pixels = (0..<24 * 24 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let png = try Image(width: 24, height: 24, pixels: pixels).pngData()
                try Data(png).write(to: folder.appending(path: "photos/\(name).png"))
            }
            let text = "input 3x24x24\nfeatures:\nconv:8:3, batchnorm, relu, maxpool:2\nclassifier:\nlinear:classes\n"
            try Data(text.utf8).write(to: folder.appending(path: "tiny.network"))
            // Some processes have no image of a batch: what stands in for it counts in nothing.
            for name in ["blue/1", "red/2"] {
                try Data("no image".utf8).write(to: folder.appending(path: "photos/\(name).png"))
            }
            // Adam would make steps of the rounding errors in the gradient of a bias before batch normalization, which is 0.
            let flags = ["--epochs", "2", "--optimizer", "sgd", "--lr", "0.02", "--sync-batch-norm"]
            let one = try train("one", processes: 1, in: folder, flags)
            expectClose(one, try train("four", processes: 4, in: folder, flags))
            // Without it each process has the statistics of its own images.
            let apart = try train("apart", processes: 2, in: folder, Array(flags.dropLast()))
            #expect(zip(one.metrics, apart.metrics).contains { abs($0[2] - $1[2]) > 1e-4 })
        }
    }

    @Test("A batch with fewer images than processes is an error that names both") func tooSmall() throws {
        try withData { folder in
            let command = try Command(
                "train", "photos", "--model", "tiny.network", "--batch-size", "2", "--epochs", "1", "--processes", "3",
                folder: folder)
            #expect(command.status == 1, "\(command.messages)")
            #expect(
                command.messages.contains("2 images") && command.messages.contains("3 processes"),
                "\(command.messages)")
            #expect(command.messages.split(separator: "\n").count == 1, "\(command.messages)")
        }
    }
}
