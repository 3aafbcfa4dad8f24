import Foundation
import TestSupport
import Testing

@Suite("apus export") struct ExportCommandTests {
    @Test("An exported file predicts") func exportedFile() throws {
        try withTemporaryFolder { folder in
            let export = try Command(
                "export", TrainedRun.model, "--with-preprocessing", "pixels", "--out", "pixels.onnx", folder: folder)
            #expect(export.status == 0)
            #expect(export.messages.contains("pixels.onnx"))
            let (one, two) = (
                try Command("predict", TrainedRun.model, TrainedRun.photos, "--format", "csv", "--quiet"),
                try Command("predict", "pixels.onnx", TrainedRun.photos, "--format", "csv", "--quiet", folder: folder)
            )
            #expect(two.status == 0)
            let labels = { (command: Command) in
                command.outputLines.map { $0.split(separator: ",").prefix(2).joined(separator: ",") }
            }
            #expect(labels(one).count == 11)
            #expect(labels(one) == labels(two))
        }
    }

    @Test("The default file name follows the model and the format", arguments: ["onnx", "pth", "safetensors"])
    func defaultName(format: String) throws {
        try withTemporaryFolder { folder in
            let export = try Command("export", TrainedRun.model, "--format", format, "--quiet", folder: folder)
            #expect(export.status == 0)
            #expect(export.messages == "")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "best.\(format)").path))
        }
    }

    /// From PyTorch's format back to an Apus classifier.
    @Test("A weights file becomes a classifier") func weightsFile() throws {
        try withTemporaryFolder { folder in
            let out = try Command("export", TrainedRun.model, "--format", "pth", "--out", "weights.pth", folder: folder)
            #expect(out.status == 0, "\(out.messages)")
            try Data("blue\nred\n".utf8).write(to: folder.appending(path: "names.txt"))
            let back = try Command(
                "export", "weights.pth", "--model", "small_cnn", "--format", "safetensors", "--classes", "names.txt",
                folder: folder)
            #expect(back.status == 0, "\(back.messages)")
            let predict = try Command(
                "predict", "weights.safetensors", TrainedRun.photos, "--format", "csv", "--quiet", folder: folder)
            #expect(predict.status == 0 && predict.outputLines.count == 11, "\(predict.messages)")

            let other = try Command("export", "weights.pth", "--model", "resnet18", folder: folder)
            #expect(other.status == 1 && other.messages.contains("weights.pth") && other.messages.contains("--model"))
            let itself = try Command("export", "weights.pth", "--model", "small_cnn", "--format", "pth", folder: folder)
            #expect(itself.status != 0 && itself.messages.contains("--out"))
            let key = try Command("export", "weights.pth", "--model", "small_cnn", "--state-key", "ema", folder: folder)
            #expect(key.status == 1 && key.messages.contains("'ema'"))
        }
    }

    @Test("Wrong use is an error") func wrongUse() throws {
        let wrong: [[String]] = [
            ["--format", "pth", "--with-preprocessing", "pixels"], ["--int8"], ["--calibrate", "x"],
            ["--int8", "--calibrate", "x", "--with-preprocessing", "normalization"], ["--format", "gguf"],
            ["--classes", "names.txt"], ["--state-key", "model"],
        ]
        for arguments in wrong {
            let command = try Command(arguments: ["export", TrainedRun.model] + arguments)
            #expect(command.status == 2, "\(arguments)")
            #expect(command.messages.contains(arguments[0]), "\(arguments)")
        }
        let lost = try Command("export", TrainedRun.model, "--out", "\(nowhere)/model.onnx")
        #expect(lost.status == 1)
        #expect(lost.messages.contains("\(nowhere)/model.onnx"))
    }

    @Test("int8 is measured on the images that training held out, and the report names them")
    func int8Validation() throws {
        struct Report: Decodable {
            let calibrationImages: Int, measuredImages: Int, unreadable: Int
            let calibratedOn: String, measuredOn: String
        }
        try withTemporaryFolder { folder in
            let command = try Command(
                "export", TrainedRun.model, "--int8", "--calibrate", TrainedRun.photos, "--out", "q.onnx", "--report",
                "json", "--quiet", folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            let report: Report = try command.json()
            let split = try String(
                contentsOf: TrainedRun.folder.get().appending(path: "run/split.csv"), encoding: .utf8)
            let aside = split.split(separator: "\n").count { $0.contains(",val") }
            #expect(aside > 0 && report.measuredImages == aside, "\(split)")
            #expect(report.calibrationImages == 10 - aside && report.unreadable == 0)
            #expect(report.measuredOn == "validation images" && report.calibratedOn == "training images")

            for (option, value) in [("--engine", "libtorch"), ("--precision", "float32"), ("--precision", "bfloat16")] {
                let other = try Command("predict", "q.onnx", TrainedRun.photos, option, value, folder: folder)
                #expect(
                    other.status == 1 && other.output == "" && other.messages.contains("q.onnx"), "\(other.messages)")
            }
            let own = try Command("predict", "q.onnx", TrainedRun.photos, "--precision", "int8", folder: folder)
            #expect(own.status == 0 && own.messages.contains("int8"), "\(own.messages)")
        }
    }

