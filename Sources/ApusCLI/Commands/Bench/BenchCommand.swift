internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// `apus bench`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine reads, predicts and trains, and what limits it.",
        discussion: """
            DATA is data as for 'apus train'. The command measures images per second: reading the files, decoding \
            them, prediction, training steps with images in memory, and training with all of it. Then it prints what \
            limits the training, and what to change. It writes no files, and the trained weights are discarded.

            With --processes it also predicts the speed of several machines like this one, from the measured times, \
            the size of the gradients, and the network's bandwidth and latency. Nothing is sent.

            EXAMPLES
              apus bench photos
              apus bench photos --model resnet50 --strategy all --precision bfloat16
              apus bench photos --processes 8 --bandwidth 10Gbit --latency 50us
              apus bench photos --seconds 3 --format json
            """)

    @Argument(help: "Training data.")
    var data: String

    @OptionGroup(title: "Network")
    var network: NetworkOptionsGroup

    @OptionGroup(title: "Data")
    var images: DataOptionsGroup

    @OptionGroup(title: "Compute")
    var compute: BenchOptionsGroup

    @OptionGroup(title: "Plan")
    var plan: PlanOptionsGroup

    @Option(help: "Output format.")
    var format = ReportFormat.table

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try GivenFlags().refuse("--bandwidth", "--latency", where: plan.processes == nil, "without --processes")
        let settings: TrainingConfiguration
        do {
            settings = try configuration()
            try settings.validate()
        } catch {
            throw ValidationError(Hints.text(of: error))
        }
    }

    private func configuration() throws -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        for group in [network, images, compute] as [any TrainingOptions] { try group.apply(to: &configuration) }
        return configuration
    }

    func run() async throws {
        try LibTorch.demand(for: "apus bench")
        LibTorch.keepFreedMemory()
        LibTorch.shareCores()
        let configuration = try configuration()
        let bar = ProgressBar("", total: nil, isQuiet: messages.quiet)
        var result = try await stoppingAtSignals { [data, options = plan.options(seconds: compute.seconds), messages] in
            try await Bench.run(on: data, configuration, options) { events in
                var display = BenchDisplay(on: bar, model: configuration.model, messages: messages)
                await display.show(events)
            }
        } cleanUp: {
            bar.clear()
        }
        bar.clear()
        result.findings = result.findings.map { Hints.flags(in: $0) }
        switch format {
        case .json: try Console.write(jsonText(result, pretty: true))
        case .table: try Console.write(result.text(width: Console.width))
        }
        if plan.processes == nil, format == .table {
            messages.note("To plan with more machines: --processes 8 --bandwidth 10Gbit --latency 50us")
        }
    }
}

/// The options of the measured computation.
struct BenchOptionsGroup: TrainingOptions {
    @Option(help: "Batch size of all processes together. Default: 64.")
    var batchSize: Int?

    @Option(help: "Number of threads that read images. Default: the number of processors.")
    var workers: Int?

    @Option(help: "Device: cpu, cuda or cuda:1. Default: cuda if available, otherwise cpu.")
    var device: String?

    @Option(
        help: """
            Inference engine: auto (OpenVINO on a CPU, otherwise LibTorch), openvino or libtorch. Default: auto.
            """)
    var engine: EngineChoice?

    @Option(help: "Numeric precision: float32, bfloat16, float16 or auto. Default: float32.")
    var precision: TrainingPrecision?

    @Option(help: "Time for each of the five measurements in seconds.")
    var seconds = 10.0

    func validate() throws {
        guard (0.01...3600).contains(seconds) else {
            throw ValidationError("--seconds must be from 0.01 to 3600, not \(seconds).")
        }
    }

    func apply(to configuration: inout TrainingConfiguration) {
        configuration.set(\.data.batchSize, batchSize)
        configuration.set(\.compute.workers, workers)
        configuration.set(\.compute.device, device)
        configuration.set(\.compute.engine, engine)
        configuration.set(\.compute.precision, precision)
    }
}

/// The options of the prediction for several processes.
struct PlanOptionsGroup: ParsableArguments {
    @Option(help: "Predict the speed of 1, 2, 4, … up to N processes, each on a machine like this one.")
    var processes: Int?

    @Option(
        help: """
            With --processes: rate of the network in each direction, such as 10Gbit or 1.25GB, as iperf3 measures it. \
            Default: 1Gbit.
            """)
    var bandwidth: Bandwidth?

    @Option(
        help: """
            With --processes: time of a message in one direction, such as 50us or 0.2ms; half of what ping shows. \
            Default: 100us.
            """)
    var latency: Latency?

    func validate() throws {
        if let processes, !(1...1_000_000).contains(processes) {
            throw ValidationError("--processes must be from 1 to 1000000, not \(processes).")
        }
    }

    /// Returns the settings of a measurement.
    func options(seconds: Double) -> Bench.Options {
        var options = Bench.Options()
        (options.seconds, options.processes) = (seconds, processes)
        options.link = NetworkLink(
            bytesPerSecond: bandwidth?.bytesPerSecond ?? options.link.bytesPerSecond,
            latency: latency?.seconds ?? options.link.latency)
        return options
    }
}
