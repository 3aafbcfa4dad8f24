internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import Torch
internal import TorchVision

/// `apus evaluate`
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a classifier on labelled pictures.",
        discussion: """
            MODEL is a file that 'apus train' wrote, or a network with published weights. DATA is as for 'apus train'; \
            of a folder with train/, val/ and test/ the last of them that is there is taken, of MNIST's files the test \
            pictures. Of other data that MODEL was trained on, the images are taken that training had set aside (the \
            model file tells which); '--split all' takes all. For published weights, folders may bear ImageNet's names or WordNet identifiers (n01440764).

            Printed are the figures with the intervals that hold the true ones in 95 of 100 samples, precision, recall \
            and F1 of each class, and the classes most confused; json has all, the confusion matrix and the curves with \
            it; csv has a line for each picture.

            EXAMPLES
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos --split val
              apus evaluate model.safetensors photos --report report.html
              apus evaluate resnet18 imagenet/val --format json
              apus evaluate model.safetensors photos --top-k 3 --format csv
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "The folder of labelled pictures.")
    var data: String

    @Option(
        help: """
            Which part of DATA: train, val, test, all. By default the last of the first three that DATA has, else what \
            MODEL was not trained on.
            """)
    var split: EvaluationSplit?

    @Option(help: "A regular expression whose one group in brackets is the label, as for 'apus train'.")
    var labelPattern: String?

    @Option(
        help: """
            What is looked at of each picture: center, five (the corners and the middle), ten (and mirrored). The \
            outputs are averaged.
            """)
    var crops = TestCrops.center

    @Option(help: "At most so many pictures, spread over the classes.")
    var limit: Int?

    @Option(
        help: "Write a page with all figures and pictures worth a look: a file (.html), or a folder for report.html.")
    var report: String?

    @Option(help: "Tell also how often the true class is among the so many most probable; may be given several times.")
    var topK: [Int] = []

    @Option(help: "What is printed: table, json (all figures), csv (a line for each picture).")
    var format = EvaluationFormat.table

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let k = topK.first(where: { $0 < 1 }) { throw ValidationError("--top-k is 1 or more, not \(k).") }
        try GivenFlags().refuse(
            "--top-k", where: format == .csv && report == nil,
            "csv has a line for each image; give --format table or json")
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        if let report { try Endings.check(report, "--report", ["html", "htm"], orFolder: true) }
    }

    func run() async throws {
        let reportFile = try report.map { try ReportFile($0) }
        let classifier = try await engine.open(model, talk: talk)
        let opened = try EvaluationData(
            at: data, split: split, training: classifier.description.training,
            options: table.options(labelPattern: labelPattern), limit: limit)
        talk.note(opened)
        try await engine.prepare(classifier, forPictures: opened.pictures.count, talk: talk)
        let certain = topK.filter { $0 >= classifier.classes.count }
        if let k = certain.first, k > 1 {
            talk.warn(
                "--top-k \(k) has no effect: of \(classifier.classes.count) classes the true one is always among these")
        }
        let watch = ImageWatch("evaluating", total: opened.pictures.count, talk: talk) { talk.note("left out: \($0)") }
        let rows = format == .csv ? try EvaluationRows(classes: classifier.classes) : nil
        let evaluation = try await classifier.evaluate(opened.pictures, topK: topK, options: engine.pass(crops)) {
            try await watch.read($0) { try rows?.write($0) }
        }
        watch.warn(of: opened.pictures)
        if let reportFile {
            try await classifier.writeReport(
                of: evaluation, on: opened.pictures, data: data, split: opened.split, model: model, to: reportFile)
            talk.note("The report is in \(reportFile.path).")
        }
        switch format {
        case .json:
            let output = EvaluationOutput(evaluation: evaluation, data: opened)
            try Console.write(Console.json(WithDataset(output, opened.dataset)))
        case .table: try Console.write(evaluation.text(isQuiet: talk.quiet))
        case .csv: break
        }
    }
}

/// What `--format json` prints.
private struct EvaluationOutput: Encodable {
    let evaluation: Evaluation
    let data: EvaluationData

    private enum CodingKeys: CodingKey { case split, trainedOn }

    func encode(to encoder: any Encoder) throws {
        try evaluation.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(data.split, forKey: .split)
        try container.encode(data.trainedOn, forKey: .trainedOn)
    }
}

/// How an evaluation is printed.
enum EvaluationFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
