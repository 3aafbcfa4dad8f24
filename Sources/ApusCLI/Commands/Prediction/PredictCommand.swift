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
            MODEL is a model file from 'apus train', or the name of a pretrained network. PATH is an image, a folder, \
            including its subfolders, an archive of one (.zip, .tar, .tar.gz, .tar.zst), which is not unpacked, or the \
            URL of an image (http or https). \
            '-' as the only PATH reads a list from standard input, one path per line, and predicts the images as they \
            arrive. A folder without images or without read permission is reported and skipped. --stdin instead of a \
            PATH reads one image from standard input.

            The time of an image is its share of the time of its batch, including reading. A line at the end gives the \
            means for decoding (reading and resizing) and inference: processor time, which the threads share; for a \
            GPU, the time of waiting for it.

            EXAMPLES
              apus predict runs/mobilenet_v2-1/best.safetensors holiday.jpg
              apus predict resnet18 photos --top 3 --format csv > labels.csv
              apus predict flowers.safetensors photos --format json | jq .label
              apus predict flowers.safetensors photos --sheet sheet.png
              apus predict flowers.safetensors photos --sample 16 --sheet sheet.png
              apus predict flowers.safetensors --stdin < holiday.jpg
              apus predict mobilenet_v2 https://example.org/holiday.jpg
              apus predict mobilenet_v2 - --format csv < list.txt > labels.csv
              apus predict mobilenet_v2 - -0 --format csv < list.bin > labels.csv

            Exit status: 0 if all images were predicted, 1 if some failed, 2 for invalid usage.
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Images, folders of images and URLs, or - for a list of them on standard input.")
    var paths: [String] = []

    @Flag(name: .customLong("stdin"), help: "Read one image, not a list, from standard input. Its name is -.")
    var readsImage = false

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

    @Option(help: "Maximum number of images, the first ones.")
    var limit: Int?

    @Option(help: "Predict only this many images, chosen at random.")
    var sample: Int?

    @Option(help: "Random seed of --sample. Default: 0, which chooses the same images each time.")
    var seed: UInt64?

    @Option(help: "Folder that keeps the images at URLs. Default: they are fetched each time.")
    var cache: String?

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
        if let sample, sample < 1 { throw ValidationError("--sample must be at least 1, not \(sample).") }
        if seed != nil, sample == nil { throw ValidationError("--seed requires --sample.") }
        if sample != nil, limit != nil { throw ValidationError("--sample can't be combined with --limit.") }
        try validateInput()
        if logits, format != .json { throw ValidationError("--logits requires --format json.") }
        if null, !readsList { throw ValidationError("-0 requires a list on standard input: '-' as the only PATH.") }
        if readsList, sheet != nil {
            throw ValidationError("--sheet can't be combined with a list on standard input.")
        }
        if readsList, engine.maxUnreadable != nil {
            throw ValidationError("--max-unreadable can't be combined with a list on standard input.")
        }
        if readsList, sample != nil {
            throw ValidationError("--sample can't be combined with a list on standard input.")
        }
        if let sheet { try FileExtensions.check(sheet, "--sheet", FileExtensions.drawings) }
        try FileExtensions.check(sheet, "--sheet", isNoneOf: [model] + paths)
    }

    private func validateInput() throws {
        guard readsImage else {
            if paths.isEmpty { throw ValidationError("Give images or folders as PATH, or --stdin for one image.") }
            return
        }
        if !paths.isEmpty { throw ValidationError("--stdin can't be combined with a PATH.") }
        if sample != nil { throw ValidationError("--sample can't be combined with --stdin.") }
        if limit != nil { throw ValidationError("--limit can't be combined with --stdin.") }
        if engine.maxUnreadable != nil { throw ValidationError("--max-unreadable can't be combined with --stdin.") }
    }

    /// Opens the images: the first part of `list`, or all.
    private func open(_ list: PathList?) throws -> ImageInput {
        if readsImage {
            return ImageInput(SingleImage(try StandardInput.image(), named: "-"), isLabeled: false)
        }
        guard let list else {
            let input = try ImageInput(paths: paths, limit: limit, cache: cache)
            input.notes.forEach(messages.note)
            guard let sample else { return input }
            let chosen = input.sampled(sample, seed: seed ?? 0)
            messages.note(
                "\(chosen.images.count.grouped) of \(counted(input.images.count, "image")), chosen at random "
                    + "(seed \(seed ?? 0))")
            return chosen
        }
        guard let input = try list.next() else {
            throw ApusError(.noReadableImages, "standard input contains no paths", advice: "write one path per line")
        }
        input.notes.forEach(messages.note)
        return input
    }

    func run() async throws {
        let list = readsList ? PathList(STDIN_FILENO, endsInNUL: null, limit: limit, cache: cache) : nil
        let first = try open(list)
        let classifier = try await engine.open(model, messages: messages)
        let report = try await engine.prepare(classifier, forImages: first.images.count, messages: messages)

        if let top, top > classifier.classes.count {
            messages.warn("--top \(top): the model has only \(classifier.classes.count.grouped) classes; all are shown")
        }
        let shown = top ?? (format == .csv ? 1 : 5)
        let bar = ProgressBar("predicting", total: list == nil ? first.images.count : limit, isQuiet: messages.quiet)
        let writer = try PredictionWriter(
            format: format, input: first, top: min(shown, classifier.classes.count),
            hasNames: classifier.description.displayNames != nil)
        let sheets = sheet.map { PredictionSheets(path: $0, input: first, classifier: classifier) }
        let began = ContinuousClock.now
        let counts = Monitor((done: 0, failed: 0))
        var summary = PassSummary()
        let sharesTerminal = Console.isTerminal(.standardOutput)
        var input: ImageInput? = first
        while let images = input?.images {
            let pass = try await classifier.predict(
                images, top: shown, includesLogits: logits, options: engine.pass(crops)
            ) { results in
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
            summary.add(pass)
            input = try list?.next()
            input?.notes.forEach(messages.note)
        }
        bar.clear()
        let sheetPaths = try sheets?.finish() ?? []
        let (done, failed) = counts.withLock { $0 }
        summarize(
            done: done, failed: failed, seconds: (.now - began) / .seconds(1),
            engine: report.summary + (classifier.processor.map { ", on \($0)" } ?? ""))
        if summary.images > 0 { messages.note(times(of: summary)) }
        summary.notes.forEach(messages.note)
        sheetPaths.forEach { messages.note("Sheet: \($0)") }
        if failed > 0 { throw ExitCode(1) }
    }

    /// Returns the times of an image: `decode 6.1 ms, inference 7.6 ms per image (2 threads)`.
    private func times(of summary: PassSummary) -> String {
        let (decoding, inference) = (summary.decodingTime, summary.inferenceTime)
        return String(
            format: "decode %.1f ms, inference %.1f ms per image", decoding / .milliseconds(1),
            inference / .milliseconds(1)) + " (\(counted(DataLoader.processorCount, "thread")))"
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
