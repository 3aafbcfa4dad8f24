internal import Apus
internal import ArgumentParser
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// `apus data check`
struct DataCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find problems in a dataset.",
        discussion: """
            DATA is a folder with one folder per class (optionally inside train/, val/ and test/); a folder of images \
            with the label in the file name; a CSV or TSV file with one line path,label or path,label,split per image, \
            where label1;label2 means two labels, or with other columns, as in 'apus train'; or a text file with one \
            path per line, where the parent folder is the label. Every image is decoded completely. The output shows \
            the number of images of each class and split, the image sizes, modes and formats, and then the issues.

            Problems are: unreadable files; the same or a similar image in two splits (a leak); the same file with \
            different labels; duplicate files; classes without images in a split. Warnings are: similar images in one \
            split; classes of very different sizes; class names that differ only by case or spaces; files with the \
            extension of another format. Two images are similar if at most 7 of 63 bits of their perceptual hashes \
            differ and their colors at 8 x 8 pixels differ by at most 16 levels on average. Images smaller than 32 \
            pixels or of a single gray are not compared in this way.

            Exit status: 0 if there are no problems, 1 if there are problems or DATA can't be opened, 2 for invalid \
            usage.

            --fix writes a CSV file (path, label, and split if DATA has splits) of the images without problems. Use it \
            in place of DATA. The images do not change. The file excludes: unreadable files; all but the first of \
            duplicate files, where training images come before others; the same file with different labels; and \
            validation and test images that are similar to an image in another split.

            EXAMPLES
              apus data check photos
              apus data check photos --label-pattern '^([a-z]+)_[0-9]+'
              apus data check labels.csv --format json
              apus data check photos --fix clean.csv
            """)

    @Argument(help: "Folder or archive of images, or a table or list.")
    var data: String

    @Option(
        help: """
            Regular expression with one capture group: the label in the file name, or in the path relative to DATA if \
            the expression contains a slash. Default for a folder without class folders: the name before the first dot.
            """)
    var labelPattern: String?

    @Option(
        help: "Classes: names separated by commas, or a file with one name per line. Other classes are an error.",
        transform: { try DatasetOptions.classNames($0) })
    var classes: [String]?

    @Option(help: "Number of threads that read images. Default: the number of processors.")
    var workers: Int?

    @Option(help: "Output format. json lists all affected images, table only the first ones.")
    var format = ReportFormat.table

    @Option(help: "Write the images without problems to this CSV file.")
    var fix: String?

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var messages: MessageOptions

    private var options: DatasetOptions { table.options(labelPattern: labelPattern, classes: classes) }

    func validate() throws {
        if let workers, workers < 0 { throw ValidationError("--workers must be at least 0, not \(workers).") }
        if let fix { try FileExtensions.check(fix, "--fix", ["csv"]) }
        try FileExtensions.check(fix, "--fix", isNoneOf: [data])
        do {
            try options.validate()
        } catch {
            throw ValidationError(Hints.text(of: error))
        }
    }

    func run() async throws {
        let bar = ProgressBar("checking", total: nil, isQuiet: messages.quiet)
        defer { bar.clear() }
        let check = DataCheck(path: data, options: options, workers: workers ?? DataLoader.processorCount)
        let checked = try await check.run { [messages] events in
            for await event in events {
                switch event {
                case .opened(let images, let dataset):
                    dataset.lines.forEach(messages.note)
                    bar.restart("checking", total: images)
                case .examined(let done): bar.update(done)
                case .comparing: bar.clear()
                }
            }
        }
        bar.clear()
        switch format {
        case .json: try Console.write(jsonText(checked.report, pretty: true))
        case .table:
            checked.report.notes.forEach(messages.note)
            try Console.write(DataReportText(checked.report, width: Console.width ?? 80).text)
        }
        if let fix { try write(checked, to: fix) }
        if checked.report.hasProblems { throw ExitCode(1) }
    }

    private func write(_ checked: CheckedData, to file: String) throws {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        let table = try checked.cleanTable(in: folder)
        try writeAtomically(table.text.fileNameBytes, to: file)
        let dropped = CleanTable.Reason.allCases.compactMap { reason in
            table.dropped[reason].map { "\($0.grouped) \(reason.words)" }
        }
        messages.note(
            "\(file) lists \(counted(table.kept, "image"))"
                + (dropped.isEmpty ? "; none excluded." : "; excluded: \(dropped.joined(separator: ", "))."))
    }
}

extension CleanTable.Reason {
    fileprivate var words: String {
        switch self {
        case .unreadable: "unreadable"
        case .conflict: "with different labels"
        case .duplicate: "duplicate"
        case .leak: "similar to an image in another split"
        }
    }
}
