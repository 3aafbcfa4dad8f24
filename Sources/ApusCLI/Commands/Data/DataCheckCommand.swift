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
        abstract: "Tell what is wrong with a dataset.",
        discussion: """
            DATA is a folder with a folder for each class (with train/, val/ and test/ above them, or without); a folder \
            of pictures whose names tell the label; a CSV or TSV file with a line path,label or path,label,split for each \
            picture, where label1;label2 are two labels, or with other columns, as 'apus train' has them; or a text file \
            with a path on each line, whose folder is the \
            label. Every picture is decoded to its end. What is told: how many pictures each class and each part has, \
            sizes, modes and formats, and then what is wrong.

            Problems are: files that can't be read; the same picture in two parts of the data (a leak), whether byte for \
            byte or one that looks the same; the same file under different labels, or more than once; classes without \
            pictures in a part. Remarks, which may be meant so, are: pictures within one part that look the same, classes \
            of very different size, files whose names end as another format's. Pictures look the same if their perceptual \
            hashes differ in 7 bits of 63 or fewer and their colours, at 8 by 8 pixels, by 16 levels or fewer on average; \
            those smaller than 32 pixels or of a single grey are not compared so.

            The exit status is 0 if there is no problem, 1 if there is one or the data can't be opened, 2 for wrong use.

            --fix writes a CSV (path, label, and split where there is one) of the pictures that are left when problems \
            are taken out, for use in place of DATA; no picture is touched. Left out are: what can't be read; of the same \
            file all but the first, where one to train with comes before one to measure with; of the same file under \
            different labels all; of pictures in two parts that look the same those to measure with.

            EXAMPLES
              apus data check photos
              apus data check photos --label-pattern '^([a-z]+)_[0-9]+'
              apus data check labels.csv --format json
              apus data check photos --fix clean.csv
            """)

    @Argument(help: "A folder of pictures, or a table or list of them.")
    var data: String

    @Option(
        help: """
            A regular expression whose one group captures the label in a file's name, or in its path from DATA on where \
            the expression has a /. By default a name's part before the first dot.
            """)
    var labelPattern: String?

    @Option(
        help: "The classes, with commas between them, or a file with one on each line. Others are an error.",
        transform: { try DatasetOptions.classNames($0) })
    var classes: [String]?

    @Option(help: "Threads that read pictures. By default as many as there are processors.")
    var workers: Int?

    @Option(help: "How the result is printed: table, json. JSON names all pictures, the table the first few.")
    var format = ReportFormat.table

    @Option(help: "Write the pictures that can be used to this CSV file.")
    var fix: String?

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var talk: TalkOptions

    private var options: DatasetOptions { table.options(labelPattern: labelPattern, classes: classes) }

    func validate() throws {
        if let workers, workers < 0 { throw ValidationError("--workers is 0 or more, not \(workers).") }
        if let fix { try Endings.check(fix, "--fix", ["csv"]) }
        try Endings.check(fix, "--fix", isNoneOf: [data])
        do {
            try options.validate()
        } catch {
            throw ValidationError(Hints.text(of: error))
        }
    }

    func run() async throws {
        let bar = ProgressBar("checking", total: nil, isQuiet: talk.quiet)
        defer { bar.clear() }
        let check = DataCheck(path: data, options: options, workers: workers ?? DataLoader.processorCount)
        let checked = try check.run { event in
            switch event {
            case .opened(let pictures, let dataset):
                dataset.lines.forEach(talk.note)
                bar.restart("checking", total: pictures)
            case .examined(let done): bar.update(done)
            case .comparing: bar.clear()
            }
        }
        bar.clear()
        switch format {
        case .json: try Console.write(Console.json(checked.report, pretty: true))
        case .table:
            checked.report.notes.forEach(talk.note)
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
        talk.note(
            "\(file) names \(counted(table.kept, "picture"))"
                + (dropped.isEmpty ? ", all that there are." : "; left out: \(dropped.joined(separator: ", "))."))
    }
}

extension CleanTable.Reason {
    fileprivate var words: String {
        switch self {
        case .unreadable: "unreadable"
        case .conflict: "under several labels"
        case .duplicate: "that are there before"
        case .leak: "like one of another part"
        }
    }
}
