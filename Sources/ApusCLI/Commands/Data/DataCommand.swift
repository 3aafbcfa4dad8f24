internal import Apus
internal import ArgumentParser
internal import Images
internal import TorchVision

/// `apus data`
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at pictures before training on them.",
        discussion: """
            EXAMPLES
              apus data check photos
              apus data check photos --fix photos/clean.csv
              apus data labels photos --model resnet18
              apus data show photos --out sheet.png
              apus data transforms photos --file photos/cat/1.jpg --out steps.png
            """,
        subcommands: [
            DataCheckCommand.self, DataLabelsCommand.self, DataShowCommand.self, DataTransformsCommand.self,
        ])
}

/// `apus data transforms`
struct DataTransformsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transforms",
        abstract: "Draw what transforms make of a picture.",
        discussion: """
            The sheet has the picture, what each transform alone makes of it, and then several draws of all of them one \
            after the other, as training sees them. The picture is that of --file, found from the current folder or from \
            DATA on; by default one of DATA at random. The sheet's path is the result.

            EXAMPLES
              apus data transforms photos --file photos/cat/1.jpg
              apus data transforms photos --train-transforms 'randomCrop(224), flip'
            """)

    @Argument(help: "A folder of pictures, or a table or list of them.")
    var data: String

    @Option(help: "The picture.")
    var file: String?

    @Option(help: "The transforms, as 'apus train' takes them.", transform: { try TransformList($0) })
    var trainTransforms = Preprocessing.imageNet.trainingTransforms

    @Option(help: "How many times all of them are drawn.")
    var draws = 6

    @Option(help: "How many pictures stand side by side. By default as many as the first row needs, 3 to 8.")
    var columns: Int?

    @Option(help: "What random numbers come from.")
    var seed: UInt64 = 0

    @Option(help: "The sheet's file: .png, .svg, .pdf.")
    var out = "transforms.png"

    @Option(help: "How the sheet's path is printed: table (a line), json.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        try Endings.check(out, "--out", Endings.drawings)
        try Endings.check(out, "--out", isNoneOf: [data, file, file.map { "\(data)/\($0)" }])
        for (name, value) in [("--draws", draws), ("--columns", columns ?? 1)] where !(1...100).contains(value) {
            throw ValidationError("\(name) is 1 to 100, not \(value).")
        }
    }

    func run() async throws {
        if !trainTransforms.batch.isEmpty {
            talk.note("What mixes batches wants several pictures, and is left out.")
        }
        var sheet = TransformSheet(trainTransforms)
        (sheet.draws, sheet.seed) = (draws, seed)
        if let columns { sheet.columns = columns }
        let picture = try TransformSheet.picture(file, in: data, options: table.options(), seed: seed)
        try Console.write(files: try sheet.write(picture, to: out), format)
    }
}
