import Foundation
import TestSupport
import Testing
import Torch

@Suite struct TrainCommandTests {
    @Test func aRunIsWhatTheFlagsSay() throws {
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
            try writePictures(in: folder.appending(path: "photos"))
            try Data("no picture".utf8).write(to: folder.appending(path: "photos/red/bad.jpg"))
            let command = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "2", "--batch-size", "4", "--lr",
                "0.01",
                "--schedule", "step:1,0.5", "--optimizer", "sgd", "--val-split", "0.3", "--seed", "7",
                "--workers", "1", "--format", "json", folder: folder)
            #expect(command.status == 0, "\(command.talk)")
            let output: Output = try command.json()
            #expect(output.epochs.map(\.learningRate) == [0.01, 0.005])
            #expect(output.directory == "runs/small_cnn-1")
            #expect(output.model == "runs/small_cnn-1/best.safetensors")
            #expect(output.unreadable == 1)
            #expect(command.talk.contains("photos/red/bad.jpg"))
            let run = folder.appending(path: output.directory)
            for file in ["best.safetensors", "last.safetensors", "config.json", "metrics.csv", "report.md"] {
                #expect(FileManager.default.fileExists(atPath: run.appending(path: file).path), "\(file)")
            }
            let configuration = try String(contentsOf: run.appending(path: "config.json"), encoding: .utf8)
            #expect(configuration.contains("\"optimizer\" : \"sgd\"") && configuration.contains("\"seed\" : 7"))

            // Another run gets a folder of its own, and one that is taken is refused.
            let next = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "1", "--quiet", folder: folder)
            #expect(next.status == 0 && next.talk == "")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "runs/small_cnn-2/report.md").path))
            let before = try FileContents(of: run.appending(path: "best.safetensors").path)
            let taken = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--out", "runs/small_cnn-1", folder: folder)
            #expect(taken.status == 1)
            #expect(taken.talk.contains("is there already"))
            #expect(try FileContents(of: run.appending(path: "best.safetensors").path) == before)
        }
    }

    @Test func aConfigurationRepeatsARunAndFlagsGoBeforeIt() throws {
        try withTemporaryFolder { folder in
            let run = try TrainedRun.folder.get().appending(path: "run")
            let plan = try Command(
                "train", "--config", run.path + "/config.json", "--dry-run", "--epochs", "7", "--format", "json",
                folder: folder)
            #expect(plan.status == 0, "\(plan.talk)")
            struct Plan: Decodable {
                struct Configuration: Decodable { let epochs, batchSize: Int }
                let data: String
                let configuration: Configuration
            }
            let told: Plan = try plan.json()
            #expect(told.configuration.epochs == 7 && told.configuration.batchSize == 4)
            #expect(try told.data == TrainedRun.photos)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)

            let again = try Command(
                "train", "--config", run.path + "/config.json", "--out", "again", "--quiet", folder: folder)
            #expect(again.status == 0, "\(again.talk)")
            #expect(
                try FileContents(of: folder.path + "/again/last.safetensors")
                    == FileContents(of: run.path + "/last.safetensors"))
        }
    }

    @Test func rightRatesAreLookedFor() throws {
        let command = try Command(
            "train", TrainedRun.photos, "--model", "small_cnn", "--fresh", "--batch-size", "4", "--find-lr", "--format",
            "json")
        #expect(command.status == 0, "\(command.talk)")
        struct Curve: Decodable {
            struct Point: Decodable { let rate, loss: Double }
            let points: [Point]
        }
        let curve: Curve = try command.json()
        #expect(curve.points.count > 20 && curve.points[0].rate == 1e-7)
    }

    @Test func evaluationTellsTheFigures() throws {
        struct Figures: Decodable {
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
        #expect(command.status == 0 && command.talk == "")
        let figures: Figures = try command.json()
        #expect(figures.count == 10 && figures.errors == 0 && figures.trainedOn == 8 && figures.split == "all")
        #expect(figures.top5 == 1 && (0...1).contains(figures.top1) && figures.loss > 0)
        let validation: Figures = try Command(
            "evaluate", TrainedRun.model, TrainedRun.photos, "--split", "val", "--format", "json", "--quiet"
        ).json()
        #expect(validation.count == 2 && validation.trainedOn == 0)
        // Without a part named it is the same, and said.
        let usual = try Command("evaluate", TrainedRun.model, TrainedRun.photos, "--format", "json")
        let taken: Figures = try usual.json()
        #expect(taken.count == 2 && taken.split == "val")
        #expect(usual.talk.contains("was trained on 8 images of these data"))
        let table = try Command("evaluate", TrainedRun.model, TrainedRun.photos)
        #expect(table.outputLines.contains { $0.contains("top-1") })
        #expect(table.outputLines.contains { $0.hasPrefix("blue") })
    }

    /// Model files and run folders that would run code, are cut, or are no such thing.
    @Test func aPickleThatWouldRunCodeIsRefused() throws {
        let attack = Goldens.url("checkpoints/attack-legacy.pth").path
        let model = try Command("predict", attack, TrainedRun.photos)
        #expect(model.status == 1)
        #expect(model.talk.contains("system"), "\(model.talk)")
        let weights = try Command("train", TrainedRun.photos, "--model", "small_cnn", "--weights", attack)
        #expect(weights.status == 1)
        #expect(weights.talk.contains("system"))
    }

    @Test func aModelCutInHalfIsRefused() throws {
        try withTemporaryFolder { folder in
            let whole = try Data(contentsOf: URL(filePath: TrainedRun.model))
            let half = folder.appending(path: "half.safetensors")
            try whole.prefix(whole.count / 2).write(to: half)
            let command = try Command("predict", half.path, TrainedRun.photos)
            #expect(command.status == 1)
            #expect(command.output == "")
            #expect(command.talk.contains(half.path))
        }
    }

    /// Whenever a run is killed, a model file is whole or not there.
    @Test func aKilledRunLeavesNoHalfFile() throws {
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
                // From the first saved model on, at moments that fall anywhere in an epoch.
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
