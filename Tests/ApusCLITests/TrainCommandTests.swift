import Foundation
import TestSupport
import Testing
import Torch

@Suite("apus train") struct TrainCommandTests {
    @Test("A run follows its flags") func flags() throws {
        struct Epoch: Decodable {
            let epoch: Int
            let learningRate: Double
            let validationAccuracy: Double
        }
        struct Output: Decodable {
            let epochs: [Epoch]
            let best: Epoch
            let directory: String
            let model: String
            let unreadable: Int
        }
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            try Data("no image".utf8).write(to: folder.appending(path: "photos/red/bad.jpg"))
            let command = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "2", "--batch-size", "4", "--lr",
                "0.01",
                "--schedule", "step:1,0.5", "--optimizer", "sgd", "--val-split", "0.3", "--seed", "7",
                "--workers", "1", "--format", "json", folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            let output: Output = try command.json()
            #expect(output.epochs.map(\.learningRate) == [0.01, 0.005])
            #expect(output.directory == "runs/small_cnn-1")
            #expect(output.model == "runs/small_cnn-1/best.safetensors")
            #expect(output.unreadable == 1)
            #expect(command.messages.contains("photos/red/bad.jpg"))
            let run = folder.appending(path: output.directory)
            for file in ["best.safetensors", "last.safetensors", "config.json", "metrics.csv", "report.md"] {
                #expect(FileManager.default.fileExists(atPath: run.appending(path: file).path), "\(file)")
            }
            let configuration = try String(contentsOf: run.appending(path: "config.json"), encoding: .utf8)
            #expect(configuration.contains("\"kind\" : \"sgd\"") && configuration.contains("\"seed\" : 7"))

            // Another run gets a new folder, and an existing one is refused.
            let next = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "1", "--quiet", folder: folder)
            #expect(next.status == 0 && next.messages == "")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "runs/small_cnn-2/report.md").path))
            let before = try FileContents(of: run.appending(path: "best.safetensors").path)
            let taken = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--out", "runs/small_cnn-1", folder: folder)
            #expect(taken.status == 1)
            #expect(taken.messages.contains("already exists"))
            #expect(try FileContents(of: run.appending(path: "best.safetensors").path) == before)
        }
    }

    @Test("A configuration file repeats a run, and flags override it") func configurationFile() throws {
        try withTemporaryFolder { folder in
            let run = try TrainedRun.folder.get().appending(path: "run")
            let plan = try Command(
                "train", "--config", run.path + "/config.json", "--dry-run", "--epochs", "7", "--format", "json",
                folder: folder)
            #expect(plan.status == 0, "\(plan.messages)")
            struct Plan: Decodable {
                struct Configuration: Decodable {
                    struct Data: Decodable { let batchSize: Int }
                    let epochs: Int
                    let data: Data
                }
                let data: String
                let configuration: Configuration
            }
            let printed: Plan = try plan.json()
            #expect(printed.configuration.epochs == 7 && printed.configuration.data.batchSize == 4)
            #expect(try printed.data == TrainedRun.photos)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)

            let again = try Command(
                "train", "--config", run.path + "/config.json", "--out", "again", "--quiet", folder: folder)
            #expect(again.status == 0, "\(again.messages)")
            #expect(
                try FileContents(of: folder.path + "/again/last.safetensors")
                    == FileContents(of: run.path + "/last.safetensors"))
        }
    }

    @Test("--find-lr prints the curve of learning rates and losses") func rateFinder() throws {
        let command = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--batch-size", "4", "--find-lr", "--format",
            "json")
        #expect(command.status == 0, "\(command.messages)")
        struct Curve: Decodable {
            struct Point: Decodable { let rate, loss: Double }
            let points: [Point]
        }
        let curve: Curve = try command.json()
        #expect(curve.points.count > 20 && curve.points[0].rate == 1e-7)
    }

    @Test("apus evaluate prints the metrics") func evaluation() throws {
        struct Metrics: Decodable {
            let count: Int
            let top1: Double
            let top5: Double
            let loss: Double
            let errors: Int
            let trainedOn: Int
            let split: String?
        }
        let command = try Command(
            "evaluate", TrainedRun.model, TrainedRun.photos, "--split", "all", "--format", "json", "--quiet")
        #expect(command.status == 0 && command.messages == "")
        let metrics: Metrics = try command.json()
        #expect(metrics.count == 10 && metrics.errors == 0 && metrics.trainedOn == 8 && metrics.split == "all")
        #expect(metrics.top5 == 1 && (0...1).contains(metrics.top1) && metrics.loss > 0)
        let validation: Metrics = try Command(
            "evaluate", TrainedRun.model, TrainedRun.photos, "--split", "val", "--format", "json", "--quiet"
        ).json()
        #expect(validation.count == 2 && validation.trainedOn == 0)
        // The default split is the same, and a note names it.
        let usual = try Command("evaluate", TrainedRun.model, TrainedRun.photos, "--format", "json")
        let taken: Metrics = try usual.json()
        #expect(taken.count == 2 && taken.split == "val")
        #expect(usual.messages.contains("was trained on 8 images of this data"))
        let table = try Command("evaluate", TrainedRun.model, TrainedRun.photos)
        #expect(table.outputLines.contains { $0.contains("top-1") })
        #expect(table.outputLines.contains { $0.hasPrefix("blue") })
    }

    /// Model files and run folders that contain code, are truncated, or are something else.
    @Test("A pickle with code is refused") func pickleCode() throws {
        let attack = Goldens.url("checkpoints/attack-legacy.pth").path
        let model = try Command("predict", attack, TrainedRun.photos)
        #expect(model.status == 1)
        #expect(model.messages.contains("system"), "\(model.messages)")
        let weights = try Command("train", TrainedRun.photos, "--model", "small_cnn", "--weights", attack)
        #expect(weights.status == 1)
        #expect(weights.messages.contains("system"))
    }

    @Test("A truncated model is refused") func truncatedModel() throws {
        try withTemporaryFolder { folder in
            let whole = try Data(contentsOf: URL(filePath: TrainedRun.model))
            let half = folder.appending(path: "half.safetensors")
            try whole.prefix(whole.count / 2).write(to: half)
            let command = try Command("predict", half.path, TrainedRun.photos)
            #expect(command.status == 1)
            #expect(command.output == "")
            #expect(command.messages.contains(half.path))
        }
    }

    /// A model file is complete or absent, whenever a run is killed.
    @Test("A killed run leaves no partial file") func killedRun() throws {
        try withTemporaryFolder { folder in
            for attempt in 0..<4 {
                let run = folder.appending(path: "run-\(attempt)")
                let process = try Command.process([
                    "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--epochs", "200", "--batch-size",
                    "8",
                    "--out", run.path, "--quiet",
                ])
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                let model = run.appending(path: "last.safetensors").path
                // From the first saved model on, at random moments of an epoch.
                let deadline = Date.now + 60
                while !FileManager.default.fileExists(atPath: model), Date.now < deadline { usleep(2000) }
                usleep(UInt32(attempt) * 37_000)
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                for name in ["best.safetensors", "last.safetensors"] {
                    let path = run.appending(path: name).path
                    #expect(throws: Never.self) { try Checkpoint.read(path) }
                }
            }
        }
    }
}
