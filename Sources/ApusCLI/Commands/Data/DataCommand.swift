internal import Apus
internal import ArgumentParser
internal import Images
internal import TorchVision

/// `apus data`
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Check and view a dataset.",
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
        abstract: "Draw an image after each transform.",
        discussion: """
            The sheet shows the image, the result of each transform alone, and several random results of all \
            transforms in sequence, as in training. --file is relative to the current folder or to DATA; without it, \
            the image is a random one of DATA. The output is the path of the sheet.

            EXAMPLES
              apus data transforms photos --file photos/cat/1.jpg
              apus data transforms photos --train-transforms 'randomCrop(224), flip'
            """)

    @Argument(help: "Folder or archive of images, or a table or list.")
    var data: String

    @Option(help: "Image file. Default: a random image of DATA.")
    var file: String?

    @Option(help: "Transforms, as in 'apus train'.", transform: { try TransformList($0) })
    var trainTransforms = Preprocessing.imageNet.trainingTransforms

    @Option(help: "Number of random results of all transforms.")
    var draws = 6

    @Option(help: "Number of images per row, 1 to 100. Default: as many as the first row needs, 3 to 8.")
    var columns: Int?

    @Option(help: "Random seed.")
    var seed: UInt64 = 0

    @Option(help: "Output file: .png, .svg or .pdf.")
    var out = "transforms.png"

    @Option(help: "Output format of the path.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try FileExtensions.check(out, "--out", FileExtensions.drawings)
        try FileExtensions.check(out, "--out", isNoneOf: [data, file, file.map { "\(data)/\($0)" }])
        for (name, value) in [("--draws", draws), ("--columns", columns ?? 1)] where !(1...100).contains(value) {
            throw ValidationError("\(name) must be from 1 to 100, not \(value).")
        }
    }

    func run() async throws {
        if !trainTransforms.batch.isEmpty {
            messages.note("Skipped the transforms that mix the images of a batch: they need several images.")
        }
        var sheet = TransformSheet(trainTransforms)
        (sheet.draws, sheet.seed) = (draws, seed)
        if let columns { sheet.columns = columns }
        let image = try TransformSheet.image(file, in: data, options: table.options(), seed: seed)
        try Console.write(files: try sheet.write(image, to: out), format)
    }
}
