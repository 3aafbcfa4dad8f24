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
        abstract: "Fetch, list and check published weights.",
        discussion: """
            Weights lie in PyTorch's own cache: $TORCH_HOME/hub/checkpoints, by default ~/.cache/torch/hub/checkpoints. \
            Where APUS_WEIGHTS_MIRROR names a folder or an address, they are looked for there first.

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
        abstract: "Fetch weights into the cache.",
        discussion: """
            NAME asks for the first weights of a network, NAME:WEIGHTS for others, NAME:DEFAULT for those that \
            torchvision calls so. What is there already is checked and kept. The paths go to standard output. A download \
            ends with an error where the server sends nothing for a minute, less than 1,000 bytes a second, or more than \
            the file can have. Ctrl-C leaves nothing behind.

            EXAMPLES
              apus weights fetch resnet50
              apus weights fetch mobilenet_v2:DEFAULT vgg16:IMAGENET1K_FEATURES
            """)

    @Argument(help: "Networks, with or without the name of their weights.")
    var names: [String]

    @Option(help: "The number of minutes that each download may take. By default 360.")
    var timeLimit: Double?

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let timeLimit, !(timeLimit > 0 && timeLimit < 1e6) {
            throw ValidationError("--time-limit is a number of minutes above 0, not \(timeLimit).")
        }
    }

    func run() async throws {
        // A wrong name should be told before the first of many downloads.
        let references = try names.map { name in
            let reference = try ModelReference(name)
            guard let weights = reference.weights else {
                throw ApusError(
                    .noWeights, name: reference.architecture.name,
                    "no weights are published for \(reference.architecture.name)")
            }
            return (reference, weights.file)
        }
        var store = WeightsStore.standard
        if let timeLimit { store.timeLimit = timeLimit * 60 }
        for (reference, file) in references {
            let bar = ProgressBar.download(of: "\(reference)", isQuiet: talk.quiet)
            let path = try store.fetch(file) { bar.update($0, total: $1) }
            bar.clear()
            try Console.write(path.printable)
        }
    }
}

/// `apus weights list`
struct WeightsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Tell what lies in the cache.",
        discussion: """
            EXAMPLES
              apus weights list
              apus weights list --format json
            """)

    @Option(help: "How the list is printed: table, json.")
    var format = ReportFormat.table

    @OptionGroup var talk: TalkOptions

    func run() async throws {
        let store = WeightsStore.standard
        let files = try store.cachedFiles()
        guard format == .table else { return try Console.write(Console.json(files, pretty: true)) }
        guard !files.isEmpty else { return talk.note("\(store.folder) holds no weights.") }
        var table = Table([("file", .left), ("size", .right), ("weights of", .left)])
        for file in files { table.add([file.fileName, file.bytes.megabytes, file.use]) }
        try Console.write(table.text)
        let bytes = files.reduce(0) { $0 + $1.bytes }
        talk.note("\(counted(files.count, "file")), \(bytes.megabytes), in \(store.folder)")
    }
}

/// `apus weights verify`
struct WeightsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the files in the cache by their SHA-256.",
        discussion: """
            Each file is read to its end, and its SHA-256 compared with what its name tells: 'ok', 'damaged', or \
            'unknown' for a name that tells nothing. Nothing is deleted. The exit status is 1 if a file is damaged.

            EXAMPLES
              apus weights verify
              apus weights verify --format json --quiet
            """)

    @Option(help: "How the result is printed: table, json.")
    var format = ReportFormat.table

    @OptionGroup var talk: TalkOptions

    func run() async throws {
        let store = WeightsStore.standard
        let files = try store.cachedFiles()
        let bar = ProgressBar(
            "checking", total: files.reduce(0) { $0 + $1.bytes }, unit: .bytes, isQuiet: talk.quiet)
        var done = 0
        let verdicts = files.map { file in
            defer { done += file.bytes }
            return store.verify(file) { bar.update(done + $0) }
        }
        bar.clear()
        let damaged = verdicts.filter { $0.outcome == .damaged }
        if format == .json {
            try Console.write(Console.json(verdicts, pretty: true))
        } else if verdicts.isEmpty {
            talk.note("\(store.folder) holds no weights.")
        } else {
            var table = Table([("", .left), ("file", .left), ("size", .right), ("weights of", .left)])
            for verdict in verdicts {
                let file = verdict.file
                table.add([verdict.outcome.rawValue, file.fileName, file.bytes.megabytes, file.use])
            }
            try Console.write(table.text)
        }
        for verdict in damaged {
            let command = verdict.file.models.first.map { " 'apus weights fetch \($0)' does so." } ?? ""
            Console.tell("\(verdict.file.fileName): \(verdict.advice ?? "")\(command)")
        }
        if !damaged.isEmpty { throw ExitCode(1) }
    }
}

extension CachedFile {
    /// What it is good for.
    fileprivate var use: String {
        isPartial ? "- (a download under way, or broken off)" : models.isEmpty ? "-" : models.joined(separator: ", ")
    }
}

extension Int {
    /// A count of bytes in millions: `102.5 MB`.
    var megabytes: String { "\((Double(self) / 1e5).rounded() / 10) MB" }
}
