internal import Apus
internal import ArgumentParser
internal import Drawing
internal import Foundation

/// `apus compare`
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare training runs.",
        discussion: """
            RUN is a run folder of 'apus train'; the run may still be in progress. The output shows the metrics of \
            each run's best epoch, with custom metrics and losses, and the settings that differ between the runs. In a \
            terminal, the tables fit its width. The environment variable COLUMNS names another width.

            EXAMPLES
              apus compare runs/*
              apus compare runs/resnet18-1 runs/resnet18-2 --out curves.png
              apus compare runs/* --format csv > runs.csv
              apus compare runs/resnet18-1 --out curves.svg
            """)

    @Argument(help: "Run folders.")
    var runs: [String]

    @Option(help: "Draw the training curves of all runs in one chart: .png, .svg or .pdf.")
    var out: String?

    @Flag(help: "With --out: draw on a dark background.")
    var dark = false

    @Option(help: "Output format.")
    var format = PredictionFormat.table

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try GivenFlags().refuse("--dark", where: out == nil, "without --out")
        if let out { try FileExtensions.check(out, "--out", FileExtensions.drawings) }
    }

    func run() throws {
        let comparison = try RunComparison(reading: runs)
        if let out {
            try comparison.plot(theme: dark ? .dark : .light).save(to: out)
            messages.note("Curves: \(out)")
        }
        switch format {
        case .json: try Console.write(jsonText(ComparisonOutput(comparison), pretty: true))
        case .csv: try Console.write(csv: comparison.csv)
        case .table: try Console.write(comparison.text(width: Console.width))
        }
    }
}
