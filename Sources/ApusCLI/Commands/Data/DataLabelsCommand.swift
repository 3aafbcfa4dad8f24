internal import Apus
internal import ArgumentParser
internal import Platform
internal import Torch
internal import TorchVision

/// `apus data labels`
struct DataLabelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Find labels that are likely wrong.",
        discussion: """
            DATA is a dataset in any layout that 'apus data check' tells of, with one label a picture; all its parts are \
            looked at together. MODEL gives features: a network with published weights serves, and one of 'apus train' \
            that was trained on other pictures. (One that was trained on these has learnt their wrong labels.)

            The pictures are dealt to folds; what is on each is predicted from its features by a linear classifier that \
            learnt from the other folds. A label is likely wrong where another class is so probable as is usual for those \
            labelled so (confident learning, Northcutt et al. 2021, as cleanlab finds issues). They are listed from the \
            least probable label on. The table shows the first 20, JSON and CSV all.

            --fix writes a CSV (path, label, and split where there is one) for use in place of DATA: without the pictures \
            whose labels are likely wrong or, with --fix-by relabel, with the likely labels. No picture is touched. Look \
            at the sheet before: a rare kind of picture is found as well as a wrong label.

            EXAMPLES
              apus data labels photos --model resnet18
              apus data labels photos --model mobilenet_v2 --sheet suspects.png
              apus data labels photos --model resnet18 --fix clean.csv
            """)

    @Argument(help: "A folder of pictures, or a table or list of them.")
    var data: String

    @Option(help: "What gives the features: a classifier's file, or the name of a pretrained network.")
    var model = "resnet18"

    @Option(help: "How many parts the pictures are dealt to.")
    var folds = 5

    @Option(help: "What decides which picture comes to which fold.")
    var seed: UInt64 = 0

    @Option(help: "What comes first: self-confidence (the least probable label), normalized-margin.")
    var rankBy = LabelReport.Ranking.selfConfidence

    @Option(help: "How the result is printed: table, json, csv.")
    var format = ListFormat.table

    @Option(help: "Draw the pictures in question with given and likely label: .png, .svg, .pdf.")
    var sheet: String?

    @Option(help: "Write the pictures that can be used to this CSV file.")
    var fix: String?

    @Option(help: "What --fix does with labels that are likely wrong: drop (leave the pictures out), relabel.")
    var fixBy = CheckedLabels.Treatment.drop

    @Option(help: "A regular expression whose one group captures the label in a file's name.")
    var labelPattern: String?

    @Option(help: "At most so many pictures of each part of the data, spread over the classes.")
    var limit: Int?

    @OptionGroup(title: "Tables") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if folds < 2 { throw ValidationError("--folds is 2 or more, not \(folds).") }
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more, not \(limit).") }
        try GivenFlags().refuse("--fix-by", where: fix == nil, "it goes with --fix")
        if let sheet { try Endings.check(sheet, "--sheet", Endings.drawings) }
        if let fix { try Endings.check(fix, "--fix", ["csv"]) }
        try Endings.check(fix, "--fix", isNoneOf: [data, model])
        try Endings.check(sheet, "--sheet", isNoneOf: [data, model])
    }

    func run() async throws {
        let input = try ImageInput(
            at: data, options: table.options(labelPattern: labelPattern), limit: limit)
        talk.note(input)
        let work = try await FeatureWork(
            model: model, pictures: input.images.count, engine: engine, talk: talk)
        let embeddings = try await work.embeddings(of: input)
        var check = LabelCheck()
        (check.folds, check.seed, check.ranking) = (folds, seed, rankBy)
        let bar = ProgressBar("folds", total: folds, unit: .steps, isQuiet: talk.quiet)
        let checked = try await check.run(embeddings) { bar.update($0) }
        bar.clear()
        try Console.write(checked.report.text(format, of: input.dataset), format)
        if let sheet, !checked.report.issues.isEmpty {
            try LabelSheet(checked).write(to: sheet).forEach { talk.note("Sheet: \($0)") }
        }
        if let fix { try write(checked, to: fix) }
        talk.note(checked.report.summary)
        try work.finish()
    }

    private func write(_ checked: CheckedLabels, to file: String) throws {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        let table = try checked.table(fixBy, in: folder)
        try writeAtomically(table.text.fileNameBytes, to: file)
        talk.note(
            "\(file) names \(counted(table.pictures, "picture")); "
                + (fixBy == .drop
                    ? "left out: \(table.changed.grouped)." : "with another label: \(table.changed.grouped)."))
    }
}
