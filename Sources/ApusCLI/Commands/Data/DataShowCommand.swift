internal import Apus
internal import ArgumentParser
internal import Torch
internal import TorchVision

/// `apus data show`
struct DataShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw images of a dataset with their labels.",
        discussion: """
            DATA is a dataset in any layout that 'apus data check' describes, or images without labels. The images are \
            a random sample of all splits; the same seed gives the same sample. The output is the paths of the sheets.

            EXAMPLES
              apus data show photos
              apus data show photos --rows 6 --columns 8 --seed 1 --out look.svg
              apus data show photos --by-class --columns 6 --out classes.png
            """)

    @Argument(help: "Folder or archive of images, or a table or list.")
    var data: String

    @Option(help: "Output file: .png, .svg or .pdf. Further sheets are numbered.")
    var out = "sheet.png"

    @Option(help: "Number of rows per sheet.")
    var rows = 4

    @Option(help: "Number of images per row.")
    var columns = 4

    @Flag(help: "Draw one row per class, on as many sheets as needed.")
    var byClass = false

    @Option(help: "Random seed.")
    var seed: UInt64 = 0

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(help: "Output format of the paths.")
    var format = ReportFormat.table

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try FileExtensions.check(out, "--out", FileExtensions.drawings)
        try FileExtensions.check(out, "--out", isNoneOf: [data])
        try GivenFlags().refuse("--rows", where: byClass, "with --by-class, which draws one row per class")
        for (name, value) in [("--rows", rows), ("--columns", columns)] where !(1...100).contains(value) {
            throw ValidationError("\(name) must be from 1 to 100, not \(value).")
        }
    }

    func run() async throws {
        let input = try ImageInput(at: data, options: table.options(labelPattern: labelPattern))
        messages.note(input)
        var sheet = DataSheet()
        (sheet.rows, sheet.columns, sheet.isByClass, sheet.seed) = (rows, columns, byClass, seed)
        let files = try await sheet.write(input, to: out) { [messages] events in
            for await case .unreadable(let failure) in events { messages.note("apus: \(failure)") }
        }
        try Console.write(files: files, format)
    }
}

extension Console {
    /// Prints the paths of the files that a command wrote.
    static func write(files: [String], _ format: ReportFormat) throws {
        switch format {
        case .json: try write(jsonText(["files": files], pretty: true))
        case .table: try files.forEach { try write($0.printable) }
        }
    }
}
