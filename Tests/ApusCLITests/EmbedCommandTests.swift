import Foundation
import TestSupport
import Testing
import Torch

@Suite("apus embed and apus data show") struct EmbedCommandTests {
    @Test("Features, a map and nearest neighbors are written") func outputs() throws {
        struct Map: Decodable {
            struct Point: Decodable {
                struct Place: Decodable { let path: String }
                let x: Double
                let image: Place
            }
            let method: String
            let points: [Point]
        }
        try withTemporaryFolder { folder in
            let (file, drawing) = (folder.appending(path: "f.safetensors"), folder.appending(path: "m.svg"))
            let map = try Command(
                "embed", TrainedRun.model, TrainedRun.photos, "--out", file.path, "--map", "pca", "--format", "json",
                "--sheet", drawing.path, "--quiet")
            #expect(map.status == 0 && map.messages == "", "\(map.messages)")
            let found: Map = try map.json()
            let features = try #require(try Checkpoint.read(file.path)["features"])
            #expect(found.method == "pca" && found.points.count == features.shape[0] && found.points.count > 3)
            #expect(try String(contentsOf: drawing, encoding: .utf8).contains("<svg"))

            let image = found.points[0].image.path
            let sheet = folder.appending(path: "near.png")
            let near = try Command(
                "embed", TrainedRun.model, TrainedRun.photos, "--neighbors", image, "--count", "2", "--format",
                "csv",
                "--sheet", sheet.path)
            #expect(near.status == 0 && near.outputLines.count == 3, "\(near.messages)")
            #expect(near.outputLines[0] == "path,label,similarity" && !near.output.contains(image + ","))
            #expect(FileManager.default.fileExists(atPath: sheet.path))
        }
    }

    @Test("Labels are checked, and a fixed table is written") func labelCheck() throws {
        struct Report: Decodable {
            let images: Int
            let issues: [[String: String]]?
        }
        try withTemporaryFolder { folder in
            let fixed = folder.appending(path: "fixed.csv")
            let command = try Command(
                "data", "labels", TrainedRun.photos, "--model", TrainedRun.model, "--folds", "2", "--fix", fixed.path,
                "--format", "csv")
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.outputLines.first?.hasPrefix("path,split,given,likely,") ?? false)
            let lines = try String(contentsOf: fixed, encoding: .utf8).split(separator: "\n")
            #expect(lines.first?.hasPrefix("path,label") ?? false)
            #expect(try Command("data", "check", fixed.path, "--quiet", "--format", "json").messages == "")
        }
    }

    @Test("The commands for sheets print the files that they wrote") func sheets() throws {
        try withTemporaryFolder { folder in
            let (show, transforms) = (folder.appending(path: "a.png").path, folder.appending(path: "b.pdf").path)
            #expect(try Command("data", "show", TrainedRun.photos, "--out", show).output == show + "\n")
            let drawn = try Command("data", "transforms", TrainedRun.photos, "--draws", "2", "--out", transforms)
            #expect(drawn.output == transforms + "\n", "\(drawn.messages)")
            #expect(FileManager.default.fileExists(atPath: show) && FileManager.default.fileExists(atPath: transforms))
        }
    }

    @Test(
        "Wrong use is an error that names the problem",
        arguments: [
            (["embed", "m", "d"], "add one of --out FILE"),
            (["embed", "m", "d", "--out", "f.npy"], "not 'f.npy'"),
            (["embed", "m", "d", "--map", "pca", "--perplexity", "5"], "requires --map tsne"),
            (["embed", "m", "d", "--map", "pca", "--sheet", "f.gif"], "not 'f.gif'"),
            (["data", "labels", "d", "--folds", "1"], "--folds must be at least 2"),
            (["data", "show", "d", "--rows", "0"], "--rows must be from 1 to 100"),
            (["data", "transforms", "d", "--train-transforms", "rezise(3)"], "rezise"),
        ]) func wrongUse(_ arguments: [String], _ words: String) throws
    {
        let command = try Command(arguments: arguments)
        #expect(command.status == 2 && command.messages.contains(words), "\(command.messages)")
    }
}
