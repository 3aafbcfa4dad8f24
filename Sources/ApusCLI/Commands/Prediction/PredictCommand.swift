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
            including its subfolders, an archive of one (.zip, .tar, .tar.gz, .tar.zst), which is not unpacked, the \
            URL of an image (http or https), a video (.mp4, .mov, .mkv and others), or the URL of a stream (rtsp://…, \
            https://…/live.m3u8). '-' as the only PATH reads a list from standard input, one path per line, and \
            predicts the images as they arrive. A folder without images or without read permission is reported and \
            skipped. --stdin instead of a PATH reads one image from standard input.

            Of a video or a stream one frame per second is predicted, or one per --every. Predictions appear as the \
            frames come; Ctrl-C ends a stream. Videos in folders are read only with --every. Frames need the program \
            ffmpeg.

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
              apus predict flowers.safetensors holiday.mp4 --every 500ms
              apus predict flowers.safetensors rtsp://camera.local/1 --format json
              apus predict mobilenet_v2 - --format csv < list.txt > labels.csv
              apus predict mobilenet_v2 - -0 --format csv < list.bin > labels.csv

            Exit status: 0 if all images were predicted, 1 if some failed, 2 for invalid usage.
            """)

    @Argument(help: "Model file, or name of a pretrained network.")
    var model: String

    @Argument(help: "Images, folders, videos and URLs, or - for a list of them on standard input.")
    var paths: [String] = []

    @Flag(name: .customLong("stdin"), help: "Read one image, not a list, from standard input. Its name is -.")
    var readsImage = false

    @Option(
        help: """
            Maximum number of classes to show per image. Default: 5, or 1 with csv, where each further class has its \
            own columns.
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

    @OptionGroup var video: VideoOptions

    @Option(help: "Maximum number of images and frames, the first ones.")
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

    /// Whether a path is a video or a stream, or videos in folders are asked for.
    private var readsVideos: Bool { video.every != nil || paths.contains(where: ImageInputParts.isVideo) }

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
        if readsVideos, sample != nil { throw ValidationError("--sample can't be combined with videos.") }
        if readsVideos, engine.maxUnreadable != nil {
            throw ValidationError("--max-unreadable can't be combined with videos.")
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
        if video.every != nil { throw ValidationError("--every can't be combined with --stdin.") }
        if sample != nil { throw ValidationError("--sample can't be combined with --stdin.") }
        if limit != nil { throw ValidationError("--limit can't be combined with --stdin.") }
        if engine.maxUnreadable != nil { throw ValidationError("--max-unreadable can't be combined with --stdin.") }
    }

    /// Opens the images.
    private func open() throws -> PredictionSource {
        if readsImage {
            return .images(ImageInput(SingleImage(try StandardInput.image(), named: "-"), isLabeled: false))
        }
        if readsList {
            return .list(
                PathList(STDIN_FILENO, endsInNUL: null, every: video.interval, limit: limit, cache: cache))
        }
        if readsVideos {
            return .parts(ImageInputParts(paths: paths, every: video.interval, limit: limit, cache: cache))
        }
        let input = try ImageInput(paths: paths, limit: limit, cache: cache)
        guard let sample else { return .images(input) }
        input.notes.forEach(messages.note)
        let chosen = input.sampled(sample, seed: seed ?? 0)
        messages.note(
            "\(chosen.images.count.grouped) of \(counted(input.images.count, "image")), chosen at random "
                + "(seed \(seed ?? 0))")
        return .images(chosen)
    }

    func run() async throws {
        // A list may wait for its input, which only the end of the process interrupts.
        guard readsVideos, !readsList else { return try await predict() }
        try await stoppingAtSignals({ try await predict() }, cleanUp: {})
    }

    private func predict() async throws {
        var source = try open()
        let total = source.count ?? limit
        guard let first = try source.next() else { throw source.nothingFound }
        if sample == nil { first.notes.forEach(messages.note) }
        let classifier = try await engine.open(model, messages: messages)
        let report = try await engine.prepare(classifier, forImages: first.images.count, messages: messages)

        if let top, top > classifier.classes.count {
            messages.warn("--top \(top): the model has only \(classifier.classes.count.grouped) classes; all are shown")
        }
        let shown = top ?? (format == .csv ? 1 : 5)
        let bar = ProgressBar("predicting", total: total, isQuiet: messages.quiet)
        let writer = try PredictionWriter(
            format: format, input: first, top: min(shown, classifier.classes.count),
            hasNames: classifier.description.displayNames != nil)
        let sheets = sheet.map { PredictionSheets(path: $0, input: first, classifier: classifier) }
        let began = ContinuousClock.now
        let counts = Monitor((done: 0, failed: 0))
        var summary = PassSummary()
        let sharesTerminal = Console.isTerminal(.standardOutput)
        var interruption: CancellationError?
        do {
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
                input = try source.next()
                input?.notes.forEach(messages.note)
                if let input { sheets?.continue(with: input) }
            }
        } catch let error as CancellationError {
            // What was predicted so far is the result.
            interruption = error
        }
        bar.clear()
        let sheetPaths = try sheets?.finish() ?? []
        let (done, failed) = counts.withLock { $0 }
        summarize(
            done: done, failed: failed, seconds: (.now - began) / .seconds(1),
            engine: report.summary + (classifier.processor.map { ", on \($0)" } ?? ""))
        if summary.images > 0 { messages.note(times(of: summary)) }
        (source.notes + summary.notes).forEach(messages.note)
        sheetPaths.forEach { messages.note("Sheet: \($0)") }
        if let interruption { throw interruption }
        if failed > 0 { throw ExitCode(1) }
    }

    /// Returns the times of an image: `decode 6.1 ms, inference 7.6 ms per image (2 threads)`.
    private func times(of summary: PassSummary) -> String {
        let (decoding, inference) = (summary.decodingTime, summary.inferenceTime)
        return String(
            printf: "decode %.1f ms, inference %.1f ms per image", decoding / .milliseconds(1),
            inference / .milliseconds(1)) + " (\(counted(DataLoader.processorCount, "thread")))"
    }

    private func summarize(done: Int, failed: Int, seconds: Double, engine: String) {
        let predicted = done - failed
        guard predicted > 0 else { return messages.note("No images predicted; \(failed.grouped) unreadable.") }
        messages.note(
            "\(counted(predicted, "image")) in "
                + String(printf: "%.2f s, %.1f ms per image", seconds, seconds * 1000 / Double(predicted))
                + " (\(engine))" + (failed > 0 ? "; \(failed.grouped) unreadable" : ""))
    }
}

/// The images of `apus predict`: all at once, or in parts as they arrive.
private enum PredictionSource {
    case images(ImageInput)
    /// The only images were returned.
    case done
    case list(PathList)
    case parts(ImageInputParts)

    /// The number of images, if known.
    var count: Int? { if case .images(let input) = self { input.images.count } else { nil } }

    /// Notes for the user about the videos so far.
    var notes: [String] {
        switch self {
        case .images, .done: []
        case .list(let list): list.notes
        case .parts(let parts): parts.notes
        }
    }

    /// Returns the next images; nil at the end.
    mutating func next() throws -> ImageInput? {
        switch self {
        case .images(let input):
            self = .done
            return input
        case .done: return nil
        case .list(let list): return try list.next()
        case .parts(let parts): return try parts.next()
        }
    }

    /// The error for no images at all.
    var nothingFound: ApusError {
        switch self {
        case .list:
            ApusError(.noReadableImages, "standard input contains no paths", advice: "write one path per line")
        default: ApusError(.noReadableImages, "there are no frames", advice: "check the video")
        }
    }
}

/// The output format of predictions.
enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
