internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

/// `apus calibrate`
struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Calibrate the probabilities of a classifier.",
        discussion: """
            Temperature scaling: finds the number that divides the logits, on images that the network was not trained \
            on, and saves it in the model file. 'apus train' does this, too. DATA is a dataset, as for 'apus \
            evaluate'. The images of val/ are used, or those that training set aside (the model file lists them). The \
            predicted classes do not change.

            EXAMPLES
              apus calibrate runs/mobilenet_v2-1/best.safetensors photos --coverage 0.95
              apus calibrate resnet18 imagenet/val --out resnet18.safetensors
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Folder or archive of labeled images, or a table or list.")
    var data: String

    @Option(help: "Output file. Default: MODEL.")
    var out: String?

    @Option(
        help: """
            Also save a threshold that this fraction of the images reaches, such as 0.95. 'apus predict' rejects \
            images below it as unknown.
            """)
    var coverage: Double?

    @Option(help: "Split to use. Default: val, or else the images that MODEL was not trained on.")
    var split: EvaluationSplit?

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(help: "Maximum number of images, spread over the classes.")
    var limit: Int?

    @Option(help: "Output format.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if let coverage, !(coverage > 0 && coverage <= 1) {
            throw ValidationError("--coverage must be a fraction above 0 and at most 1, such as 0.95, not \(coverage).")
        }
        if out == nil, (try? ModelReference(model)) != nil {
            throw ValidationError("\(model) is a pretrained network, not a model file; add --out FILE.")
        }
        if let out, FileExtensions.of(out) != "onnx" { try FileExtensions.check(out, "--out", ["safetensors"]) }
        if FileExtensions.of(out ?? model) == "onnx" {
            throw ValidationError(
                "a calibration is saved in a .safetensors file, not in .onnx; calibrate the .safetensors file and "
                    + "export it again.")
        }
    }

    func run() async throws {
        try LibTorch.demand(for: "apus calibrate")
        let classifier = try await engine.open(model, messages: messages)
        let opened = try EvaluationData(
            calibrationAt: data, split: split, training: classifier.description.training,
            options: table.options(labelPattern: labelPattern), limit: limit)
        messages.note(opened)
        try await engine.prepare(classifier, forImages: opened.images.count, messages: messages)
        let watch = ImageWatch("calibrating", total: opened.images.count, messages: messages) {
            messages.note("skipped: \($0)")
        }
        let (calibrated, report) = try await classifier.calibrated(
            on: opened.images, coverage: coverage, options: engine.pass(),
            readBy: { try await watch.read($0) })
        watch.warn(of: opened.images)
        let path = out ?? model
        try await calibrated.save(to: path)
        switch format {
        case .json:
            let output = CalibrationOutput(file: path, report: report)
            try Console.write(jsonText(WithDataset(output, opened.dataset)))
        case .table: try Console.write(report.text)
        }
        messages.note("Saved to \(path)")
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
    /// The metrics as text.
    fileprivate var text: String {
        var table = Table([
            ("temperature", .right), ("calibration error", .right), ("Brier score", .right), ("loss", .right),
        ])
        func add(_ temperature: Double, _ metrics: ConfidenceMetrics) {
            table.add([
                String(printf: "%.3f", temperature), metrics.expectedCalibrationError.columnPercent,
                String(printf: "%.4f", metrics.brierScore), String(printf: "%.4f", metrics.negativeLogLikelihood),
            ])
        }
        add(1, before)
        if hasTemperature { add(calibration?.temperature ?? 1, after) }
        let lines = [
            hasTemperature
                ? nil
                : "The temperature stays at 1 because these images can't determine it: there are fewer than ten, all "
                    + "are correct, or the predictions are no better than chance.",
            calibration?.unknownThreshold.map {
                "Rejected as unknown below \($0.columnPercent); \((calibration?.coverage ?? 1).columnPercent) of these "
                    + "images pass."
            },
        ]
        return ([table.text] + lines.compactMap(\.self)).joined(separator: "\n\n")
    }
}
