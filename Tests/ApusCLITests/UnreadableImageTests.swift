import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import ApusCLI

/// Every command names or counts an unreadable image, and none ends because of it.
@Suite("Unreadable images in commands") struct UnreadableImageTests {
    @Test("Every command that reads images accepts some unreadable ones")
    func everyCommand() throws {
        try withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            // These are not the images of the model's training; evaluation would use only a split of those.
            for (name, color) in [
                ("blue", RGBColor(red: 30, green: 50, blue: 210)), ("red", .init(red: 210, green: 40, blue: 30)),
            ] {
                let place = photos.appending(path: name)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                for number in 0..<4 {
                    let image = Image(width: 40 + number, height: 38, filledWith: color)
                    try Data(image.pngData()).write(to: place.appending(path: "\(number).png"))
                }
            }
            let whole = try Data(contentsOf: photos.appending(path: "red/0.png"))
            try Data("no image".utf8).write(to: photos.appending(path: "red/a.png"))
            try Data().write(to: photos.appending(path: "blue/b.jpg"))
            try whole.prefix(whole.count / 2).write(to: photos.appending(path: "blue/9.png"))
            let model = try TrainedRun.model
            func run(_ status: Int32, _ expected: String, _ arguments: String...) throws {
                let command = try Command(arguments: arguments, folder: folder)
                #expect(command.status == status, "\(arguments.joined(separator: " ")): \(command.messages)")
                #expect(
                    command.messages.contains(expected) || command.output.contains(expected),
                    "\(arguments.joined(separator: " ")): \(command.messages)")
            }
            let data = photos.path
            try run(1, "a.png", "predict", model, data)
            try run(1, "3 unreadable", "predict", model, data, "--crops", "five")
            try run(0, "a.png", "evaluate", model, data, "--report", "page.html")
            try run(0, "a.png", "calibrate", model, data, "--out", "c.safetensors", "--split", "train")
            try run(1, "a.png", "embed", model, data, "--out", "e.csv")
            try run(1, "b.jpg", "embed", model, data, "--out", "e.safetensors")
            try run(1, "9.png", "embed", model, data, "--map", "pca", "--sheet", "m.png", "--engine", "libtorch")
            try run(1, "a.png", "data", "labels", data, "--model", model, "--folds", "2", "--sheet", "l.png")
            try run(1, "a.png", "data", "check", data)
            try run(0, "a.png", "data", "show", data, "--out", "s.png")
            for seed in 0..<4 {
                try run(0, "t.png", "data", "transforms", data, "--out", "t.png", "--draws", "1", "--seed", "\(seed)")
            }
            try run(1, "b.jpg", "explain", model, data)
            try run(1, "9.png", "explain", model, data, "--layer", "features.0", "--channels", "2")
            try run(1, "a.png", "explain", model, data, "--statistics")
            try run(0, "unreadable image", "export", model, "--int8", "--calibrate", data, "--out", "q.onnx")
            try run(
                0, "a.png", "train", data, "--model", "small_cnn", "--fresh", "--epochs", "1", "--out", "run",
                "--max-unreadable", "60%")
        }
    }

    @Test("A folder of unreadable images is an error that names one")
    func nothingReadable() throws {
        try withTemporaryFolder { folder in
            for name in ["red", "blue"] {
                let place = folder.appending(path: name)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                for number in 0..<3 { try Data("x".utf8).write(to: place.appending(path: "\(number).png")) }
            }
            let model = try TrainedRun.model
            for arguments in [
                ["evaluate", model, folder.path], ["embed", model, folder.path, "--out", "e.csv"],
                ["embed", model, folder.path, "--map", "pca"], ["data", "labels", folder.path, "--model", model],
                ["data", "show", folder.path], ["data", "transforms", folder.path],
                ["explain", model, folder.path, "--statistics"],
                ["export", model, "--int8", "--calibrate", folder.path],
            ] {
                let command = try Command(arguments: arguments, folder: folder)
                #expect(command.status == 1, "\(arguments[0]): \(command.messages)")
                #expect(command.messages.contains("could be read"), "\(arguments[0]): \(command.messages)")
            }
        }
    }

    /// A download thread reports bytes to the bar, the tensor thread reports images, and the command's thread clears
    /// it.
    @Test("A progress bar accepts calls from many threads at once")
    func progress() {
        let bar = ProgressBar("work", total: 800, isQuiet: false)
        let failed = Monitor(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for step in 0..<500 {
                bar.update(step, total: 500, detail: "thread \(thread)")
                if step.isMultiple(of: 7) { bar.clear() }
                if step.isMultiple(of: 100) { bar.restart("again", total: nil) }
                failed.withLock { $0 += 1 }
            }
        }
        bar.clear()
        #expect(failed.withLock { $0 } == 4000)
    }

    @Test("A number that JSON cannot represent is reported with its position")
    func json() {
        struct Outer: Encodable {
            struct Inner: Encodable { let loss: Double }
            let classes: [Inner]
        }
        let error = #expect(throws: (any Error).self) {
            try jsonText(Outer(classes: [.init(loss: 1), .init(loss: .nan)]))
        }
        let text = "\(error, default: "")"
        #expect(text.contains("loss") && text.contains("nan") && !text.contains("EncodingError"), "\(text)")
    }
}
