internal import Apus
internal import ArgumentParser
internal import Foundation
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
            pictures. Where DATA has no val/, '--split val' gives the pictures that training had set aside of the same \
            folder. For published weights, folders may bear ImageNet's names or WordNet identifiers (n01440764).

            EXAMPLES
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos --split val
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos --report report.html
              apus evaluate resnet18 imagenet/val --format json
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "The folder of labelled pictures.")
    var data: String

    @Option(help: "Which part of DATA: train, val, test. By default the last of them that DATA has.")
    var split: EvaluationSplit?

    @Option(help: "A regular expression whose one group in brackets is the label, as for 'apus train'.")
    var labelPattern: String?

    @Option(help: "Pictures that pass the network at once. By default as the engine is quickest.")
    var batchSize: Int?

    @Option(help: "Threads that read pictures. By default as many as there are processors.")
    var workers: Int?

    @Option(help: "At most so many pictures, spread over the classes.")
    var limit: Int?

    @Option(help: "Write a page with all figures and pictures worth a look: a file, or a folder for report.html.")
    var report: String?

    @Option(help: "How the figures are printed: table, json.")
    var format = ReportFormat.table

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let batchSize, batchSize < 1 { throw ValidationError("--batch-size is 1 or more, not \(batchSize).") }
        if let workers, workers < 0 { throw ValidationError("--workers is 0 or more, not \(workers).") }
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
    }

    func run() async throws {
        let reportFile = try report.map { try ReportFile($0) }
        let download = ProgressBar.download(of: "weights of \(model)", isQuiet: talk.quiet)
        let classifier = try await ImageClassifier.open(
            model, device: .find(engine.device), inference: engine.inference
        ) { download.update($0, total: $1) }
        download.clear()
        let opened = try EvaluationData(
            at: data, split: split, training: classifier.description.training, labelPattern: labelPattern,
            limit: limit)
        opened.notes.forEach(talk.note)
        let ready = try await classifier.prepare(forPictures: opened.pictures.count, batchSize: batchSize)
        talk.report(ready)
        ready.tuneProcess(forPictures: opened.pictures.count)
        let bar = ProgressBar("evaluating", total: opened.pictures.count, isQuiet: talk.quiet)
        let evaluation = try await classifier.evaluate(
            opened.pictures, batchSize: batchSize, workers: workers ?? DataLoader.processorCount,
            decoding: engine.decoding,
            progress: { bar.update($0) },
            onFailure: { failure in
                bar.clear()
                talk.note("left out: \(failure)")
            })
        bar.clear()
        if let reportFile {
            try await classifier.writeReport(
                of: evaluation, on: opened.pictures, data: data, split: split, model: model, to: reportFile)
            talk.note("The report is in \(reportFile.path).")
        }
        switch format {
        case .json: try Console.write(Console.json(evaluation))
        case .table: try write(evaluation)
        }
    }

    private func write(_ evaluation: Evaluation) throws {
        let precision = evaluation.meanAveragePrecision
        var figures = Table(
            [("pictures", .right), ("top-1", .right), ("top-5", .right)]
                + (precision == nil ? [] : [("mean average precision", .right)])
                + [("loss", .right), ("unreadable", .right)])
        figures.add(
            [evaluation.count.grouped, evaluation.top1.percent, evaluation.top5.percent]
                + [precision?.percent].compactMap(\.self)
                + [String(format: "%.4f", evaluation.loss), evaluation.errors.grouped])
        try Console.write(figures.text)
        guard evaluation.classes.count > 1 else { return }
        var classes = Table(
            [("class", .left), ("pictures", .right), ("recognised", .right)]
                + (precision == nil ? [] : [("average precision", .right)]))
        for result in evaluation.classes {
            classes.add(
                [result.label, result.support.grouped, result.scores.recall.percent]
                    + [result.averagePrecision?.percent].compactMap(\.self))
        }
        try Console.write("\n" + classes.text)
    }
}
