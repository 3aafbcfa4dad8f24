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
        abstract: "Say what is on pictures.",
        discussion: """
            MODEL is a file that 'apus train' wrote, or a network with published weights. PATH is a picture or a \
            folder; folders are searched to their depths. A lone '-' reads a list from standard input, a path a line, and \
            answers while it comes. A folder without images, or one that may not be read, is named and passed over.

            EXAMPLES
              apus predict runs/mobilenet_v2-1/best.safetensors holiday.jpg
              apus predict resnet18 photos --top 3 --format csv > labels.csv
              apus predict flowers.safetensors photos --format json | jq .label
              apus predict flowers.safetensors photos --sheet sheet.png
              apus predict mobilenet_v2 - --format csv < list.txt > labels.csv
              apus predict mobilenet_v2 - -0 --format csv < list.bin > labels.csv

            Exit status: 0 all predicted, 1 some could not be, 2 wrong use.
            """)

    @Argument(help: "A classifier's file, or the name of a pretrained network.")
    var model: String

    @Argument(help: "Pictures and folders; - for a list on standard input.")
    var paths: [String]

    @Option(
        help: """
            How many classes are told of each picture, at most. By default 5, and 1 with csv, where the further ones have \
            columns of their own.
            """)
    var top: Int?

    @Option(help: "How predictions are printed: table, json (an object a line), csv.")
    var format = PredictionFormat.table

    @Flag(help: "Tell the network's outputs as well; with json.")
    var logits = false

    @Option(
        help: """
            Draw the pictures with their predictions on sheets, .png, .svg or .pdf, as many as they need. Where folder or \
            name tell the truth, a frame and a word tell whether it is right.
            """)
    var sheet: String?

    @Option(
        help: """
            What is looked at of each picture: center, five (the corners and the middle), ten (and mirrored). The \
            outputs are averaged.
            """)
    var crops = TestCrops.center

    @Option(help: "Only the first so many pictures.")
    var limit: Int?

    @Flag(
        name: [.customShort("0"), .long],
        help: "Each path of the list on standard input ends in NUL, as 'find -print0' writes it.")
    var null = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    private var readsList: Bool { paths == ["-"] }

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top is 1 or more, not \(top).") }
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        if logits, format != .json { throw ValidationError("--logits goes with --format json.") }
        if null, !readsList { throw ValidationError("-0 goes with a list on standard input: a lone '-' as PATH.") }
        if readsList, sheet != nil {
            throw ValidationError("--sheet goes with pictures and folders, not with a list on standard input.")
        }
        if readsList, engine.maxUnreadable != nil {
            throw ValidationError("--max-unreadable goes with pictures and folders, not with a list on standard input.")
        }
        if let sheet { try Endings.check(sheet, "--sheet", Endings.drawings) }
        try Endings.check(sheet, "--sheet", isNoneOf: [model] + paths)
    }

    func run() async throws {
        let list = readsList ? PathList(STDIN_FILENO, endsInNUL: null, limit: limit) : nil
        guard let first = try list.map({ try $0.next() }) ?? ImageInput(paths: paths, limit: limit) else {
            throw ApusError(.noReadableImages, "standard input holds no path", advice: "give one on each line")
        }
        first.notes.forEach(talk.note)
        let classifier = try await engine.open(model, talk: talk)
        let report = try await engine.prepare(classifier, forPictures: first.images.count, talk: talk)

        if let top, top > classifier.classes.count {
            talk.warn("--top \(top): the model has only \(classifier.classes.count.grouped) classes, and all are shown")
        }
        let told = top ?? (format == .csv ? 1 : 5)
        let bar = ProgressBar("predicting", total: list == nil ? first.images.count : limit, isQuiet: talk.quiet)
        let writer = try PredictionWriter(
            format: format, input: first, top: min(told, classifier.classes.count))
        let sheets = sheet.map { PredictionSheets(path: $0, input: first, classifier: classifier) }
        let began = ContinuousClock.now
        let counts = Monitor((done: 0, failed: 0))
        let sharesTerminal = Console.isTerminal(.standardOutput)
        var input: ImageInput? = first
        while let images = input?.images {
            try await classifier.predict(images, top: told, includesLogits: logits, options: engine.pass(crops)) {
                results in
                for await result in results {
                    let (done, failed) = counts.withLock { counts in
                        counts.done += 1
                        if case .failure = result { counts.failed += 1 }
                        return counts
                    }
                    if case .failure(_, let message) = result {
                        bar.clear()
                        if format != .json { Console.tell("apus: \(message)") }
                    }
                    try writer.write(result, number: done)
                    try sheets?.add(result)
                    // A bar would be drawn into the table on the same terminal.
                    if !sharesTerminal { bar.update(done, detail: failed > 0 ? "\(failed) unreadable" : "") }
                }
            }
            input = try list?.next()
            input?.notes.forEach(talk.note)
        }
        bar.clear()
        let sheetPaths = try sheets?.finish() ?? []
        let (done, failed) = counts.withLock { $0 }
        summarise(done: done, failed: failed, seconds: (.now - began) / .seconds(1), engine: report.summary)
        sheetPaths.forEach { talk.note("Sheet: \($0)") }
        if failed > 0 { throw ExitCode(1) }
    }

    private func summarise(done: Int, failed: Int, seconds: Double, engine: String) {
        let predicted = done - failed
        guard predicted > 0 else { return talk.note("None of \(counted(done, "picture")) could be read.") }
        talk.note(
            "\(counted(predicted, "picture")) by \(engine) in "
                + String(format: "%.2f s, %.1f ms each", seconds, seconds * 1000 / Double(predicted))
                + (failed > 0 ? "; \(failed.grouped) could not be read" : ""))
    }
}

/// How predictions are printed.
enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
