internal import Apus
public import ArgumentParser
internal import Classifier
internal import Images
public import Inference
internal import Torch
internal import TorchVision

extension EngineChoice: ExpressibleByArgument {}

extension InferencePrecision: ExpressibleByArgument {}

extension TestCrops: ExpressibleByArgument {}

/// The options for reading images and computing networks, for the commands that process many images.
struct EngineOptions: ParsableArguments {
    @Option(help: "Inference engine: auto (OpenVINO on a CPU, otherwise LibTorch), openvino or libtorch.")
    var engine = EngineChoice.auto

    @Option(
        help: """
            Numeric precision: float32, bfloat16 (faster on processors that support it) or int8 (for a model from \
            'apus export --int8'). Default: float32, or int8 for a quantized model.
            """)
    var precision: InferencePrecision?

    @Flag(help: "Decode large JPEG files at a reduced size: much faster, but pixels differ slightly from Pillow's.")
    var fastDecode = false

    @Option(help: "Device: cpu, cuda or cuda:1. Default: cuda if available, otherwise cpu.")
    var device: String?

    @Option(help: "Batch size. Default: the fastest for the engine.")
    var batchSize: Int?

    @Option(help: "Number of threads that read images. Default: the number of processors.")
    var workers: Int?

    @Option(
        help: """
            Maximum number of unreadable images: a percentage (5%) or a count. More are an error. Default: no limit.
            """)
    var maxUnreadable: UnreadableLimit?

    var inference: InferenceOptions { InferenceOptions(engine: engine, precision: precision) }

    /// Returns the options for reading images and passing them through the network.
    func pass(_ crops: TestCrops = .center) -> ImagePassOptions {
        ImagePassOptions(
            batchSize: batchSize, workers: workers ?? DataLoader.processorCount,
            decoding: fastDecode ? .fast : .exact, crops: crops, maximumUnreadable: maxUnreadable)
    }

    func validate() throws {
        if let batchSize, batchSize < 1 { throw ValidationError("--batch-size must be at least 1, not \(batchSize).") }
        if let workers, workers < 0 { throw ValidationError("--workers must be at least 0, not \(workers).") }
        if let batchSize, batchSize > 65_536 {
            throw ValidationError("--batch-size must be at most 65536, not \(batchSize).")
        }
        if let workers, workers > 4096 { throw ValidationError("--workers must be at most 4096, not \(workers).") }
    }

    /// Opens a model with these options.
    func open(_ model: String, messages: MessageOptions) async throws -> ImageClassifier {
        let found = try Device.find(device)
        let classifier = try await ImageClassifier.open(model, device: found, inference: inference, messages: messages)
        guard device == nil || classifier.deviceDescription == found.description else {
            throw ApusError(
                .engineUnsupported, path: model,
                "it runs only on the device \(classifier.deviceDescription), not on \(found)",
                advice: "omit --device")
        }
        return classifier
    }

    /// Compiles the network, reports the engine, and configures the process for it.
    @discardableResult func prepare(
        _ classifier: ImageClassifier, forImages count: Int, messages: MessageOptions
    ) async throws -> EngineReport {
        let report = try await classifier.prepare(forImages: count, batchSize: batchSize)
        messages.report(report)
        report.tuneProcess(forImages: count)
        return report
    }
}

extension ImageClassifier {
    /// Opens a model and shows a progress bar while its weights are downloaded.
    static func open(
        _ model: String, device: Device, inference: InferenceOptions = .init(), messages: MessageOptions
    ) async throws -> ImageClassifier {
        let download = ProgressBar.download(of: "weights of \(model)", isQuiet: messages.quiet)
        defer { download.clear() }
        return try await open(model, device: device, inference: inference) { events in
            for await case .downloading(let progress) in events { download.update(progress) }
        }
    }
}

extension EngineReport {
    /// Configures the process for LibTorch if that is the engine. OpenVINO manages its own memory and threads.
    func tuneProcess(forImages count: Int) {
        guard engine == .libtorch else { return }
        LibTorch.keepFreedMemory()
        if count > 4 { LibTorch.shareCores() }
    }
}

extension MessageOptions {
    /// Reports the engine, and a note if it is not the requested one.
    func report(_ report: EngineReport) {
        report.details.forEach(detail)
        detail("engine: \(report.summary)")
        report.notes.forEach(note)
    }
}
