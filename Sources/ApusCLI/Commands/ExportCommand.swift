public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

extension ExportFormat: ExpressibleByArgument {
    /// The endings of files of this kind.
    fileprivate var endings: [String] { self == .pth ? ["pth", "pt"] : [rawValue] }
}

/// `apus export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a classifier in a form that other programs read.",
        discussion: """
            MODEL is a file that 'apus train' wrote, a network with published weights, or with --model a file of weights \
            from PyTorch. An ONNX file runs in ONNX Runtime, OpenVINO, browsers and phones; its metadata holds the \
            classes and the preprocessing. A .pth file is a state dict that torchvision's network loads. A .safetensors \
            file is a classifier of Apus' own.

            EXAMPLES
              apus export runs/mobilenet_v2-1/best.safetensors --format onnx
              apus export flowers.safetensors --with-preprocessing pixels
              apus export flowers.safetensors --int8 --calibrate photos
              apus export resnet18 --out resnet18.pth
              apus export theirs.pth --model resnet18 --classes names.txt
            """)

    /// What of the preparation of pictures an ONNX file holds.
    enum Preprocessing: String, ExpressibleByArgument, CaseIterable {
        case normalization
        case pixels
    }

    @Argument(help: "A classifier's file, the name of a pretrained network, or with --model a file of weights.")
    var model: String

    @Option(
        name: .customLong("model"),
        help: "The network that a file of weights is for, .pth or safetensors, by the name that 'apus models' gives.")
    var network: String?

    @Option(help: "With --model: a file with the names of the classes, one a line, in the order of the outputs.")
    var classes: String?

    @Option(
        help: """
            With --model: which of several state dicts in a file, as in model_ema, or which prefix of names, as in \
            state_dict.teacher.
            """)
    var stateKey: String?

    @Option(help: "The kind of file: onnx, pth, safetensors. By default what the name of --out ends in, else onnx.")
    var format: ExportFormat?

    @Option(
        help: """
            What an ONNX file does by itself: normalization (it takes pictures from 0 to 1), pixels (it takes 8-bit \
            pixels [N, H, W, 3]). By default it takes what the network in PyTorch takes.
            """)
    var withPreprocessing: Preprocessing?

    @Option(
        help:
            "The file to write: .onnx, .pth (or .pt), .safetensors. By default the model's name with the format's ending."
    )
    var out: String?

    @Flag(help: "Write an ONNX file that computes in 8-bit integers, from pixels. Needs --calibrate.")
    var int8 = false

    @Option(
        help: """
            Images like those to come, for --int8: data as for 'apus evaluate', so that the accuracy can be measured, or a \
            folder of images. Of the data that the model was trained on, ranges are found on training images and the \
            accuracy on those set aside.
            """)
    var calibrate: String?

    @Option(help: "How many pictures --int8 looks at.")
    var calibrationPictures = 256

    @Option(help: "A regular expression whose one group in brackets is the label, as for 'apus train'.")
    var labelPattern: String?

    @Option(help: "How the figures are printed: table, json.")
    var report = ReportFormat.table

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var talk: TalkOptions

    /// What is written: what was asked for, or what the file's name says.
    private var kind: ExportFormat {
        format ?? out.flatMap { path in ExportFormat.allCases.first { $0.endings.contains(Endings.of(path)) } } ?? .onnx
    }

    func validate() throws {
        if let out {
            try Endings.check(
                out, format.map { "--format \($0.rawValue)" } ?? "--out",
                (format.map { [$0] } ?? ExportFormat.allCases).flatMap(\.endings))
        }
        let format = kind
        if withPreprocessing != nil, format != .onnx {
            throw ValidationError("--with-preprocessing goes with --format onnx.")
        }
        if classes != nil, network == nil { throw ValidationError("--classes goes with --model.") }
        if stateKey != nil, network == nil { throw ValidationError("--state-key goes with --model.") }
        if int8, format != .onnx { throw ValidationError("--int8 goes with --format onnx.") }
        if int8, withPreprocessing == .normalization {
            throw ValidationError("a file of --int8 begins at pixels; leave --with-preprocessing out.")
        }
        if int8, calibrate == nil {
            throw ValidationError("--int8 needs pictures to find the ranges of values with: --calibrate FOLDER.")
        }
        if calibrate != nil, !int8 { throw ValidationError("--calibrate goes with --int8.") }
        try GivenFlags().refuse(
            "--calibration-pictures", "--report", "--label-pattern", "--label-column", "--path-column",
            "--label-separator", "--root", where: !int8, "it goes with --int8")
        if calibrationPictures < 1 {
            throw ValidationError("--calibration-pictures is 1 or more, not \(calibrationPictures).")
        }
    }

    func run() async throws {
        let classifier = try await opened()
        let path = out ?? defaultPath
        try Endings.check(path, "--out", isNoneOf: [model])
        if let calibrate {
            let data = try QuantizationData(
                at: calibrate, for: classifier, options: table.options(labelPattern: labelPattern),
                calibrationCount: calibrationPictures)
            talk.note(data.input)
            let bar = ProgressBar("", total: nil, isQuiet: talk.quiet)
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
                talk.note("\(counted(result.unreadable, "picture")) could not be read and stayed out.")
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
        talk.note("Written: \(path)")
    }

    private func opened() async throws -> ImageClassifier {
        guard let network else {
            return try await .open(model, device: .cpu, talk: talk)
        }
        let names = try classes.map { path in
            try MappedFile(path: path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                .split(whereSeparator: \.isNewline).map(String.init)
        }
        let isQuiet = talk.quiet
        return try await ImageClassifier(
            weights: model, for: ModelReference(network), classes: names, stateKey: stateKey, device: .cpu,
            onNote: { if !isQuiet { Console.tell($0) } })
    }

    /// Beside the caller, not beside the model: a cache of weights is no place for it.
    private var defaultPath: String {
        let name = URL(filePath: model).lastPathComponent
        let stem =
            [".safetensors", ".pth"].first(where: name.hasSuffix).map { String(name.dropLast($0.count)) } ?? name
        return stem.replacing(":", with: "-") + (int8 ? "-int8" : "") + ".\(kind.rawValue)"
    }

    private func print(_ result: QuantizationReport, _ dataset: DataDescription?) throws {
        guard report == .table else {
            return try Console.write(Console.json(WithDataset(result, dataset), pretty: true))
        }
        var table = Table([
            ("", .left), ("top-1", .right), ("pictures/s", .right), ("same answer", .right), ("file", .right),
        ])
        func row(_ name: String, _ figures: QuantizationReport.Figures, agreement: Double?) {
            table.add([
                name, figures.top1?.columnPercent ?? "-", String(format: "%.0f", figures.picturesPerSecond),
                agreement?.columnPercent ?? "", String(format: "%.1f MB", Double(figures.fileSize) / 1e6),
            ])
        }
        row("float32", result.float32, agreement: nil)
        row("int8", result.int8, agreement: result.agreement)
        try Console.write(table.text)
        talk.note(
            "Measured on \(counted(result.measuredPictures, "picture")) (\(result.measuredOn)); calibrated on "
                + "\(result.calibrationPictures.grouped) (\(result.calibratedOn)). The speed is the network's alone: "
                + String(format: "%.2f times float32's.", result.speedUp))
    }
}
