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
            including its subfolders, an archive of one (.zip, .tar, .tar.gz, .tar.zst), which is not unpacked, tar \
            shards, the URL of an image (http or https), a video (.mp4, .mov, .mkv and others), or the URL of a stream \
            (rtsp://…, https://…/live.m3u8). '-' as the only PATH reads a list from standard input, one path per line, \
            and predicts the images as they arrive. A folder without images or without read permission is reported and \
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
              apus predict flowers.safetensors - --shard 3/8 --out results < list.txt

            Exit status: 0 if all images were predicted, 1 if some failed, 2 for invalid usage. With --max-unreadable or \
            --out the status is 0 in spite of unreadable images, unless they are too many.
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

    @Option(
        help: """
            Output format: table, json (one object per line) or csv. Default: table, or json with --out.
            """)
    var format: PredictionFormat?

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

    @Option(
        help: """
            Predict every Nth image from the Kth on, or of a list on standard input these lines: 3/8 for the third of \
            eight processes. auto takes both from what torchrun, Slurm or Kubernetes set.
            """,
        transform: { try ShardChoice($0) })
    var shard: ShardChoice?

    @Option(
        name: [.customLong("out"), .customLong("output")],
        help: """
            Folder for the results, in files that are complete or absent. Started again, the command predicts only \
            what is missing. All shards may write into it at the same time.
            """)
    var out: String?

    @Option(help: "Maximum number of images in a file of --out. Default: 10000.")
    var partSize: Int?

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    var readsList: Bool { paths == ["-"] }

    /// Whether a path is a video or a stream, or videos in folders are asked for.
    var readsVideos: Bool { video.every != nil || paths.contains(where: ImageInputParts.isVideo) }

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top must be at least 1, not \(top).") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if let sample, sample < 1 { throw ValidationError("--sample must be at least 1, not \(sample).") }
        if seed != nil, sample == nil { throw ValidationError("--seed requires --sample.") }
        if sample != nil, limit != nil { throw ValidationError("--sample can't be combined with --limit.") }
        try validateInput()
        try validateParts()
        if logits, shownFormat != .json { throw ValidationError("--logits requires --format json.") }
        if null, !readsList { throw ValidationError("-0 requires a list on standard input: '-' as the only PATH.") }
        if readsList, sheet != nil {
            throw ValidationError("--sheet can't be combined with a list on standard input.")
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

    private func validateParts() throws {
        if partSize != nil, out == nil { throw ValidationError("--part-size requires --out.") }
        if let partSize, partSize < 1 { throw ValidationError("--part-size must be at least 1, not \(partSize).") }
        guard let flag = out != nil ? "--out" : shard != nil ? "--shard" : nil else { return }
        if readsImage { throw ValidationError("\(flag) can't be combined with --stdin.") }
        if readsVideos, !readsList {
            throw ValidationError(
                "\(flag) can't be combined with videos as PATH; send a list of them to standard input.")
        }
        if readsList, limit != nil {
            throw ValidationError(
                "\(flag) can't be combined with --limit and a list on standard input; shorten the list, for example "
                    + "with 'head'.")
        }
        guard let out else { return }
        if format == .table { throw ValidationError("--out requires --format json or csv.") }
        if sheet != nil { throw ValidationError("--out can't be combined with --sheet.") }
        try FileExtensions.checkFolder(out, "--out", "a folder")
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
}

/// The output format of predictions.
enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
