import Foundation
import TestSupport
import Testing
import Torch

@Suite("apus explain") struct ExplainCommandTests {
    private struct Record: Decodable {
        struct Candidate: Decodable {
            let label: String
            let index: Int
            let probability: Double
        }
        struct Area: Decodable { let x, y, width, height: Double }

        let file: String
        let error: String?
        let target: Candidate?
        let predicted: Candidate?
        let viewArea: Area?
        let layer: String?
        let out: String?
    }

    private func photo(_ name: String = "red/0.png") throws -> String { try TrainedRun.photos + "/" + name }

    @Test("Images, values and facts are written, and an unreadable file is reported")
    func heat() throws {
        try withTemporaryFolder { folder in
            let broken = folder.appending(path: "broken.png")
            try Data("no image".utf8).write(to: broken)
            let values = folder.appending(path: "values.safetensors").path
            let out = folder.appending(path: "out").path
            let command = try Command(
                "explain", TrainedRun.model, photo(), broken.path, "--class", "blue", "--out", out, "--values", values,
                "--format", "json", "--quiet")
            #expect(command.status == 1, "\(command.messages)")
            let records: [Record] = try command.jsonLines()
            #expect(records.count == 2)
            #expect(records[0].target?.label == "blue" && records[0].target?.index == 0)
            #expect(records[0].layer == "features")
            // An image of 30 x 32 is enlarged to a short side of 300, and the center of 256 x 256 is cropped.
            let area = try #require(records[0].viewArea)
            #expect(abs(area.width - 25.6) < 1e-9 && abs(area.height - 25.6) < 1e-9 && abs(area.x - 2.2) < 1e-9)
            #expect(records[1].error?.contains("broken.png") == true)
            #expect(records.first?.out == out + "/0.grad-cam.png")
            let png = try Data(contentsOf: URL(filePath: out + "/0.grad-cam.png"))
            #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let entries = try Checkpoint.read(values).entries
            #expect(try entries.map(\.name) == [photo()])
            #expect(entries[0].tensor.shape == [256, 256])
            let range = try (entries[0].tensor.min().item(as: Float.self), entries[0].tensor.max().item(as: Float.self))
            #expect(range.0 >= 0 && range.1 <= 1)
        }
    }

    @Test("A layer alone shows its feature maps")
    func featureMaps() throws {
        try withTemporaryFolder { folder in
            let (out, values) = (folder.appending(path: "maps.svg").path, folder.appending(path: "v.safetensors").path)
            let command = try Command(
                "explain", TrainedRun.model, photo(), "--layer", "features.0", "--channels", "5", "--out", out,
                "--values",
                values)
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.output.contains("features.0 16 x 254 x 254"))
            #expect(try String(contentsOfFile: out, encoding: .utf8).contains("<svg"))
            #expect(try Checkpoint.read(values).entries.first?.tensor.shape == [5, 254, 254])
        }
    }

    @Test("Layers, kernels and statistics are printed")
    func network() throws {
        try withTemporaryFolder { folder in
            let layers = try Command("explain", TrainedRun.model, "--layers")
            #expect(layers.status == 0 && layers.outputLines.contains { $0.hasPrefix("features.0 ") })
            let out = folder.appending(path: "kernels.png").path
            let kernels = try Command("explain", TrainedRun.model, "--kernels", "--out", out)
            #expect(kernels.status == 0, "\(kernels.messages)")
            #expect(kernels.output == "features.0  16 x 3 x 3 x 3  \(out)\n")
            #expect(FileManager.default.fileExists(atPath: out))
            struct LayerStatistics: Decodable {
                let layer: String
                let channels: Int
                let zeroShare: Double
            }
            let statistics = try Command(
                "explain", TrainedRun.model, TrainedRun.photos, "--statistics", "--format", "json", "--quiet")
            let layerStatistics: [LayerStatistics] = try statistics.json()
            #expect(layerStatistics.first?.layer == "features.0" && layerStatistics.first?.channels == 16)
            // An activation gives zeros, a convolution does not.
            #expect(layerStatistics.first?.zeroShare == 0)
            #expect(layerStatistics.contains { $0.layer == "features.1" && $0.zeroShare > 0.05 })
        }
    }

    @Test("Classes named by numbers are found by name, and by index if requested")
    func numbersAsNames() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "m.safetensors").path
            let metadata = try Checkpoint.readMetadata(TrainedRun.model).mapValues {
                $0.replacingOccurrences(of: "\"blue\",\"red\"", with: "\"1\",\"0\"")
            }
            #expect(metadata["apus"]?.contains("\"1\",\"0\"") == true)
            try Checkpoint(entries: Checkpoint.read(TrainedRun.model).entries, metadata: metadata)
                .writeSafetensors(to: file)
            func target(_ arguments: String...) throws -> Record.Candidate? {
                let command = try Command(
                    arguments: ["explain", file, photo(), "--format", "json", "-q"] + arguments, folder: folder)
                #expect(command.status == 0, "\(command.messages)")
                let records: [Record] = try command.jsonLines()
                return records.first?.target
            }
            #expect(try target("--class", "1")?.index == 0)
            #expect(try target("--class-index", "1")?.label == "0")
            let none = try Command("explain", file, photo(), "--class", "2", folder: folder)
            #expect(none.status == 1 && none.messages.contains("named '2'"), "\(none.messages)")
            let far = try Command("explain", file, photo(), "--class-index", "2", folder: folder)
            #expect(far.status == 1 && far.messages.contains("0 to 1"), "\(far.messages)")
            #expect(try Command("explain", file, photo(), "--class", "1", "--class-index", "1").status == 2)
        }
    }

    @Test("Wrong use is an error that shows the correct use")
    func wrongUse() throws {
        let layer = try Command("explain", TrainedRun.model, photo(), "--layer", "feature.0")
        #expect(layer.status == 1 && layer.messages.contains("features.0"))
        let label = try Command("explain", TrainedRun.model, photo(), "--class", "bleu")
        #expect(label.status == 1 && label.messages.contains("blue"))
        let places = try Command("explain", TrainedRun.model, photo(), "--layer", "classifier.4")
        #expect(places.status == 1 && places.messages.contains("no spatial dimensions"))
        #expect(try Command("explain", TrainedRun.model).status == 2)
        #expect(try Command("explain", TrainedRun.model, photo(), "--kernels").status == 2)
        #expect(try Command("explain", TrainedRun.model, photo(), "--method", "magic").status == 2)
    }
}
