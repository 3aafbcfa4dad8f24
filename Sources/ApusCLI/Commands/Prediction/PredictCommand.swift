internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import Platform
internal import Torch
internal import TorchVision

/// `apus predict`
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Classify images.",
        discussion: """
            MODEL is a model file from 'apus train', or the name of a pretrained network. PATH is an image or a folder, \
            including its subfolders. '-' as the only PATH reads a list from standard input, one path per line, and \
            predicts the images as they arrive. A folder without images or without read permission is reported and \
            skipped.

            EXAMPLES
              apus predict runs/mobilenet_v2-1/best.safetensors holiday.jpg
              apus predict resnet18 photos --top 3 --format csv > labels.csv
              apus predict flowers.safetensors photos --format json | jq .label
              apus predict flowers.safetensors photos --sheet sheet.png
              apus predict mobilenet_v2 - --format csv < list.txt > labels.csv
              apus predict mobilenet_v2 - -0 --format csv < list.bin > labels.csv

            Exit status: 0 if all images were predicted, 1 if some failed, 2 for invalid usage.
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Images and folders of images, or - for a list on standard input.")
    var paths: [String]

    @Option(
        help: """
            Maximum number of classes to show per image. Default: 5, or 1 with csv, where each further class has its own \
            columns.
            """)
    var top: Int?

    @Option(help: "Output format: table, json (one object per line) or csv.")
    var format = PredictionFormat.table

    @Flag(help: "With --format json: include the logits.")
    var logits = false

    @Option(
        help: """
            Draw the images with their predictions: .png, .svg or .pdf. Further sheets are numbered. If the folder or \
            the file name contains the true class, a mark and a frame show whether the prediction is correct.
            """)
    var sheet: String?

    @Option(
        help: """
            Test-time augmentation: center (one crop), five (the corners and the center) or ten (also mirrored). The \
            outputs are averaged.
            """)
    var crops = TestCrops.center

    @Option(help: "Maximum number of images.")
    var limit: Int?

    @Flag(
        name: [.customShort("0"), .long],
        help: "Each path on standard input ends in NUL, as from 'find -print0'.")
    var null = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    private var readsList: Bool { paths == ["-"] }

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top must be at least 1, not \(top).") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if logits, format != .json { throw ValidationError("--logits requires --format json.") }
        if null, !readsList { throw ValidationError("-0 requires a list on standard input: '-' as the only PATH.") }
        if readsList, sheet != nil {
            throw ValidationError("--sheet can't be combined with a list on standard input.")
        }
        if readsList, engine.maxUnreadable != nil {
            throw ValidationError("--max-unreadable can't be combined with a list on standard input.")
        }
        if let sheet { try FileExtensions.check(sheet, "--sheet", FileExtensions.drawings) }
        try FileExtensions.check(sheet, "--sheet", isNoneOf: [model] + paths)
    }

    func run() async throws {
        let list = readsList ? PathList(STDIN_FILENO, endsInNUL: null, limit: limit) : nil
        guard let first = try list.map({ try $0.next() }) ?? ImageInput(paths: paths, limit: limit) else {
            throw ApusError(.noReadableImages, "standard input contains no paths", advice: "write one path per line")
        }
        first.notes.forEach(messages.note)
        let classifier = try await engine.open(model, messages: messages)
        let report = try await engine.prepare(classifier, forImages: first.images.count, messages: messages)

        if let top, top > classifier.classes.count {
            messages.warn("--top \(top): the model has only \(classifier.classes.count.grouped) classes; all are shown")
        }
        let shown = top ?? (format == .csv ? 1 : 5)
        let bar = ProgressBar("predicting", total: list == nil ? first.images.count : limit, isQuiet: messages.quiet)
        let writer = try PredictionWriter(
            format: format, input: first, top: min(shown, classifier.classes.count))
        let sheets = sheet.map { PredictionSheets(path: $0, input: first, classifier: classifier) }
        let began = ContinuousClock.now
        let counts = Monitor((done: 0, failed: 0))
        let sharesTerminal = Console.isTerminal(.standardOutput)
        var input: ImageInput? = first
        while let images = input?.images {
            try await classifier.predict(images, top: shown, includesLogits: logits, options: engine.pass(crops)) {
                results in
                for await result in results {
                    let (done, failed) = counts.withLock { counts in
                        counts.done += 1
                        if case .failure = result { counts.failed += 1 }
                        return counts
                    }
                    if case .failure(_, let message) = result {
                        bar.clear()
                        if format != .json { Console.message("apus: \(message)") }
                    }
                    try writer.write(result, number: done)
                    try sheets?.add(result)
                    // On the same terminal, a bar would overwrite the table.
                    if !sharesTerminal { bar.update(done, detail: failed > 0 ? "\(failed) unreadable" : "") }
                }
            }
            input = try list?.next()
            input?.notes.forEach(messages.note)
        }
        bar.clear()
        let sheetPaths = try sheets?.finish() ?? []
        let (done, failed) = counts.withLock { $0 }
        summarize(done: done, failed: failed, seconds: (.now - began) / .seconds(1), engine: report.summary)
        sheetPaths.forEach { messages.note("Sheet: \($0)") }
        if failed > 0 { throw ExitCode(1) }
    }

    private func summarize(done: Int, failed: Int, seconds: Double, engine: String) {
        let predicted = done - failed
        guard predicted > 0 else { return messages.note("No images predicted; \(failed.grouped) unreadable.") }
        messages.note(
            "\(counted(predicted, "image")) in "
                + String(format: "%.2f s, %.1f ms per image", seconds, seconds * 1000 / Double(predicted))
                + " (\(engine))" + (failed > 0 ? "; \(failed.grouped) unreadable" : ""))
    }
}

/// The output format of predictions.
enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
