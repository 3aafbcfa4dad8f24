internal import Apus
internal import ArgumentParser
internal import Torch
internal import TorchVision

/// `apus data show`
struct DataShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw pictures of a dataset with their labels.",
        discussion: """
            DATA is a dataset in any layout that 'apus data check' tells of, or pictures without labels. Pictures are \
            drawn at random from all its parts; the same seed draws the same. The sheets' paths are the result.

            EXAMPLES
              apus data show photos
              apus data show photos --rows 6 --columns 8 --seed 1 --out look.svg
              apus data show photos --by-class --columns 6 --out classes.png
            """)

    @Argument(help: "A folder of pictures, or a table or list of them.")
    var data: String

    @Option(help: "The sheet's file: .png, .svg, .pdf. Further ones are numbered.")
    var out = "sheet.png"

    @Option(help: "How many pictures stand below each other.")
    var rows = 4

    @Option(help: "How many pictures stand side by side.")
    var columns = 4

    @Flag(help: "A row for each class, on as many sheets as they need.")
    var byClass = false

    @Option(help: "What decides which pictures are drawn.")
    var seed: UInt64 = 0

    @Option(help: "A regular expression whose one group captures the label in a file's name.")
    var labelPattern: String?

    @Option(help: "How the sheets' paths are printed: table (a line each), json.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        try Endings.check(out, "--out", Endings.drawings)
        try Endings.check(out, "--out", isNoneOf: [data])
        try GivenFlags().refuse("--rows", where: byClass, "with --by-class each class has a row")
        for (name, value) in [("--rows", rows), ("--columns", columns)] where !(1...100).contains(value) {
            throw ValidationError("\(name) is 1 to 100, not \(value).")
        }
    }

    func run() async throws {
        let input = try ImageInput(at: data, options: table.options(labelPattern: labelPattern))
        talk.note(input)
        var sheet = DataSheet()
        (sheet.rows, sheet.columns, sheet.isByClass, sheet.seed) = (rows, columns, byClass, seed)
        let files = try sheet.write(input, to: out) { talk.note("apus: \($0)") }
        try Console.write(files: files, format)
    }
}

extension Console {
    /// Writes the paths of files that a command wrote.
    static func write(files: [String], _ format: ReportFormat) throws {
        switch format {
        case .json: try write(json(["files": files], pretty: true))
        case .table: try files.forEach { try write($0.printable) }
        }
    }
}
