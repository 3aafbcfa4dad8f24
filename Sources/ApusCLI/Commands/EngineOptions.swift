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

/// How pictures are read and networks computed, for the commands that pass many pictures.
struct EngineOptions: ParsableArguments {
    @Option(help: "What computes: auto (OpenVINO on a CPU, LibTorch elsewhere), openvino, libtorch.")
    var engine = EngineChoice.auto

    @Option(
        help: """
            The numbers that it computes with: float32 (PyTorch's), bfloat16 (quicker where the processor has it), int8 \
            (with a model from 'apus export --int8'). By default float32, or int8 for a model that was quantised.
            """)
    var precision: InferencePrecision?

    @Flag(help: "Decode large JPEG files at a smaller size: much quicker, and pixels differ a little from Pillow's.")
    var fastDecode = false

    @Option(help: "Where to compute: cpu, cuda, cuda:1. By default CUDA where there is a device.")
    var device: String?

    @Option(help: "Pictures that pass the network at once. By default as the engine is quickest.")
    var batchSize: Int?

    @Option(help: "Threads that read pictures. By default as many as there are processors.")
    var workers: Int?

    @Option(
        help: """
            How many pictures may be unreadable before the work ends: a percentage of all (5%) or a number. By default \
            any number.
            """)
    var maxUnreadable: UnreadableLimit?

    var inference: InferenceOptions { InferenceOptions(engine: engine, precision: precision) }

    /// How images are read and passed through the network.
    func pass(_ crops: TestCrops = .center) -> ImagePassOptions {
        ImagePassOptions(
            batchSize: batchSize, workers: workers ?? DataLoader.processorCount,
            decoding: fastDecode ? .fast : .exact, crops: crops, maximumUnreadable: maxUnreadable)
    }

    func validate() throws {
        if let batchSize, batchSize < 1 { throw ValidationError("--batch-size is 1 or more, not \(batchSize).") }
        if let workers, workers < 0 { throw ValidationError("--workers is 0 or more, not \(workers).") }
        if let batchSize, batchSize > 65_536 {
            throw ValidationError("--batch-size is 65536 at most, not \(batchSize).")
        }
        if let workers, workers > 4096 { throw ValidationError("--workers is 4096 at most, not \(workers).") }
    }

    /// Opens a model to compute as these options say.
    func open(_ model: String, talk: TalkOptions) async throws -> ImageClassifier {
        let found = try Device.find(device)
        let classifier = try await ImageClassifier.open(model, device: found, inference: inference, talk: talk)
        guard device == nil || classifier.deviceDescription == found.description else {
            throw ApusError(
                .engineUnsupported, path: model,
                "it computes on the \(classifier.deviceDescription) alone, not on \(found)",
                advice: "leave --device out")
        }
        return classifier
    }

    /// Compiles the network, tells which engine computes, and sets the process up for it.
    @discardableResult func prepare(
        _ classifier: ImageClassifier, forPictures count: Int, talk: TalkOptions
    ) async throws -> EngineReport {
        let report = try await classifier.prepare(forPictures: count, batchSize: batchSize)
        talk.report(report)
        report.tuneProcess(forPictures: count)
        return report
    }
}

extension ImageClassifier {
    /// Opens a model, with a bar while its weights are fetched.
    static func open(
        _ model: String, device: Device, inference: InferenceOptions = .init(), talk: TalkOptions
    ) async throws -> ImageClassifier {
        let download = ProgressBar.download(of: "weights of \(model)", isQuiet: talk.quiet)
        defer { download.clear() }
        return try await open(model, device: device, inference: inference) { download.update($0, total: $1) }
    }
}

extension EngineReport {
    /// Sets the process up for LibTorch where that computes; OpenVINO looks after its own memory and threads.
    func tuneProcess(forPictures count: Int) {
        guard engine == .libtorch else { return }
        LibTorch.keepFreedMemory()
        if count > 4 { LibTorch.shareCores() }
    }
}

extension TalkOptions {
    /// Tells which engine computes, and where it is not the one that was asked for.
    func report(_ report: EngineReport) {
        report.details.forEach(detail)
        detail("engine: \(report.summary)")
        report.notes.forEach(note)
    }
}
