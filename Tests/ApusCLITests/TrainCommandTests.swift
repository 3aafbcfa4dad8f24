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
            #expect(configuration.contains("\"optimizer\" : \"sgd\"") && configuration.contains("\"seed\" : 7"))

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
                    let epochs, batchSize: Int
                    let data: String

                    enum CodingKeys: String, CodingKey {
                        case epochs, data
                        case batchSize = "batch-size"
                    }
                }
                let data: String
                let configuration: Configuration
            }
            let printed: Plan = try plan.json()
            #expect(printed.configuration.epochs == 7 && printed.configuration.batchSize == 4)
            #expect(try printed.data == TrainedRun.photos && printed.configuration.data == TrainedRun.photos)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)

            let again = try Command(
                "train", "--config", run.path + "/config.json", "--out", "again", "--quiet", folder: folder)
            #expect(again.status == 0, "\(again.messages)")
            #expect(
                try FileContents(of: folder.path + "/again/last.safetensors")
                    == FileContents(of: run.path + "/last.safetensors"))
        }
    }

    @Test("--print-every and --validate-first print lines, and --class-names gives the model names") func lines() throws
    {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"), count: 10)
            try Data(#"{"red": "Scarlet", "blue": "Azure"}"#.utf8).write(to: folder.appending(path: "names.json"))
            let command = try Command(
                "train", "photos", "--model", "small_cnn", "--fresh", "--epochs", "2", "--batch-size", "4",
                "--print-every", "3", "--validate-first", "--class-names", "names.json", "--format", "json",
                folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            let lines = command.messages.split(separator: "\n").map(String.init)
            let batches = lines.compactMap {
                $0.firstMatch(of: /^epoch (\d\/2)  batch (\d)\/4  loss \d+\.\d{4}  accuracy \d+\.\d %  \d+\.\d s$/)
            }
            #expect(batches.map { "\($0.1) \($0.2)" } == ["1/2 3", "1/2 4", "2/2 3", "2/2 4"], "\(command.messages)")
            let first = try #require(lines.firstIndex { $0.hasPrefix("epoch 0/2  validation loss ") })
            let next = try #require(lines.firstIndex { $0.hasPrefix("epoch 1/2  batch ") })
            #expect(first < next)
            #expect(lines.contains { $0.contains(" parameters trainable, on cpu (") && $0.contains(" processor") })

            struct Output: Decodable {
                struct Initial: Decodable { let validationLoss, validationAccuracy: Double }
                let initial: Initial
                let model: String
            }
            let output: Output = try command.json()
            #expect(output.initial.validationLoss > 0)

            struct Prediction: Decodable {
                struct Candidate: Decodable { let label, name: String }
                let label, name: String
                let top: [Candidate]
            }
            let names = ["red": "Scarlet", "blue": "Azure"]
            let predictions: [Prediction] = try Command(
                "predict", output.model, "photos", "--format", "json", "--quiet", folder: folder
            ).jsonLines()
            #expect(predictions.count == 20)
            #expect(predictions.allSatisfy { names[$0.label] == $0.name && names[$0.top[1].label] == $0.top[1].name })
            let rows = try Command(
                "predict", output.model, "photos", "--format", "csv", "--top", "2", "--quiet", folder: folder
            ).outputLines
            #expect(rows[0].hasSuffix(",error,time,label_2,index_2,probability_2,name,name_2"))
            #expect(rows.dropFirst().allSatisfy { $0.hasSuffix(",Scarlet,Azure") || $0.hasSuffix(",Azure,Scarlet") })
            let table = try Command("predict", output.model, "photos", "--quiet", folder: folder)
            #expect(table.outputLines.allSatisfy { $0.contains("Scarlet ") || $0.contains("Azure ") })

            let evaluated = try Command("evaluate", output.model, "photos", "--split", "all", folder: folder)
            #expect(evaluated.outputLines.contains { $0.hasPrefix("Scarlet") })
            #expect(evaluated.messages.contains("20 images in ") && evaluated.messages.contains(" processor"))
            let images = try Command(
                "evaluate", output.model, "photos", "--split", "all", "--format", "csv", "--quiet", folder: folder
            ).outputLines
            #expect(images[0].hasSuffix(",loss,truth_name,prediction_name"))
            #expect(
                images.count == 21 && images.dropFirst().allSatisfy { $0.contains(",Scarlet") || $0.contains(",Azure") }
            )
        }
    }

    @Test("Unusable display names and intervals are errors before training") func badNames() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            try Data("[1, 2]".utf8).write(to: folder.appending(path: "names.json"))
            try Data(#"{"0": "Scarlet"}"#.utf8).write(to: folder.appending(path: "others.json"))
            for (arguments, words) in [
                (["--class-names", "names.json"], "array of texts"),
                (["--class-names", "others.json"], "the display names are for other classes"),
                (["--class-names", "missing.json"], "missing.json"), (["--print-every", "0"], "every 0 batches"),
            ] {
                let command = try Command(
                    arguments: ["train", "photos", "--model", "small_cnn", "--fresh"] + arguments, folder: folder)
                #expect([1, 2].contains(command.status) && command.messages.contains(words), "\(command.messages)")
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "runs").path))
            }
        }
    }

    @Test("--find-lr prints the curve of learning rates and losses") func rateFinder() throws {
        let command = try withTemporaryFolder { folder in
            try Command(
                "train", TrainedRun.photos, "--model", writeTinyNetwork(in: folder), "--batch-size", "4", "--find-lr",
                "--format", "json")
        }
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
                let deadline = Date.now + 300
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
