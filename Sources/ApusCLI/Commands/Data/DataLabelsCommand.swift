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
            DATA is a dataset in any layout that 'apus data check' describes, with one label per image. All its splits \
            are checked together. --model computes the features: use a pretrained network, or a model that was trained \
            on other images. A model that was trained on these images has memorized their wrong labels.

            The images are divided into folds. A linear classifier on the features of the other folds predicts the \
            images of each fold. A label is likely wrong if another class is as probable as it usually is for images \
            of that class (confident learning, Northcutt et al. 2021, as in cleanlab). The least probable label comes \
            first. The table shows the first 20 labels; json and csv list all of them.

            --fix writes a CSV file (path, label, and split if DATA has splits). Use it in place of DATA. It excludes \
            the images whose labels are likely wrong or, with --fix-by relabel, contains their likely labels. The \
            images do not change. Look at the sheet first: the list may contain unusual images with a correct label.

            EXAMPLES
              apus data labels photos --model resnet18
              apus data labels photos --model mobilenet_v2 --sheet suspects.png
              apus data labels photos --model resnet18 --fix clean.csv

            Exit status: 0 if all images were read, 1 if some were not or for another failure, 2 for invalid usage.
            """)

    @Argument(help: "Folder or archive of images, or a table or list.")
    var data: String

    @Option(help: "Model for the features: a model file or the name of a pretrained network.")
    var model = "resnet18"

    @Option(help: "Number of folds.")
    var folds = 5

    @Option(help: "Random seed of the folds.")
    var seed: UInt64 = 0

    @Option(help: "Sort order: self-confidence (the least probable label first) or normalized-margin.")
    var rankBy = LabelReport.Ranking.selfConfidence

    @Option(help: "Output format.")
    var format = ListFormat.table

    @Option(help: "Draw the images with their given and likely labels: .png, .svg or .pdf.")
    var sheet: String?

    @Option(help: "Write the corrected dataset to this CSV file.")
    var fix: String?

    @Option(help: "With --fix: drop the images whose labels are likely wrong, or relabel them.")
    var fixBy = CheckedLabels.Treatment.drop

    @Option(help: "Regular expression with one capture group: the label in the file name or path.")
    var labelPattern: String?

    @Option(help: "Maximum number of images per split, spread over the classes.")
    var limit: Int?

    @OptionGroup(title: "Tables, lists and videos") var table: TableOptions

    @OptionGroup var engine: EngineOptions

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if folds < 2 { throw ValidationError("--folds must be at least 2, not \(folds).") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        try GivenFlags().refuse("--fix-by", where: fix == nil, "without --fix")
        if let sheet { try FileExtensions.check(sheet, "--sheet", FileExtensions.drawings) }
        if let fix { try FileExtensions.check(fix, "--fix", ["csv"]) }
        try FileExtensions.check(fix, "--fix", isNoneOf: [data, model])
        try FileExtensions.check(sheet, "--sheet", isNoneOf: [data, model])
    }

    func run() async throws {
        try LibTorch.demand(for: "apus data labels")
        let input = try ImageInput(
            at: data, options: table.options(labelPattern: labelPattern), limit: limit)
        messages.note(input)
        let work = try await FeatureWork(
            model: model, images: input.images.count, engine: engine, messages: messages)
        let embeddings = try await work.embeddings(of: input)
        var check = LabelCheck()
        (check.folds, check.seed, check.ranking) = (folds, seed, rankBy)
        let bar = ProgressBar("folds", total: folds, unit: .steps, isQuiet: messages.quiet)
        let checked = try await check.run(embeddings) { events in
            for await case .fold(let done, _) in events { bar.update(done) }
        }
        bar.clear()
        try Console.write(checked.report.text(format, of: input.dataset), format)
        if let sheet, !checked.report.issues.isEmpty {
            try LabelSheet(checked).write(to: sheet).forEach { messages.note("Sheet: \($0)") }
        }
        if let fix { try write(checked, to: fix) }
        messages.note(checked.report.summary)
        try work.finish()
    }

    private func write(_ checked: CheckedLabels, to file: String) throws {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        let table = try checked.table(fixBy, in: folder)
        try writeAtomically(table.text.fileNameBytes, to: file)
        messages.note(
            "\(file) lists \(counted(table.images, "image")); "
                + (fixBy == .drop ? "excluded: \(table.changed.grouped)." : "relabeled: \(table.changed.grouped)."))
    }
}
