public import Apus
public import ArgumentParser
internal import Classifier
internal import Inference
internal import Platform
internal import TorchVision

extension ModelEntry.Order: ExpressibleByArgument {}

/// `apus models`
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List networks and their pretrained weights.",
        discussion: """
            PATTERN is a part of a name, or a name with the wildcards * and ? (in quotes, because of the shell). The \
            complete name of a network shows its details.

            In all commands, NAME stands for the first weights of a network, as torchvision's pretrained=True; \
            NAME:WEIGHTS for other weights; NAME:DEFAULT for torchvision's default weights. The table shows the \
            metrics of the first weights: GFLOPs are billions of multiply-adds for one image, top-1 and top-5 are \
            accuracies in percent on ImageNet's validation images.

            EXAMPLES
              apus models
              apus models resnet50
              apus models 'mobilenet*' 'efficientnet*' --sort speed
              apus models --family ResNet --weights
              apus models --format json
            """)

    @Argument(help: "Part of a name, or a name with the wildcards * and ?. Can be repeated.")
    var pattern: [String] = []

    @Option(help: "List only networks of this family, such as ResNet or MobileNetV3.")
    var family: String?

    @Option(help: "Sort order. Default: by family.")
    var sort: ModelEntry.Order?

    @Flag(help: "List all weights of each network.")
    var weights = false

    @Option(help: "Output format.")
    var format = ReportFormat.table

    func validate() throws {
        try GivenFlags().refuse("--weights", where: format == .json, "with --format json, which lists all weights")
    }

    func run() async throws {
        let isWhole = pattern.count == 1 && Architecture.named(pattern[0]) != nil
        // A complete name matches only itself: 'vgg11' does not match 'vgg11_bn'.
        var entries = try ModelEntry.list(
            matching: pattern, family: family, sortedBy: sort, withStages: format == .json || isWhole)
        if isWhole { entries = entries.filter { $0.name == pattern[0] } }
        switch format {
        case .json: try Console.write(jsonText(entries, pretty: true))
        case .table where isWhole && !weights: try Console.write(entries.map(details).joined(separator: "\n"))
        case .table: try Console.write(weights ? weightsTable(entries) : table(entries))
        }
    }

    private func table(_ entries: [ModelEntry]) -> String {
        var table = Table([
            ("network", .left), ("parameters", .right), ("GFLOPs", .right), ("top-1", .right), ("top-5", .right),
            ("input", .right), ("year", .right), ("arXiv", .left),
        ])
        for entry in entries {
            let first = entry.weights.first
            table.add([
                entry.name, entry.parameters.millions, first?.gigaflops.gigaflops ?? "-", first?.top1.percent ?? "-",
                first?.top5.percent ?? "-", "\(entry.input)", entry.paper.map { "\($0.year)" } ?? "-",
                entry.paper?.arXiv ?? "-",
            ])
        }
        return table.text
    }

    private func weightsTable(_ entries: [ModelEntry]) -> String {
        var table = Table([
            ("weights", .left), ("top-1", .right), ("GFLOPs", .right), ("input", .right), ("cached", .right),
        ])
        for entry in entries {
            for weights in entry.weights {
                table.add([
                    weights.reference + (weights.isDefault && entry.weights.count > 1 ? " = DEFAULT" : ""),
                    weights.top1.percent, weights.gigaflops.gigaflops,
                    "\(weights.preprocessing.cropSize)", weights.cachedBytes?.megabytes ?? "-",
                ])
            }
        }
        return table.text
    }

    /// Returns the details of a network.
    private func details(_ entry: ModelEntry) -> String {
        var lines = [
            "\(entry.name): \(entry.summary)",
            "  family      \(entry.family)",
            "  parameters  \(entry.parameters.grouped)",
        ]
        if let paper = entry.paper {
            lines.append("  paper       \(paper.authors): \(paper.title), \(paper.year)")
            lines.append("              \(paper.url)")
        }
        lines += wrapped("stages", entry.stages ?? [])
        for (index, weights) in entry.weights.enumerated() {
            let marks = (index == 0 ? ["used for '\(entry.name)'"] : []) + (weights.isDefault ? ["DEFAULT"] : [])
            let preprocessing = weights.preprocessing
            let numbers = { (values: [Float]) in values.map { "\($0)" }.joined(separator: " ") }
            lines += [
                "",
                "  \(weights.reference)" + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))"),
                "    accuracy  "
                    + (weights.top1 == nil
                        ? "not available: these weights have no trained classifier"
                        : "top-1 \(weights.top1.percent) %, top-5 \(weights.top5.percent) %"),
                "    GFLOPs    \(weights.gigaflops.gigaflops)",
                "    images    resize to short side \(preprocessing.resizeShortSide) (\(preprocessing.interpolation)), "
                    + "center crop \(preprocessing.cropSize) x \(preprocessing.cropSize)",
                "              mean \(numbers(preprocessing.mean)), std \(numbers(preprocessing.standardDeviation))",
                "    file      \(weights.url)",
                "              SHA-256 \(weights.sha256.map { $0 + "…" } ?? "not published"), "
                    + (weights.cachedBytes.map { "\($0.megabytes) in the cache" } ?? "not in the cache"),
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// Wraps words after a label to 80 columns.
    private func wrapped(_ label: String, _ words: [String]) -> [String] {
        var lines: [String] = []
        for word in words {
            if let last = lines.last, last.count + word.count < 64 {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(word)
            }
        }
        return lines.enumerated().map { index, line in
            let start = index == 0 ? label : ""
            return "  " + start + String(repeating: " ", count: 12 - start.count) + line
        }
    }
}

extension Double? {
    /// The percentage with one decimal, or a dash.
    fileprivate var percent: String { map { String(printf: "%.1f", $0) } ?? "-" }
}

extension Double {
    fileprivate var gigaflops: String { String(printf: "%.2f", self) }
}

extension Int {
    /// The number in millions with one decimal: `25.6 M`.
    fileprivate var millions: String { String(printf: "%.1f M", Double(self) / 1e6) }
}

/// `apus try-model`: opens an ONNX file or a model file in a separate process, which may crash. `ModelTrial` runs it.
struct TryModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "try-model", shouldDisplay: false)

    @Argument
    var file: String

    @Argument
    var shares: String

    func run() async throws {
        let numbers = shares.split(separator: ",").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("'\(shares)' is not BATCH,STREAMS,THREADS.")
        }
        ModelTrial.executable = nil
        do {
            try await ImageClassifier.tryModel(
                file, InferenceShares(batchSize: numbers[0], streams: numbers[1], threads: numbers[2]))
        } catch {
            try Console.write("\(error)")
            throw ExitCode(1)
        }
    }
}
