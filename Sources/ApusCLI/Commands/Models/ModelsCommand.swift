public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Inference
internal import Platform
internal import TorchVision

extension ModelEntry.Order: ExpressibleByArgument {}

/// `apus models`
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the networks and their published weights.",
        discussion: """
            PATTERN is part of a name, or all of it with * and ? for what may vary (in quotes, so that the shell leaves \
            them alone); of a whole name everything is told. A plain name asks for the first weights of a network, as \
            torchvision's pretrained=True does, and the figures are theirs; NAME:WEIGHTS asks for others, NAME:DEFAULT \
            for those that torchvision calls so. GFLOPs are thousand millions of multiplications, each with its \
            addition, for one picture; top-1 and top-5 are percent of ImageNet's validation pictures.

            EXAMPLES
              apus models
              apus models resnet50
              apus models 'mobilenet*' 'efficientnet*' --sort speed
              apus models --family ResNet --weights
              apus models --format json
            """)

    @Argument(help: "Parts of names, or whole names with * and ?.")
    var pattern: [String] = []

    @Option(help: "Only the networks of this family: ResNet, MobileNetV3 and so on.")
    var family: String?

    @Option(help: "The order: accuracy, size, speed, name. By default family by family.")
    var sort: ModelEntry.Order?

    @Flag(help: "A row for each of a network's weights.")
    var weights = false

    @Option(help: "How the list is printed: table, json.")
    var format = ReportFormat.table

    func validate() throws {
        try GivenFlags().refuse("--weights", where: format == .json, "JSON has the weights of each network anyway")
    }

    func run() async throws {
        let isWhole = pattern.count == 1 && Architecture.named(pattern[0]) != nil
        // A whole name is no part of others: 'vgg11' is not 'vgg11_bn'.
        var entries = try await ModelEntry.list(
            matching: pattern, family: family, sortedBy: sort, withStages: format == .json || isWhole)
        if isWhole { entries = entries.filter { $0.name == pattern[0] } }
        switch format {
        case .json: try Console.write(Console.json(entries, pretty: true))
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
                entry.name, entry.parameters.millions, first?.gigaflops.gigaflops ?? "-", first?.top1.figure ?? "-",
                first?.top5.figure ?? "-", "\(entry.input)", entry.paper.map { "\($0.year)" } ?? "-",
                entry.paper?.arXiv ?? "-",
            ])
        }
        return table.text
    }

    private func weightsTable(_ entries: [ModelEntry]) -> String {
        var table = Table([
            ("weights", .left), ("top-1", .right), ("GFLOPs", .right), ("input", .right), ("in cache", .right),
        ])
        for entry in entries {
            for weights in entry.weights {
                table.add([
                    weights.reference + (weights.isDefault && entry.weights.count > 1 ? " = DEFAULT" : ""),
                    weights.top1.figure, weights.gigaflops.gigaflops,
                    "\(weights.preprocessing.cropSize)", weights.cachedBytes?.megabytes ?? "-",
                ])
            }
        }
        return table.text
    }

    /// All that is known of one network.
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
            let marks = (index == 0 ? ["what the plain name asks for"] : []) + (weights.isDefault ? ["DEFAULT"] : [])
            let preprocessing = weights.preprocessing
            let numbers = { (values: [Float]) in values.map { "\($0)" }.joined(separator: " ") }
            lines += [
                "",
                "  \(weights.reference)" + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))"),
                "    accuracy  "
                    + (weights.top1 == nil
                        ? "none: the classifier is not usable"
                        : "top-1 \(weights.top1.figure) %, top-5 \(weights.top5.figure) %"),
                "    GFLOPs    \(weights.gigaflops.gigaflops)",
                "    pictures  short side \(preprocessing.resizeShortSide) (\(preprocessing.interpolation)), middle "
                    + "\(preprocessing.cropSize) x \(preprocessing.cropSize)",
                "              mean \(numbers(preprocessing.mean)), deviation \(numbers(preprocessing.standardDeviation))",
                "    file      \(weights.url)",
                "              SHA-256 \(weights.sha256.map { $0 + "…" } ?? "not published"), "
                    + (weights.cachedBytes.map { "\($0.megabytes) in the cache" } ?? "not in the cache"),
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// Words under a label, in lines that fit 80 columns.
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
            "  " + (index == 0 ? label : "").padding(toLength: 12, withPad: " ", startingAt: 0) + line
        }
    }
}

extension Double? {
    /// Percent with one digit, or a dash.
    fileprivate var figure: String { map { String(format: "%.1f", $0) } ?? "-" }
}

extension Double {
    fileprivate var gigaflops: String { String(format: "%.2f", self) }
}

extension Int {
    /// Millions with one digit: `25.6 M`.
    fileprivate var millions: String { String(format: "%.1f M", Double(self) / 1e6) }
}

/// `apus try-model`: opens an ONNX file, in a process of its own that may die of it. `ModelTrial` runs it.
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