    @Test("int8 reads a table as apus evaluate does, and shows how it understood the table")
    func int8Table() throws {
        struct Report: Decodable {
            struct Dataset: Decodable {
                struct Understanding: Decodable {
                    struct Choice: Decodable { let source: String }
                    let labels: Choice
                }
                let classes: [String]
                let understanding: Understanding
            }
            struct Metrics: Decodable { let top1: Double? }
            let dataset: Dataset?
            let float32: Metrics
            let measuredOn: String
        }
        try withTemporaryFolder { folder in
            let rows = ["blue", "red"].flatMap { name in (0..<5).map { "\($0 % 2),\(name)/\($0).png,\(name)" } }
            try Data((["age,file,colour"] + rows).joined(separator: "\n").utf8).write(
                to: folder.appending(path: "table.csv"))
            let arguments = [
                "export", try TrainedRun.model, "--int8", "--calibrate", "table.csv", "--out", "q.onnx", "--report",
                "json", "--root", try TrainedRun.photos,
            ]
            let unclear = try Command(arguments: arguments, folder: folder)
            #expect(unclear.status == 1 && unclear.messages.contains("--label-column"), "\(unclear.messages)")
            let command = try Command(arguments: arguments + ["--label-column", "colour"], folder: folder)
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.messages.contains("2 classes: blue, red; labels from column \"colour\" (it was given)"))
            #expect(command.messages.contains("10 images (all images), not split"), "\(command.messages)")
            let report: Report = try command.json()
            #expect(report.dataset?.classes == ["blue", "red"] && report.float32.top1 != nil)
            #expect(report.dataset?.understanding.labels.source == "column \"colour\"")

            // Images without labels: there is no accuracy, and a note gives the reason.
            let flat = folder.appending(path: "flat")
            try FileManager.default.createDirectory(at: flat, withIntermediateDirectories: true)
            for number in 0..<5 {
                try FileManager.default.copyItem(
                    atPath: "\(TrainedRun.photos)/red/\(number).png", toPath: "\(flat.path)/img\(number).png")
            }
            let without = try Command(
                arguments: arguments.dropLast(2).map { $0 == "table.csv" ? "flat" : $0 }, folder: folder)
            #expect(without.status == 0 && without.messages.contains("5 images without labels"), "\(without.messages)")
            #expect(without.messages.contains("no accuracy is measured"))
            let bare: Report = try without.json()
            #expect(bare.dataset == nil && bare.float32.top1 == nil)
        }
    }

    @Test("All engines predict the same classes, and the log names the engine") func engines() throws {
        let commands = try ["openvino", "libtorch", "auto"].map { engine in
            try Command(
                "predict", TrainedRun.model, TrainedRun.photos, "--engine", engine, "--format", "csv", "--verbose")
        }
        let labels = commands.map { $0.outputLines.map { $0.split(separator: ",").prefix(2).joined(separator: ",") } }
        #expect(labels[0].count == 11)
        #expect(labels[0] == labels[1] && labels[0] == labels[2])
        #expect(commands[0].messages.contains("engine: OpenVINO"))
        #expect(commands[1].messages.contains("engine: LibTorch"))
        #expect(commands[2].messages.contains("engine: OpenVINO"))
        #expect(commands[2].messages.contains("fastest on a CPU"))

        let without = try Command(
            "predict", TrainedRun.model, TrainedRun.photos, "--format", "csv", "--verbose",
            environment: ["APUS_OPENVINO": nowhere])
        #expect(without.status == 0)
        #expect(without.messages.contains("engine: LibTorch"))
        #expect(without.messages.contains("APUS_OPENVINO=\(nowhere)"))
        let asked = try Command(
            "predict", TrainedRun.model, TrainedRun.photos, "--engine", "openvino",
            environment: ["APUS_OPENVINO": nowhere])
        #expect(asked.status == 1)
        #expect(asked.messages.contains("APUS_OPENVINO=\(nowhere)"))
    }
}
