internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

/// `apus calibrate`
struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Make a classifier's probabilities mean what they say.",
        discussion: """
            Finds the temperature that the logits are divided by, on pictures that the network has not learned from, and \
            keeps it in the model file; 'apus train' does so by itself. DATA is as for 'apus evaluate': its val/ is \
            taken, or the images that training had set aside (the model file tells which). Which class is the most probable \
            stays the same.

            EXAMPLES
              apus calibrate runs/mobilenet_v2-1/best.safetensors photos --unknown 0.95
              apus calibrate resnet18 imagenet/val --out resnet18.safetensors
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "The folder of labelled pictures.")
    var data: String

    @Option(help: "The file that is written. By default MODEL itself.")
    var out: String?

    @Option(help: "Keep a threshold that this share of the pictures reaches, such as 0.95; what lies below is unknown.")
    var unknown: Double?

    @Option(help: "Which part of DATA: train, val, test, all. By default val, else what MODEL was not trained on.")
    var split: EvaluationSplit?

    @Option(help: "A regular expression whose one group in brackets is the label, as for 'apus train'.")
    var labelPattern: String?

    @Option(help: "At most so many pictures, spread over the classes.")
    var limit: Int?

    @Option(help: "How the figures are printed: table, json.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        if let unknown, !(unknown > 0 && unknown <= 1) {
            throw ValidationError("--unknown is a fraction above 0 and up to 1, such as 0.95, not \(unknown).")
        }
        if out == nil, (try? ModelReference(model)) != nil {
            throw ValidationError("\(model) is no file that could be written anew; give --out FILE.")
        }
        if let out, Endings.of(out) != "onnx" { try Endings.check(out, "--out", ["safetensors"]) }
        if Endings.of(out ?? model) == "onnx" {
            throw ValidationError("a calibration is kept in a .safetensors file; calibrate that, and export it anew.")
        }
    }

    func run() async throws {
        let classifier = try await engine.open(model, talk: talk)
        let opened = try EvaluationData(
            calibrationAt: data, split: split, training: classifier.description.training,
            options: table.options(labelPattern: labelPattern), limit: limit)
        talk.note(opened)
        try await engine.prepare(classifier, forPictures: opened.pictures.count, talk: talk)
        let watch = ImageWatch("calibrating", total: opened.pictures.count, talk: talk) { talk.note("left out: \($0)") }
        let (calibrated, report) = try await classifier.calibrated(
            on: opened.pictures, knownShare: unknown, options: engine.pass(), readBy: { try await watch.read($0) })
        watch.warn(of: opened.pictures)
        let path = out ?? model
        try await calibrated.save(to: path)
        switch format {
        case .json:
            let output = CalibrationOutput(file: path, report: report)
            try Console.write(Console.json(WithDataset(output, opened.dataset)))
        case .table: try Console.write(report.text)
        }
        talk.note("Written: \(path)")
    }
}

/// What `--format json` prints.
private struct CalibrationOutput: Encodable {
    let file: String
    let report: CalibrationReport

    private enum CodingKeys: CodingKey { case file }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
    }
}

extension CalibrationReport {
    /// The figures for people.
    fileprivate var text: String {
        var table = Table([
            ("temperature", .right), ("calibration error", .right), ("Brier score", .right), ("loss", .right),
        ])
        func add(_ temperature: Double, _ figures: ConfidenceFigures) {
            table.add([
                String(format: "%.3f", temperature), figures.expectedCalibrationError.columnPercent,
                String(format: "%.4f", figures.brierScore), String(format: "%.4f", figures.negativeLogLikelihood),
            ])
        }
        add(1, before)
        if hasTemperature { add(calibration?.temperature ?? 1, after) }
        let lines = [
            hasTemperature
                ? nil
                : "These pictures tell no temperature, so it stays at 1: they are fewer than ten, all are recognised, or "
                    + "the answers say nothing of the classes.",
            calibration?.unknownThreshold.map {
                "Below \($0.columnPercent) a picture is unknown: \((calibration?.knownShare ?? 1).columnPercent) of these reach it."
            },
        ]
        return ([table.text] + lines.compactMap(\.self)).joined(separator: "\n\n")
    }
}
