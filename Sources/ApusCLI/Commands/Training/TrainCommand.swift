internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Drawing
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchDistributed
internal import TorchVision

/// `apus train`
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a classifier on a folder of images.",
        discussion: """
            DATA is a folder with one folder per class (optionally inside train/, val/ and test/), a folder of images \
            named label.number.jpg, a CSV or TSV file (path,label[,split]; several labels as a;b), a list of files, \
            WebDataset's tar shards (a folder of them, or a quoted name such as 'train-{000..099}.tar'), or a folder \
            with the files of MNIST or Fashion-MNIST. Split folders may have other common names (training_set, \
            seg_test, dev). In tables with other columns, the columns are detected. If several are possible, an error \
            lists them; --label-column, --path-column, --label-separator and --root choose.

            The run folder contains the best and the last model, the metrics of each epoch, the log and the \
            configuration. The same seed gives the same files with any number of workers; on CUDA only with \
            --deterministic. Ctrl-C saves the state and stops the run. --resume continues a run that was stopped or \
            killed, to the same files as without the interruption.

            EXAMPLES
              apus train photos
              apus train photos --model resnet18 --strategy last:2 --optimizer sgd
              apus train photos --model small_cnn --fresh --epochs 50 --lr 0.0001
              apus train photos --model resnet18 --weights backbone.pth --partial
              apus train photos --model vgg16 --head 4096,relu,dropout:0.5,512,relu
              apus train flowers --class-names cat_to_name.json --print-every 100
              apus train 'shards/train-{000..099}.tar' --batch-size 256
              apus train photos --strategy gradual:1 --epochs 5 --schedule onecycle
              apus train photos --find-lr --out rates.png
              apus train photos --processes 2
              apus train --resume runs/mobilenet_v2-1
              apus train --resume runs/mobilenet_v2-1 --data /new/photos
              apus train --config runs/mobilenet_v2-1/config.json --seed 1

            Exit status: 0 for success, 1 for a failure, 2 for invalid usage; 130 after Ctrl-C, 143 after SIGTERM and \
            129 after the terminal was closed. A training that has begun saves its state first.
            """)

    @Argument(help: "Training data. Optional with --config, not allowed with --resume.")
    var data: String?

    @OptionGroup(title: "Network")
    var network: NetworkOptionsGroup

    @OptionGroup(title: "Data")
    var images: DataOptionsGroup

    @OptionGroup(title: "Optimization")
    var optimization: OptimizationOptionsGroup

    @OptionGroup(title: "Run")
    var runOptions: RunOptionsGroup

    @OptionGroup(title: "Compute")
    var compute: ComputeOptionsGroup

    @OptionGroup(title: "Processes")
    var processes: ProcessOptionsGroup

    @Option(
        help: """
            Run folder. Default: runs/MODEL-1, runs/MODEL-2, … With --find-lr: output file for a chart of the losses \
            (.png, .svg or .pdf).
            """)
    var out: String?

    @Option(help: "Read all settings from a file, such as config.json of a run. Other flags override them.")
    var config: String?

    @Option(help: "Resume the run in this run folder. Only --epochs can be changed.")
    var resume: String?

    @Option(name: .customLong("data"), help: "With --resume: new path of the run's data, if it was moved.")
    var movedData: String?

    @Flag(help: "Show the plan and train nothing. Pretrained weights are downloaded if needed.")
    var dryRun = false

    @Flag(help: "Test increasing learning rates on a copy of the network, print the losses, and suggest one.")
    var findLr = false

    @Option(help: "Output format of the metrics at the end.")
    var format = ReportFormat.table

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        let given = GivenFlags()
        try processes.check(given, findLr: findLr, device: compute.device)
        guard resume == nil else { return try checkFlagsOfResume(given) }
        guard movedData == nil else {
            throw ValidationError("--data requires --resume; to start a run, give the data without --data.")
        }
        if let out {
            if findLr {
                try FileExtensions.check(out, "--out", FileExtensions.drawings)
            } else {
                try FileExtensions.checkFolder(out, "--out", "a run folder")
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
        var (configuration, configured) = try config.map { try TrainingConfiguration.read($0) } ?? (.init(), nil)
        for group in [network, images, optimization, runOptions, compute, processes] as [any TrainingOptions] {
            try group.apply(to: &configuration)
        }
        return (configuration, data ?? configured)
    }

    func run() async throws {
        let isTraining = !dryRun && !findLr
        if let count = processes.processes, count > 1, isTraining {
            if compute.device == nil || compute.device == "cuda" { try ProcessTeam.checkGPUs(count) }
            throw ExitCode(try ProcessLauncher(count: count, arguments: GivenFlags.arguments).run())
        }
        guard let team = try ProcessTeam() else { return try await train(in: nil) }
        // A plan or a test of learning rates is made by the first process.
        guard isTraining || team.environment.rank == 0 else { return }
        try await team.reporting {
            team.join()
            try await train(in: team)
        }
    }

    private func train(in team: ProcessTeam?) async throws {
        try LibTorch.demand(for: "apus train")
        LibTorch.keepFreedMemory()
        LibTorch.shareCores()
        let timeout = processes.timeout
        let members = team.map { TrainingProcesses($0.environment, timeout: timeout) }
        if let run = resume ?? (team == nil && !dryRun && !findLr ? interruptedRun : nil) {
            return try await finish(fetching: "the run's weights", in: team) { reader in
                try await ImageClassifier.resume(
                    run, data: movedData ?? self.data, epochs: optimization.epochs, processes: members, readBy: reader)
            }
        }
        let (configuration, data) = try configuration()
        guard let data else {
            throw ApusError(
                .invalidConfiguration, path: config, "it contains no path to the data", advice: "add DATA")
        }
        let given = GivenFlags()
        // The settings of the file are known only now.
        if config != nil { try checkFlags(given, with: configuration) }
        try checkSplitFlags(given, data: data, configuration)
        warnings(given, configuration, isAlone: team == nil).forEach(messages.warn)
        if dryRun {
            return try await showPlan(
                data, configuration, processes: processes.processes ?? team?.environment.count ?? 1)
        }
        if findLr { return try await findRate(data, configuration) }
        try await finish(fetching: "weights of \(configuration.model)", in: team) { reader in
            try await ImageClassifier.train(
                on: data, configuration, directory: out, processes: members, readBy: reader)
        }
    }

    /// The run of this job before Slurm stopped it and queued it again. For several processes the library decides.
    private var interruptedRun: String? {
        let restarts = ProcessInfo.processInfo.environment["SLURM_RESTART_COUNT"].flatMap(Int.init) ?? 0
        return out.flatMap { run in
            restarts > 0 && fileExists(run + "/config.json") && !fileExists(run + "/report.md") ? run : nil
        }
    }

    /// Runs a training and prints its events, then its metrics.
    private func finish(
        fetching weights: String, in team: ProcessTeam?,
        _ work:
            @escaping @Sendable (
                _ reader: @escaping @Sendable (EventSequence<TrainingEvent>) async throws -> Void
            ) async throws -> TrainingResult
    ) async throws {
        let bar = ProgressBar("", total: nil, isQuiet: messages.quiet)
        let result = try await stoppingAtSignals { [messages] in
            try await work { events in
                var progress = TrainingDisplay(on: bar, weights: weights, in: team, messages: messages)
                await progress.show(events)
            }
        } cleanUp: {
            bar.clear()
        }
        switch format {
        case .json: try Console.write(jsonText(TrainingOutput(result), pretty: true))
        case .table: try report(result)
        }
    }

    private func report(_ result: TrainingResult) throws {
        let columns = EpochColumn.all(of: result)
        var table = Table([("epoch", .right)] + columns.map { ($0.title, .right) } + [("", .left)])
        if let initial = result.initial { table.add(["0"] + columns.map { $0.text(initial) } + [""]) }
        for epoch in result.epochs {
            table.add(
                ["\(epoch.epoch)"] + columns.map { $0.text(epoch) } + [epoch == result.best ? "best" : ""])
        }
        try Console.write(table.text)
        if let verdict = result.verdict {
            messages.note("Epoch \(result.best.epoch) on the validation images: \(verdict.printable)")
        }
        if let note = result.lossNote { messages.note(note) }
        if result.endedEarly {
            messages.note(
                "Stopped early after \(counted(result.epochs.count, "epoch")): none since epoch \(result.best.epoch) "
                    + "was better.")
        }
        if result.unreadable > 0 {
            messages.note("Skipped \(counted(result.unreadable, "unreadable image")).")
        }
        for finding in result.findings { messages.note("\(finding)") }
        if let page = result.page { messages.note("Report: \(page)") }
        messages.note("Run folder: \(result.directory.path)")
        messages.note("Next: apus predict \(result.directory.best) IMAGE...")
    }

    private func showPlan(_ data: String, _ configuration: TrainingConfiguration, processes: Int) async throws {
        let download = ProgressBar.download(of: "weights of \(configuration.model)", isQuiet: messages.quiet)
        let plan = try await ImageClassifier.plan(
            on: data, configuration, directory: out, processes: processes
        ) { events in
            for await case .downloading(let progress) in events { download.update(progress) }
            download.clear()
        }
        switch format {
        case .json: try Console.write(jsonText(PlanOutput(plan, configuration), pretty: true))
        case .table: try Console.write(plan.text(configuration, processes: processes))
        }
    }

    private func findRate(_ data: String, _ configuration: TrainingConfiguration) async throws {
        let bar = ProgressBar("learning rates", total: nil, isQuiet: messages.quiet)
        let download = ProgressBar.download(of: "weights of \(configuration.model)", isQuiet: messages.quiet)
        let curve = try await ImageClassifier.findLearningRate(on: data, configuration) { [messages] events in
            for await event in events {
                if case .downloading(let progress) = event {
                    download.update(progress)
                    continue
                }
                download.clear()
                switch event {
                case .downloading: break
                case .started(let plan): (plan.lines + plan.notes).forEach(messages.note)
                case .step(let step, let steps, let rate, let loss):
                    bar.update(
                        step, total: steps, detail: "learning rate \(rate.rate)  loss " + String(printf: "%.4f", loss))
                }
            }
        }
        bar.clear()
        if let out {
            try curve.plot().save(to: out)
            messages.note("Chart: \(out)")
        }
        switch format {
        case .json: try Console.write(jsonText(RateOutput(curve), pretty: true))
        case .table: try Console.write(curve.text)
        }
    }
}

/// What `--format json` prints.
private struct TrainingOutput: Encodable {
    let initial: InitialMetrics?
    let epochs: [EpochMetrics]
    let best: EpochMetrics
    let verdict: String?
    let directory: String
    let model: String
    let unreadable: Int
    let seconds: [Double]
    let endedEarly: Bool
    let findings: [Finding]
    let dataset: DataDescription
    let lossNote: String?

    init(_ result: TrainingResult) {
        initial = result.initial
        epochs = result.epochs
        best = result.best
        verdict = result.verdict
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
