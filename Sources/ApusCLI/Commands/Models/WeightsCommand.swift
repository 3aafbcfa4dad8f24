internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Platform
internal import Torch
internal import TorchVision

/// `apus weights`
struct WeightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights",
        abstract: "Download, list and verify pretrained weights.",
        discussion: """
            Weights are stored in PyTorch's cache: $TORCH_HOME/hub/checkpoints. Default: \
            ~/.cache/torch/hub/checkpoints. If APUS_WEIGHTS_MIRROR is a folder or a URL, weights are first searched \
            there.

            EXAMPLES
              apus weights fetch resnet50 mobilenet_v2:DEFAULT
              apus weights list
              apus weights verify
            """,
        subcommands: [WeightsFetchCommand.self, WeightsListCommand.self, WeightsVerifyCommand.self])
}

/// `apus weights fetch`
struct WeightsFetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Download weights to the cache.",
        discussion: """
            NAME stands for the first weights of a network, NAME:WEIGHTS for other weights, NAME:DEFAULT for \
            torchvision's default weights. Files that are already in the cache are verified and kept. The paths are \
            printed to standard output. A download fails if the server sends nothing for a minute, less than 1,000 \
            bytes per second, or more than the expected size. Ctrl-C leaves no partial files.

            EXAMPLES
              apus weights fetch resnet50
              apus weights fetch mobilenet_v2:DEFAULT vgg16:IMAGENET1K_FEATURES
            """)

    @Argument(help: "Networks: NAME, NAME:WEIGHTS or NAME:DEFAULT.")
    var names: [String]

    @Option(help: "Maximum number of minutes for each download. Default: 360.")
    var timeLimit: Double?

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if let timeLimit, !(timeLimit > 0 && timeLimit < 1e6) {
            throw ValidationError("--time-limit must be a number of minutes above 0, not \(timeLimit).")
        }
    }

    func run() async throws {
        // All names are checked before the first download.
        let references = try names.map { name in
            let reference = try ModelReference(name)
            guard let weights = reference.weights else {
                throw ApusError(
                    .noWeights, name: reference.architecture.name,
                    "no pretrained weights are available for \(reference.architecture.name)")
            }
            return (reference, weights.file)
        }
        var store = WeightsStore.standard
        if let timeLimit { store.timeLimit = timeLimit * 60 }
        for (reference, file) in references {
            let bar = ProgressBar.download(of: "\(reference)", isQuiet: messages.quiet)
            let path = try await store.fetch(file) { events in
                for await progress in events { bar.update(progress) }
                bar.clear()
            }
            try Console.write(path.printable)
        }
    }
}

/// `apus weights list`
struct WeightsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the weights in the cache.",
        discussion: """
            EXAMPLES
              apus weights list
              apus weights list --format json
            """)

    @Option(help: "Output format.")
    var format = ReportFormat.table

    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let store = WeightsStore.standard
        let files = try store.cachedFiles()
        guard format == .table else { return try Console.write(jsonText(files, pretty: true)) }
        guard !files.isEmpty else { return messages.note("No weights in \(store.folder).") }
        var table = Table([("file", .left), ("size", .right), ("weights of", .left)])
        for file in files { table.add([file.fileName, file.bytes.megabytes, file.use]) }
        try Console.write(table.text)
        let bytes = files.reduce(0) { $0 + $1.bytes }
        messages.note("\(counted(files.count, "file")), \(bytes.megabytes), in \(store.folder)")
    }
}

/// `apus weights verify`
struct WeightsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify the checksums of the weights in the cache.",
        discussion: """
            The SHA-256 checksum of each file is compared with the one in its name. The result is 'ok', 'damaged', or \
            'unknown' if the name contains no checksum. Nothing is deleted.

            Exit status: 0 if no file is damaged, 1 if a file is damaged.

            EXAMPLES
              apus weights verify
              apus weights verify --format json --quiet
            """)

    @Option(help: "Output format.")
    var format = ReportFormat.table

    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let store = WeightsStore.standard
        let files = try store.cachedFiles()
        let bar = ProgressBar(
            "checking", total: files.reduce(0) { $0 + $1.bytes }, unit: .bytes, isQuiet: messages.quiet)
        var done = 0
        var verdicts: [CacheVerdict] = []
        for file in files {
            verdicts.append(
                try await store.verify(file) { [done] events in
                    for await progress in events { bar.update(done + progress.bytes) }
                })
            done += file.bytes
        }
        bar.clear()
        let damaged = verdicts.filter { $0.outcome == .damaged }
        if format == .json {
            try Console.write(jsonText(verdicts, pretty: true))
        } else if verdicts.isEmpty {
            messages.note("No weights in \(store.folder).")
        } else {
            var table = Table([("", .left), ("file", .left), ("size", .right), ("weights of", .left)])
            for verdict in verdicts {
                let file = verdict.file
                table.add([verdict.outcome.rawValue, file.fileName, file.bytes.megabytes, file.use])
            }
            try Console.write(table.text)
        }
        for verdict in damaged {
            let command = verdict.file.models.first.map { " Command: apus weights fetch \($0)" } ?? ""
            Console.message("\(verdict.file.fileName): \(verdict.advice ?? "")\(command)")
        }
        if !damaged.isEmpty { throw ExitCode(1) }
    }
}

extension CachedFile {
    /// The networks that use the file.
    fileprivate var use: String {
        isPartial ? "- (partial download)" : models.isEmpty ? "-" : models.joined(separator: ", ")
    }
}

extension Int {
    /// The number of bytes in megabytes: `102.5 MB`.
    var megabytes: String { "\((Double(self) / 1e5).rounded() / 10) MB" }
}
