internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Images
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

/// `apus evaluate`
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluate a classifier on labeled images.",
        discussion: """
            MODEL is a model file from 'apus train', or the name of a pretrained network. DATA is a dataset, as for \
            'apus train'. If it has train/, val/ or test/, the last of these splits is evaluated; with MNIST files, \
            the test images. If MODEL was trained on DATA, the images that training set aside are evaluated (the model \
            file lists them). '--split all' evaluates all images. For pretrained networks, class folders may have \
            ImageNet class names or WordNet IDs (n01440764).

            The first line states the result in plain words. The table shows the accuracy with its 95 % confidence \
            interval, precision, recall and F1 of each class, and the classes that are most often confused. json adds \
            the confusion matrix and the curves. csv has one line per image.

            EXAMPLES
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos --split val
              apus evaluate model.safetensors photos --report report.html
              apus evaluate resnet18 imagenet/val --format json
              apus evaluate model.safetensors photos --top-k 3
              apus evaluate model.safetensors photos --format csv > images.csv
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Folder or archive of labeled images, or a table or list.")
    var data: String

    @Option(
        help: """
            Split to evaluate. Default: the last of train, val and test that DATA has, or else the images that MODEL \
            was not trained on.
            """)
    var split: EvaluationSplit?

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(
        help: """
            Test-time augmentation: center (one crop), five (the corners and the center) or ten (also mirrored). The \
            outputs are averaged.
            """)
    var crops = TestCrops.center

    @Option(help: "Maximum number of images, spread over the classes.")
    var limit: Int?

    @Option(
        help: "Write an HTML report to this file (.html), or to report.html in this folder.")
    var report: String?

    @Option(help: "Also report the top-K accuracy. Can be repeated.")
    var topK: [Int] = []

    @Option(help: "Output format: table, json (all metrics) or csv (one line per image).")
    var format = EvaluationFormat.table

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if let k = topK.first(where: { $0 < 1 }) { throw ValidationError("--top-k must be at least 1, not \(k).") }
        try GivenFlags().refuse(
            "--top-k", where: format == .csv && report == nil,
            "with --format csv, which has one line per image; use --format table or json")
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if let report { try FileExtensions.check(report, "--report", ["html", "htm"], orFolder: true) }
    }

    func run() async throws {
        let reportFile = try report.map { try ReportFile($0) }
        let classifier = try await engine.open(model, messages: messages)
        let opened = try EvaluationData(
            at: data, split: split, training: classifier.description.training,
            options: table.options(labelPattern: labelPattern), limit: limit)
        messages.note(opened)
        let engineReport = try await engine.prepare(classifier, forImages: opened.images.count, messages: messages)
        let certain = topK.filter { $0 >= classifier.classes.count }
        if let k = certain.first, k > 1 {
            messages.warn(
                "--top-k \(k) has no effect: the model has only \(classifier.classes.count) classes")
        }
        let watch = ImageWatch("evaluating", total: opened.images.count, messages: messages) {
            messages.note("skipped: \($0)")
        }
        let rows = format == .csv ? try EvaluationRows(classifier.description) : nil
        let began = ContinuousClock.now
        let evaluation = try await classifier.evaluate(opened.images, topK: topK, options: engine.pass(crops)) {
            try await watch.read($0) { try rows?.write($0) }
        }
        watch.warn(of: opened.images)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let share = seconds * 1000 / Double(max(1, evaluation.count))
        let speed = String(printf: "%.2f s, %.1f ms per image", seconds, share)
        messages.note(
            "\(counted(evaluation.count, "image")) in \(speed) (\(engineReport.summary)"
                + "\(classifier.processor.map { ", on \($0)" } ?? ""))")
        if let reportFile {
            try await classifier.writeReport(
                of: evaluation, on: opened.images, data: data, split: opened.split, model: model, to: reportFile)
            messages.note("Report: \(reportFile.path)")
        }
        switch format {
        case .json:
            let output = EvaluationOutput(evaluation: evaluation, data: opened)
            try Console.write(jsonText(WithDataset(output, opened.dataset)))
        case .table: try Console.write(evaluation.text(isQuiet: messages.quiet))
        case .csv: messages.note(evaluation.verdict.printable)
        }
    }
}

/// What `--format json` prints.
private struct EvaluationOutput: Encodable {
    let evaluation: Evaluation
    let data: EvaluationData

    private enum CodingKeys: CodingKey { case verdict, split, trainedOn }

    func encode(to encoder: any Encoder) throws {
        try evaluation.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(evaluation.verdict, forKey: .verdict)
        try container.encodeIfPresent(data.split, forKey: .split)
        try container.encode(data.trainedOn, forKey: .trainedOn)
    }
}

/// The output format of an evaluation.
enum EvaluationFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
