public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

extension ExportFormat: ExpressibleByArgument {
    /// The file extensions of this format.
    fileprivate var endings: [String] { self == .pth ? ["pth", "pt"] : [rawValue] }
}

/// `apus export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Export a classifier to ONNX, PyTorch or safetensors.",
        discussion: """
            MODEL is a model file from 'apus train', the name of a pretrained network or, with --model, a weights file \
            from PyTorch. An ONNX file runs in ONNX Runtime, OpenVINO, browsers and phones; its metadata contains the \
            classes and the preprocessing. A .pth file is a state dict for the same network in torchvision. A \
            .safetensors file is a model file of Apus.

            EXAMPLES
              apus export runs/mobilenet_v2-1/best.safetensors --format onnx
              apus export flowers.safetensors --with-preprocessing pixels
              apus export flowers.safetensors --int8 --calibrate photos
              apus export resnet18 --out resnet18.pth
              apus export theirs.pth --model resnet18 --classes names.txt
            """)

    /// The preprocessing that an ONNX file contains.
    enum Preprocessing: String, ExpressibleByArgument, CaseIterable {
        case normalization
        case pixels
    }

    @Argument(help: "Model file, name of a pretrained network or, with --model, weights file.")
    var model: String

    @Option(
        name: .customLong("model"),
        help: "Network of the weights file (.pth or safetensors): a name from 'apus models'.")
    var network: String?

    @Option(help: "With --model: file with one class name per line, in the order of the outputs.")
    var classes: String?

    @Option(
        help: """
            With --model: state dict to load if the file has several, such as model_ema, or prefix of the tensor \
            names, such as state_dict.teacher.
            """)
    var stateKey: String?

    @Option(help: "Output format. Default: the extension of --out, or onnx.")
    var format: ExportFormat?

    @Option(
        help: """
            Preprocessing in the ONNX file: normalization (input: values from 0 to 1) or pixels (input: 8-bit pixels \
            [N, H, W, 3]). Default: none (input: normalized values, as in PyTorch).
            """)
    var withPreprocessing: Preprocessing?

    @Option(
        help: "Output file: .onnx, .pth, .pt or .safetensors. Default: the model's name with the format's extension."
    )
    var out: String?

    @Flag(help: "Write an ONNX file quantized to 8-bit integers. Its input is 8-bit pixels. Requires --calibrate.")
    var int8 = false

    @Option(
        help: """
            With --int8: images for the calibration, typical of later inputs. A dataset as for 'apus evaluate', to \
            measure the accuracy, too, or a folder of images without labels. If the model was trained on the dataset, \
            the calibration uses training images, and the accuracy is measured on the images set aside.
            """)
    var calibrate: String?

    @Option(help: "With --int8: number of calibration images.")
    var calibrationImages = 256

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(help: "With --int8: output format of the report.")
    var report = ReportFormat.table

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var messages: MessageOptions

    /// The output format: the given one, or that of the file name.
    private var kind: ExportFormat {
        format ?? out.flatMap { path in ExportFormat.allCases.first { $0.endings.contains(FileExtensions.of(path)) } }
            ?? .onnx
    }

    func validate() throws {
        if let out {
            try FileExtensions.check(
                out, format.map { "--format \($0.rawValue)" } ?? "--out",
                (format.map { [$0] } ?? ExportFormat.allCases).flatMap(\.endings))
        }
        let format = kind
        if withPreprocessing != nil, format != .onnx {
            throw ValidationError("--with-preprocessing requires --format onnx.")
        }
        if classes != nil, network == nil { throw ValidationError("--classes requires --model.") }
        if stateKey != nil, network == nil { throw ValidationError("--state-key requires --model.") }
        if int8, format != .onnx { throw ValidationError("--int8 requires --format onnx.") }
        if int8, withPreprocessing == .normalization {
            throw ValidationError("with --int8 the input is always 8-bit pixels; omit --with-preprocessing.")
        }
        if int8, calibrate == nil {
            throw ValidationError("--int8 requires calibration images: add --calibrate DATA.")
        }
        if calibrate != nil, !int8 { throw ValidationError("--calibrate requires --int8.") }
        try GivenFlags().refuse(
            "--calibration-images", "--report", "--label-pattern", "--label-column", "--path-column",
            "--label-separator", "--root", where: !int8, "without --int8")
        if calibrationImages < 1 {
            throw ValidationError("--calibration-images must be at least 1, not \(calibrationImages).")
        }
    }

    func run() async throws {
        // The model file contains this graph.
        if kind != .onnx || withPreprocessing != .pixels || int8 || network != nil {
            try LibTorch.demand(for: "apus export")
        }
        let classifier = try await opened()
        let path = out ?? defaultPath
        try FileExtensions.check(path, "--out", isNoneOf: [model])
        if let calibrate {
            let data = try QuantizationData(
                at: calibrate, for: classifier, options: table.options(labelPattern: labelPattern),
                calibrationCount: calibrationImages)
            messages.note(data.input)
            let bar = ProgressBar("", total: nil, isQuiet: messages.quiet)
            let result = try await classifier.exportInt8(to: path, calibratedOn: data) { events in
                var last = ""
                for await event in events {
                    let (stage, done, total) =
                        switch event {
                        case .calibrating(let done, let total): ("calibrating", done, total)
                        case .measuring(let precision, let done, let total):
                            ("measuring \(precision.rawValue)", done, total)
                        }
                    if stage != last { bar.restart(stage, total: total) }
                    last = stage
                    bar.update(done)
                }
            }
            bar.clear()
            try print(result, data.input.dataset)
            if result.unreadable > 0 {
                messages.note("Skipped \(counted(result.unreadable, "unreadable image")).")
            }
        } else {
            let input: ExportedInput =
                switch withPreprocessing {
                case nil: .normalized
                case .normalization: .normalization
                case .pixels: .pixels
                }
            try await classifier.export(to: path, format: kind, input: input)
        }
        messages.note("Saved to \(path)")
    }

    private func opened() async throws -> ImageClassifier {
        guard let network else {
            return try await .open(model, device: .cpu, messages: messages)
        }
        let names = try classes.map { path in
            try MappedFile(path: path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                .split(whereSeparator: \.isNewline).map(String.init)
        }
        return try await ImageClassifier(
            weights: model, for: ModelReference(network), classes: names, stateKey: stateKey, device: .cpu
        ) { [messages] events in
            for await case .note(let note) in events { messages.note(note) }
        }
    }

    /// The output file in the current folder. The folder of the model may be the weights cache.
    private var defaultPath: String {
        let name = URL(filePath: model).lastPathComponent
        let stem =
            [".safetensors", ".pth"].first(where: name.hasSuffix).map { String(name.dropLast($0.count)) } ?? name
        return stem.replacing(":", with: "-") + (int8 ? "-int8" : "") + ".\(kind.rawValue)"
    }

    private func print(_ result: QuantizationReport, _ dataset: DataDescription?) throws {
        guard report == .table else {
            return try Console.write(jsonText(WithDataset(result, dataset), pretty: true))
        }
        var table = Table([
            ("", .left), ("top-1", .right), ("images/s", .right), ("agreement", .right), ("file size", .right),
        ])
        func row(_ name: String, _ metrics: QuantizationReport.Metrics, agreement: Double?) {
            table.add([
                name, metrics.top1?.columnPercent ?? "-", String(printf: "%.0f", metrics.imagesPerSecond),
                agreement?.columnPercent ?? "", String(printf: "%.1f MB", Double(metrics.fileSize) / 1e6),
            ])
        }
        row("float32", result.float32, agreement: nil)
        row("int8", result.int8, agreement: result.agreement)
        try Console.write(table.text)
        messages.note(
            "Measured on \(counted(result.measuredImages, "image")) (\(result.measuredOn)), calibrated on "
                + "\(result.calibrationImages.grouped) (\(result.calibratedOn)). The int8 network alone runs at "
                + String(printf: "%.2f times the speed of float32.", result.speedUp))
    }
}
