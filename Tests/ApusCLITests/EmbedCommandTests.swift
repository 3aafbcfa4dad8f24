import Foundation
import TestSupport
import Testing
import Torch

@Suite struct EmbedCommandTests {
    @Test func featuresMapAndNeighboursComeOut() throws {
        struct Map: Decodable {
            struct Point: Decodable {
                struct Picture: Decodable { let path: String }
                let x: Double
                let picture: Picture
            }
            let method: String
            let points: [Point]
        }
        try withTemporaryFolder { folder in
            let (file, drawing) = (folder.appending(path: "f.safetensors"), folder.appending(path: "m.svg"))
            let map = try Command(
                "embed", TrainedRun.model, TrainedRun.photos, "--out", file.path, "--map", "pca", "--format", "json",
                "--sheet", drawing.path, "--quiet")
            #expect(map.status == 0 && map.talk == "", "\(map.talk)")
            let found: Map = try map.json()
            let features = try #require(try Checkpoint.read(file.path)["features"])
            #expect(found.method == "pca" && found.points.count == features.shape[0] && found.points.count > 3)
            #expect(try String(contentsOf: drawing, encoding: .utf8).contains("<svg"))

            let picture = found.points[0].picture.path
            let sheet = folder.appending(path: "near.png")
            let near = try Command(
                "embed", TrainedRun.model, TrainedRun.photos, "--neighbours", picture, "--count", "2", "--format",
                "csv",
                "--sheet", sheet.path)
            #expect(near.status == 0 && near.outputLines.count == 3, "\(near.talk)")
            #expect(near.outputLines[0] == "path,label,similarity" && !near.output.contains(picture + ","))
            #expect(FileManager.default.fileExists(atPath: sheet.path))
        }
    }

    @Test func labelsAreCheckedAndAFixedTableIsWritten() throws {
        struct Report: Decodable {
            let pictures: Int
            let issues: [[String: String]]?
        }
        try withTemporaryFolder { folder in
            let fixed = folder.appending(path: "fixed.csv")
            let command = try Command(
                "data", "labels", TrainedRun.photos, "--model", TrainedRun.model, "--folds", "2", "--fix", fixed.path,
                "--format", "csv")
            #expect(command.status == 0, "\(command.talk)")
            #expect(command.outputLines.first?.hasPrefix("path,split,given,likely,") ?? false)
            let lines = try String(contentsOf: fixed, encoding: .utf8).split(separator: "\n")
            #expect(lines.first?.hasPrefix("path,label") ?? false)
            #expect(try Command("data", "check", fixed.path, "--quiet", "--format", "json").talk == "")
        }
    }

    @Test func sheetsOfDataNameTheirFiles() throws {
        try withTemporaryFolder { folder in
            let (show, transforms) = (folder.appending(path: "a.png").path, folder.appending(path: "b.pdf").path)
            #expect(try Command("data", "show", TrainedRun.photos, "--out", show).output == show + "\n")
            let drawn = try Command("data", "transforms", TrainedRun.photos, "--draws", "2", "--out", transforms)
            #expect(drawn.output == transforms + "\n", "\(drawn.talk)")
            #expect(FileManager.default.fileExists(atPath: show) && FileManager.default.fileExists(atPath: transforms))
        }
    }

    @Test(arguments: [
        (["embed", "m", "d"], "say what is wanted"),
        (["embed", "m", "d", "--out", "f.npy"], "ends in .npy"),
        (["embed", "m", "d", "--map", "pca", "--perplexity", "5"], "goes with --map tsne"),
        (["embed", "m", "d", "--map", "pca", "--sheet", "f.gif"], "'f.gif' ends in .gif"),
        (["data", "labels", "d", "--folds", "1"], "--folds is 2 or more"),
        (["data", "show", "d", "--rows", "0"], "--rows is 1 to 100"),
        (["data", "transforms", "d", "--train-transforms", "rezise(3)"], "rezise"),
    ]) func wrongUseIsTold(_ arguments: [String], _ words: String) throws {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2 && command.talk.contains(words), "\(command.talk)")
    }
}
