import Foundation
import TestSupport
import Testing
import Torch

/// The extension decides the content of a file.
@Suite("File name extensions") struct FileExtensionTests {
    @Test("The extension decides the format of an exported file")
    func export() throws {
        try withTemporaryFolder { folder in
            for (name, start) in [("a.pth", "PK"), ("b.pt", "PK"), ("c.PTH", "PK")] {
                let command = try Command("export", TrainedRun.model, "--out", name, "--quiet", folder: folder)
                #expect(command.status == 0, "\(command.messages)")
                #expect(try Data(contentsOf: folder.appending(path: name)).starts(with: Array(start.utf8)))
            }
            let own = try Command("export", TrainedRun.model, "--out", "d.safetensors", "-q", folder: folder)
            #expect(own.status == 0)
            let predict = try Command("predict", "d.safetensors", TrainedRun.photos, "-q", folder: folder)
            #expect(predict.status == 0, "\(predict.messages)")
            let onnx = try Command(
                "export", TrainedRun.model, "--out", "e.onnx", "--with-preprocessing", "pixels", "-q", folder: folder)
            #expect(onnx.status == 0)
            #expect(try Command("predict", "e.onnx", TrainedRun.photos, "-q", folder: folder).status == 0)
        }
    }

    @Test(
        "A name with the wrong extension is refused before any work",
        arguments: [
            ["export", "MODEL", "--out", "a.txt"], ["export", "MODEL", "--out", "model"],
            ["export", "MODEL", "--format", "onnx", "--out", "a.pth"],
            ["export", "MODEL", "--format", "pth", "--out", "a.safetensors"],
            ["export", "MODEL", "--int8", "--calibrate", "PHOTOS", "--out", "a.pth"],
            ["export", "MODEL", "--with-preprocessing", "pixels", "--out", "a.safetensors"],
            ["calibrate", "MODEL", "PHOTOS", "--out", "a.pth"], ["calibrate", "MODEL", "PHOTOS", "--out", "a"],
            ["explain", "MODEL", "PHOTOS", "--out", "a.jpg"],
            ["explain", "MODEL", "PHOTOS", "--values", "a.npy"],
            ["embed", "MODEL", "PHOTOS", "--out", "a.npy"],
            ["embed", "MODEL", "PHOTOS", "--map", "pca", "--sheet", "a.jpg"],
            ["data", "labels", "PHOTOS", "--model", "MODEL", "--fix", "a.json"],
            ["data", "check", "PHOTOS", "--fix", "a.txt"], ["data", "show", "PHOTOS", "--out", "a.webp"],
            ["data", "transforms", "PHOTOS", "--out", "a.gif"],
            ["evaluate", "MODEL", "PHOTOS", "--report", "a.pdf"], ["evaluate", "MODEL", "PHOTOS", "--report", "a"],
            ["evaluate", "MODEL", "PHOTOS", "--report", "a.report"], ["compare", "RUN", "--out", "a"],
            ["predict", "MODEL", "PHOTOS", "--sheet", "a.bmp"],
            ["train", "PHOTOS", "--model", "small_cnn", "--fresh", "--out", "a.safetensors"],
        ])
    func refused(arguments: [String]) throws {
        try withTemporaryFolder { folder in
            let arguments = try arguments.map { argument in
                switch argument {
                case "MODEL": try TrainedRun.model
                case "PHOTOS": try TrainedRun.photos
                case "RUN": try TrainedRun.folder.get().appending(path: "run").path
                default: argument
                }
            }
            let command = try Command(arguments: arguments, folder: folder)
            #expect(command.status == 2 && command.output == "", "\(arguments): \(command.messages)")
            let reasons = ["'a", "'model'", "requires --format onnx"]
            #expect(reasons.contains { command.messages.contains($0) }, "\(command.messages)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("An input file is never overwritten, regardless of the path that names it")
    func inputs() throws {
        try withTemporaryFolder { folder in
            let image = try Data(contentsOf: URL(filePath: TrainedRun.photos).appending(path: "red/0.png"))
            let table = Data("a.png,red\nb.png,blue\n".utf8)
            for name in ["a.png", "b.png"] { try image.write(to: folder.appending(path: name)) }
            try table.write(to: folder.appending(path: "t.csv"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "link.png").path, withDestinationPath: "a.png")
            let model = try TrainedRun.model
            let commands: [[String]] = [
                ["data", "check", "t.csv", "--fix", "./t.csv"],
                ["data", "labels", "t.csv", "--model", model, "--fix", "./t.csv"],
                ["embed", model, "t.csv", "--out", "./t.csv"],
                ["predict", model, "a.png", "b.png", "--sheet", "./b.png"],
                ["explain", model, "a.png", "--out", "link.png"],
                ["data", "transforms", "t.csv", "--file", "a.png", "--out", "./a.png"],
                ["export", model, "--out", model],
            ]
            for arguments in commands {
                let command = try Command(arguments: arguments, folder: folder)
                #expect(command.status == 2, "\(arguments)")
                #expect(command.messages.contains("would overwrite the input"), "\(command.messages)")
            }
            #expect(try Data(contentsOf: folder.appending(path: "t.csv")) == table)
            #expect(try Data(contentsOf: folder.appending(path: "a.png")) == image)
        }
    }

    @Test("Extensions are case-insensitive")
    func upperCase() throws {
        try withTemporaryFolder { folder in
            let command = try Command(
                "embed", TrainedRun.model, TrainedRun.photos, "--out", "f.CSV", "-q", folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            #expect(try String(contentsOf: folder.appending(path: "f.CSV"), encoding: .utf8).hasPrefix("path,"))
        }
    }
}
