import Foundation
import TestSupport
import Testing

@Suite struct ExportCommandTests {
    @Test func anExportedFilePredicts() throws {
        try withTemporaryFolder { folder in
            let export = try Command(
                "export", TrainedRun.model, "--with-preprocessing", "pixels", "--out", "pixels.onnx", folder: folder)
            #expect(export.status == 0)
            #expect(export.talk.contains("pixels.onnx"))
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

    @Test(arguments: ["onnx", "pth", "safetensors"]) func theNameFollowsTheModel(format: String) throws {
        try withTemporaryFolder { folder in
            let export = try Command("export", TrainedRun.model, "--format", format, "--quiet", folder: folder)
            #expect(export.status == 0)
            #expect(export.talk == "")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "best.\(format)").path))
        }
    }

    /// From PyTorch's form and back to a classifier of Apus' own.
    @Test func aFileOfWeightsBecomesAClassifier() throws {
        try withTemporaryFolder { folder in
            let out = try Command("export", TrainedRun.model, "--format", "pth", "--out", "weights.pth", folder: folder)
            #expect(out.status == 0, "\(out.talk)")
            try Data("blue\nred\n".utf8).write(to: folder.appending(path: "names.txt"))
            let back = try Command(
                "export", "weights.pth", "--model", "small_cnn", "--format", "safetensors", "--classes", "names.txt",
                folder: folder)
            #expect(back.status == 0, "\(back.talk)")
            let predict = try Command(
                "predict", "weights.safetensors", TrainedRun.photos, "--format", "csv", "--quiet", folder: folder)
            #expect(predict.status == 0 && predict.outputLines.count == 11, "\(predict.talk)")

            let other = try Command("export", "weights.pth", "--model", "resnet18", folder: folder)
            #expect(other.status == 1 && other.talk.contains("weights.pth") && other.talk.contains("--model"))
            let itself = try Command("export", "weights.pth", "--model", "small_cnn", "--format", "pth", folder: folder)
            #expect(itself.status != 0 && itself.talk.contains("--out"))
            let key = try Command("export", "weights.pth", "--model", "small_cnn", "--state-key", "ema", folder: folder)
            #expect(key.status == 1 && key.talk.contains("'ema'"))
        }
    }

    @Test func wrongUse() throws {
        let wrong: [[String]] = [
            ["--format", "pth", "--with-preprocessing", "pixels"], ["--int8"], ["--calibrate", "x"],
            ["--int8", "--calibrate", "x", "--with-preprocessing", "normalization"], ["--format", "gguf"],
            ["--classes", "names.txt"], ["--state-key", "model"],
        ]
        for arguments in wrong {
            let command = try Command(arguments: ["export", TrainedRun.model] + arguments)
            #expect(command.status == 2, "\(arguments)")
            #expect(command.talk.contains(arguments[0]), "\(arguments)")
        }
        let lost = try Command("export", TrainedRun.model, "--out", "\(nowhere)/model.onnx")
        #expect(lost.status == 1)
        #expect(lost.talk.contains("\(nowhere)/model.onnx"))
    }

    @Test("int8 is measured on pictures that training set aside, and its report says so")
    func int8IsMeasuredOnOthers() throws {
        struct Report: Decodable {
            let calibrationPictures: Int, measuredPictures: Int, unreadable: Int
            let calibratedOn: String, measuredOn: String
        }
        try withTemporaryFolder { folder in
            let command = try Command(
                "export", TrainedRun.model, "--int8", "--calibrate", TrainedRun.photos, "--out", "q.onnx", "--report",
                "json", "--quiet", folder: folder)
            #expect(command.status == 0, "\(command.talk)")
            let report: Report = try command.json()
            let split = try String(
                contentsOf: TrainedRun.folder.get().appending(path: "run/split.csv"), encoding: .utf8)
            let aside = split.split(separator: "\n").count { $0.contains(",val") }
            #expect(aside > 0 && report.measuredPictures == aside, "\(split)")
            #expect(report.calibrationPictures == 10 - aside && report.unreadable == 0)
            #expect(report.measuredOn == "validation pictures" && report.calibratedOn == "training pictures")

            for (option, value) in [("--engine", "libtorch"), ("--precision", "float32"), ("--precision", "bfloat16")] {
                let other = try Command("predict", "q.onnx", TrainedRun.photos, option, value, folder: folder)
                #expect(other.status == 1 && other.output == "" && other.talk.contains("q.onnx"), "\(other.talk)")
            }
            let own = try Command("predict", "q.onnx", TrainedRun.photos, "--precision", "int8", folder: folder)
            #expect(own.status == 0 && own.talk.contains("int8"), "\(own.talk)")
        }
    }

    @Test("int8 reads a table as evaluate does, and says what it understood")
    func int8OfATable() throws {
        struct Report: Decodable {
            struct Dataset: Decodable {
                struct Understanding: Decodable {
                    struct Choice: Decodable { let source: String }
                    let labels: Choice
                }
                let classes: [String]
                let understanding: Understanding
            }
            struct Figures: Decodable { let top1: Double? }
            let dataset: Dataset?
            let float32: Figures
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
            #expect(unclear.status == 1 && unclear.talk.contains("--label-column"), "\(unclear.talk)")
            let command = try Command(arguments: arguments + ["--label-column", "colour"], folder: folder)
            #expect(command.status == 0, "\(command.talk)")
            #expect(command.talk.contains("2 classes: blue, red; labels from column \"colour\" (it was given)"))
            #expect(command.talk.contains("10 images (all images), not split"), "\(command.talk)")
            let report: Report = try command.json()
            #expect(report.dataset?.classes == ["blue", "red"] && report.float32.top1 != nil)
            #expect(report.dataset?.understanding.labels.source == "column \"colour\"")

            // Images without labels: the accuracy is left out, and it is said why.
            let flat = folder.appending(path: "flat")
            try FileManager.default.createDirectory(at: flat, withIntermediateDirectories: true)
            for number in 0..<5 {
                try FileManager.default.copyItem(
                    atPath: "\(TrainedRun.photos)/red/\(number).png", toPath: "\(flat.path)/img\(number).png")
            }
            let without = try Command(
                arguments: arguments.dropLast(2).map { $0 == "table.csv" ? "flat" : $0 }, folder: folder)
            #expect(without.status == 0 && without.talk.contains("5 images, taken without labels"), "\(without.talk)")
            #expect(without.talk.contains("no accuracy is measured"))
            let bare: Report = try without.json()
            #expect(bare.dataset == nil && bare.float32.top1 == nil)
        }
    }

    @Test func enginesAgreeAndSaySo() throws {
        let commands = try ["openvino", "libtorch", "auto"].map { engine in
            try Command(
                "predict", TrainedRun.model, TrainedRun.photos, "--engine", engine, "--format", "csv", "--verbose")
        }
        let labels = commands.map { $0.outputLines.map { $0.split(separator: ",").prefix(2).joined(separator: ",") } }
        #expect(labels[0].count == 11)
        #expect(labels[0] == labels[1] && labels[0] == labels[2])
        #expect(commands[0].talk.contains("engine: OpenVINO"))
        #expect(commands[1].talk.contains("engine: LibTorch"))
        #expect(commands[2].talk.contains("engine: OpenVINO"))
        #expect(commands[2].talk.contains("quickest on a CPU"))

        let without = try Command(
            "predict", TrainedRun.model, TrainedRun.photos, "--format", "csv", "--verbose",
            environment: ["APUS_OPENVINO": nowhere])
        #expect(without.status == 0)
        #expect(without.talk.contains("engine: LibTorch"))
        #expect(without.talk.contains("APUS_OPENVINO=\(nowhere)"))
        let asked = try Command(
            "predict", TrainedRun.model, TrainedRun.photos, "--engine", "openvino",
            environment: ["APUS_OPENVINO": nowhere])
        #expect(asked.status == 1)
        #expect(asked.talk.contains("APUS_OPENVINO=\(nowhere)"))
    }
}
