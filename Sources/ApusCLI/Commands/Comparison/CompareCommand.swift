internal import Apus
internal import ArgumentParser
internal import Drawing
internal import Foundation

/// `apus compare`
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Lay training runs beside each other: their settings, their figures, their curves.",
        discussion: """
            RUN is a folder that 'apus train' wrote; the run may be under way. What is told is what each run came to in \
            its best epoch, and the settings in which they differ.

            EXAMPLES
              apus compare runs/*
              apus compare runs/resnet18-1 runs/resnet18-2 --out curves.png
              apus compare runs/* --format csv > runs.csv
              apus compare runs/resnet18-1 --out curves.svg
            """)

    @Argument(help: "Folders of runs.")
    var runs: [String]

    @Option(help: "Draw the runs' curves over each other, to a file that ends with .png, .svg or .pdf.")
    var out: String?

    @Flag(help: "Draw light on dark.")
    var dark = false

    @Option(help: "How the figures are printed: table, json, csv.")
    var format = PredictionFormat.table

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        try GivenFlags().refuse("--dark", where: out == nil, "it goes with --out, which draws")
        if let out { try Endings.check(out, "--out", Endings.drawings) }
    }

    func run() throws {
        let comparison = try RunComparison(reading: runs)
        if let out {
            try comparison.figure(theme: dark ? .dark : .light).save(to: out)
            talk.note("The curves are in \(out).")
        }
        switch format {
        case .json: try Console.write(Console.json(ComparisonOutput(comparison), pretty: true))
        case .csv: try Console.write(csv: comparison.csv)
        case .table: try Console.write(comparison.text)
        }
    }
}
