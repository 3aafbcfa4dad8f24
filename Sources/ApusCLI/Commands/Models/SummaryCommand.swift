internal import Apus
internal import ArgumentParser
internal import Torch
internal import TorchGraph

/// `apus summary`
struct SummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show the layers of a network, with output shapes and costs.",
        discussion: """
            MODEL is the name of a network from 'apus models', a model file from 'apus train', or the description file \
            of a custom network. Nothing is downloaded or computed, so even the largest network takes only a second. \
            Shapes are for a batch of one image. Costs are multiply-adds.

            EXAMPLES
              apus summary resnet18
              apus summary small_cnn --input 3x256x256
              apus summary vit_b_16 --input 3x384x384 --depth 2
              apus summary runs/mobilenet_v2-1/best.safetensors --format json
            """)

    @Argument(help: "Name of a network, model file, or description file of a custom network.")
    var model: String

    @Option(help: "Shape of an image, such as 3x256x256. Default: the input shape of the network.")
    var input: ImageShape?

    @Option(help: "Number of classes. Default: that of the network.")
    var classes: Int?

    @Option(help: "Maximum depth of nested layers to show; 0 shows only the totals. Default: 3, or all with json.")
    var depth: Int?

    @Option(help: "Output format.")
    var format = ReportFormat.table

    func validate() throws {
        if let classes, classes < 1 { throw ValidationError("--classes must be at least 1, not \(classes).") }
        if let depth, depth < 0 { throw ValidationError("--depth must be at least 0, not \(depth).") }
    }

    func run() async throws {
        try LibTorch.demand(for: "apus summary")
        let summary = try await NetworkSummary.ofModel(model, inputShape: input?.sizes, classes: classes)
        switch format {
        case .table: try Console.write(summary.text(depth: depth ?? 3, width: Console.width))
        case .json: try Console.write(jsonText(summary.limited(toDepth: depth), pretty: true))
        }
    }
}

/// The shape of an image, written as `3x256x256`.
struct ImageShape: ExpressibleByArgument {
    /// Channels, height and width.
    let sizes: [Int]

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }.filter { (1...65_536).contains($0) }
        guard numbers.count == parts.count, numbers.count == 3 else { return nil }
        sizes = numbers
    }
}
