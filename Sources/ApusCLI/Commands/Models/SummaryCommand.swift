internal import Apus
internal import ArgumentParser
internal import TorchGraph

/// `apus summary`
struct SummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show a network's layers, with their sizes and costs.",
        discussion: """
            MODEL is a network that 'apus models' lists, a file that 'apus train' wrote, or a file that describes a \
            network of your own. Nothing is fetched, and nothing computed: the largest network takes a second. Shapes \
            are those of a batch of one picture; multiplications are counted each with its addition.

            EXAMPLES
              apus summary resnet18
              apus summary small_cnn --input 3x256x256
              apus summary vit_b_16 --input 3x384x384 --depth 2
              apus summary runs/mobilenet_v2-1/best.safetensors --format json
            """)

    @Argument(help: "A network's name, a classifier's file, or a file that describes a network.")
    var model: String

    @Option(help: "The shape of a picture, 3x256x256. By default the network's own.")
    var input: PictureShape?

    @Option(help: "The number of classes. By default the network's own.")
    var classes: Int?

    @Option(help: "How deep in the network a layer may lie to be shown; 0 shows the totals alone. By default 3.")
    var depth: Int?

    @Option(help: "How it is printed: table, json. JSON has the layers of all depths unless --depth is given.")
    var format = ReportFormat.table

    func validate() throws {
        if let classes, classes < 1 { throw ValidationError("--classes is 1 or more, not \(classes).") }
        if let depth, depth < 0 { throw ValidationError("--depth is 0 or more, not \(depth).") }
    }

    func run() async throws {
        let summary = try await NetworkSummary.ofModel(model, inputShape: input?.sizes, classes: classes)
        switch format {
        case .table: try Console.write(summary.text(depth: depth ?? 3, width: Console.width))
        case .json: try Console.write(Console.json(summary.limited(toDepth: depth), pretty: true))
        }
    }
}

/// The shape of a picture as a person writes it: `3x256x256`.
struct PictureShape: ExpressibleByArgument {
    /// Channels, height and width.
    let sizes: [Int]

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }.filter { (1...65_536).contains($0) }
        guard numbers.count == parts.count, numbers.count == 3 else { return nil }
        sizes = numbers
    }
}
