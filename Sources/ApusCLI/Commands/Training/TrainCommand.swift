internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Drawing
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// `apus train`
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a classifier on a folder of pictures.",
        discussion: """
            DATA is a folder with a folder for each class (with train/, val/ and test/ above them, or without), one \
            folder of pictures named label.number.jpg, a CSV or TSV file (path,label[,split]; several labels as a;b), \
            a list of files, or a folder with the files of MNIST or Fashion-MNIST. Folders of parts may bear other names \
            in use (training_set, seg_test, dev). Of tables with other columns those are taken that are clear; else an \
            error shows the choice, which --label-column, --path-column, --label-separator and --root make.

            The best and the last model, the figures of each epoch, the log and the configuration are saved in the run \
            directory. The same seed gives the same files, whatever the number of workers; on CUDA with --deterministic. \
            Ctrl-C saves and stops; a run that was stopped, or killed at any moment, goes on with --resume to the same files.

            EXAMPLES
              apus train photos
              apus train photos --model resnet18 --strategy last:2 --optimizer sgd
              apus train photos --model small_cnn --fresh --epochs 50 --lr 0.0001
              apus train photos --model resnet18 --weights backbone.pth --partial
              apus train photos --model vgg16 --head 4096,relu,dropout:0.5,512,relu
              apus train photos --strategy gradual:1 --epochs 5 --schedule onecycle
              apus train photos --find-lr --out rates.png
              apus train --resume runs/mobilenet_v2-1
              apus train --resume runs/mobilenet_v2-1 --data /new/photos
              apus train --config runs/mobilenet_v2-1/config.json --seed 1
            """)

    @Argument(help: "The pictures. With --config and --resume it may be left out.")
    var data: String?

    @OptionGroup(title: "Network")
    var network: NetworkOptionsGroup

    @OptionGroup(title: "Data")
    var pictures: DataOptionsGroup

    @OptionGroup(title: "Steps")
    var steps: StepOptionsGroup

    @OptionGroup(title: "Course")
    var course: CourseOptionsGroup

    @OptionGroup(title: "Machine")
    var machine: MachineOptionsGroup

    @Option(
        help: """
            The run directory. By default runs/MODEL-1, runs/MODEL-2, … With --find-lr: a picture of the curve, which \
            ends with .png, .svg or .pdf.
            """)
    var out: String?

    @Option(help: "Take all settings from a file, such as config.json of a run; other flags go before it.")
    var config: String?

    @Option(help: "Go on with the run of this directory. Only --epochs may be changed.")
    var resume: String?

    @Option(name: .customLong("data"), help: "With --resume: where the run's data lie now, if they were moved.")
    var movedData: String?

    @Flag(help: "Tell what would be done, and train nothing. Published weights are fetched for it.")
    var dryRun = false

    @Flag(help: "Try rising learning rates on a copy, print the loss of each, and suggest one.")
    var findLr = false

    @Option(help: "How the figures are printed at the end: table, json.")
    var format = ReportFormat.table

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        let given = GivenFlags()
        guard resume == nil else { return try checkFlagsOfResume(given) }
        guard movedData == nil else {
            throw ValidationError("--data is for --resume; to train, give DATA without it.")
        }
        if let out {
            if findLr {
                try Endings.check(out, "--out", Endings.drawings)
            } else {
                try Endings.checkFolder(out, "--out", "the folder of the run")
            }
        }
        if data == nil, config == nil { throw ValidationError("Missing expected argument '<data>'") }
        guard config == nil else { return }
        let settings: TrainingConfiguration
        do {
            settings = try configuration().configuration
            try settings.validate()
        } catch {
            throw ValidationError(Hints.text(of: error))
        }
        try checkFlags(given, with: settings)
    }

    private func configuration() throws -> (configuration: TrainingConfiguration, data: String?) {
        var (configuration, told) = try config.map { try TrainingConfiguration.read($0) } ?? (.init(), nil)
        for group in [network, pictures, steps, course, machine] as [any TrainingOptions] {
            try group.apply(to: &configuration)
        }
        return (configuration, data ?? told)
    }

    func run() async throws {
        LibTorch.keepFreedMemory()
        LibTorch.shareCores()
        if let resume {
            return try await finish(fetching: "the run's weights") { reader in
                try await ImageClassifier.resume(resume, data: movedData, epochs: steps.epochs, readBy: reader)
            }
        }
        let (configuration, data) = try configuration()
        guard let data else {
            throw ApusError(
                .invalidConfiguration, path: config, "it does not name the data", advice: "give DATA")
        }
        let given = GivenFlags()
        // What a file of settings holds is known only now.
        if config != nil { try checkFlags(given, with: configuration) }
        try checkSplitFlags(given, data: data, configuration)
        warnings(given, configuration).forEach(talk.warn)
        if dryRun { return try await tellPlan(data, configuration) }
        if findLr { return try await findRate(data, configuration) }
        try await finish(fetching: "weights of \(configuration.model)") { reader in
            try await ImageClassifier.train(on: data, configuration, directory: out, readBy: reader)
        }
    }

    /// Runs a training, prints its events, and then its metrics.
    private func finish(
        fetching weights: String,
        _ work:
            @escaping @Sendable (
                _ reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void
            ) async throws -> TrainingResult
    ) async throws {
        let bar = ProgressBar("", total: nil, isQuiet: talk.quiet)
        let result = try await stoppingAtSignals { [talk] in
            try await work { events in
                var progress = TrainingTalk(on: bar, weights: weights, talk: talk)
                await progress.show(events)
            }
        } cleanUp: {
            bar.clear()
        }
        switch format {
        case .json: try Console.write(Console.json(TrainingOutput(result), pretty: true))
        case .table: try report(result)
        }
    }

    private func report(_ result: TrainingResult) throws {
        let columns = EpochColumn.all(isMultiLabel: result.isMultiLabel)
        var table = Table([("epoch", .right)] + columns.map { ($0.title, .right) } + [("", .left)])
        for epoch in result.epochs {
            table.add(
                ["\(epoch.epoch)"] + columns.map { $0.text(epoch) } + [epoch == result.best ? "best" : ""])
        }
        try Console.write(table.text)
        if let note = result.lossNote { talk.note(note) }
        if result.endedEarly {
            talk.note(
                "Ended after \(counted(result.epochs.count, "epoch")): none since epoch \(result.best.epoch) was better."
            )
        }
        if result.unreadable > 0 {
            talk.note("\(counted(result.unreadable, "picture")) could not be read and stayed out.")
        }
        for finding in result.findings { talk.note("\(finding)") }
        if let page = result.page { talk.note("The report is in \(page).") }
        talk.note("The run is in \(result.directory.path). Next:")
        talk.note("  apus predict \(result.directory.best) PICTURE...")
    }

    private func tellPlan(_ data: String, _ configuration: TrainingConfiguration) async throws {
        let download = ProgressBar.download(of: "weights of \(configuration.model)", isQuiet: talk.quiet)
        let plan = try await ImageClassifier.plan(on: data, configuration, directory: out) { events in
            for await case .downloading(_, let received, let total) in events {
                download.update(received, total: total)
            }
            download.clear()
        }
        switch format {
        case .json: try Console.write(Console.json(PlanOutput(plan, configuration), pretty: true))
        case .table: try Console.write(plan.text(configuration))
        }
    }

    private func findRate(_ data: String, _ configuration: TrainingConfiguration) async throws {
        let bar = ProgressBar("rates", total: nil, isQuiet: talk.quiet)
        let download = ProgressBar.download(of: "weights of \(configuration.model)", isQuiet: talk.quiet)
        let curve = try await ImageClassifier.findLearningRate(on: data, configuration) { [talk] events in
            for await event in events {
                if case .downloading(_, let received, let total) = event {
                    download.update(received, total: total)
                    continue
                }
                download.clear()
                switch event {
                case .downloading: break
                case .started(let plan): (plan.lines + plan.notes).forEach(talk.note)
                case .step(let step, let steps, let rate, let loss):
                    bar.update(step, total: steps, detail: "rate \(rate.rate)  loss " + String(format: "%.4f", loss))
                }
            }
        }
        bar.clear()
        if let out {
            try curve.figure().save(to: out)
            talk.note("The curve is in \(out).")
        }
        switch format {
        case .json: try Console.write(Console.json(RateOutput(curve), pretty: true))
        case .table: try Console.write(curve.text)
        }
    }
}

/// What `--format json` prints.
private struct TrainingOutput: Encodable {
    let epochs: [EpochMetrics]
    let best: EpochMetrics
    let directory: String
    let model: String
    let unreadable: Int
    let seconds: [Double]
    let endedEarly: Bool
    let findings: [Finding]
    let dataset: DataDescription
    let lossNote: String?

    init(_ result: TrainingResult) {
        epochs = result.epochs
        best = result.best
        directory = result.directory.path
        model = result.directory.best
        unreadable = result.unreadable
        seconds = result.seconds
        endedEarly = result.endedEarly
        findings = result.findings
        dataset = result.dataset
        lossNote = result.lossNote
    }
}
