internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchNN

/// What limits a training, and what to change.
@TensorActor
struct BenchVerdict {
    private let setup: TrainingSetup
    private let strategy: TrainingStrategy
    private let decoding: DecodingSpeed
    private let inference: InferenceSpeed
    private let training: TrainingSpeed
    /// Whether an engine computes the frozen layers of a step.
    private let hasFrozenEngine: Bool
    /// The time of this engine for an image, in seconds.
    let frozenTime: Double
    /// The images in a second that computing alone reaches.
    private let compute: Double
    /// What limits the training.
    let limit: BenchResult.Limit

    init(
        _ setup: TrainingSetup, strategy: TrainingStrategy, decoding: DecodingSpeed, inference: InferenceSpeed,
        steps: StepSpeed, training: TrainingSpeed, hasFrozenEngine: Bool
    ) {
        (self.setup, self.strategy, self.hasFrozenEngine) = (setup, strategy, hasFrozenEngine)
        (self.decoding, self.inference, self.training) = (decoding, inference, training)
        frozenTime = hasFrozenEngine ? 1 / inference.rate.imagesPerSecond : 0
        compute = 1 / (1 / steps.rate.imagesPerSecond + frozenTime)
        limit = Self.limit(
            training: training.rate.imagesPerSecond, compute: compute, busyFraction: decoding.busyFraction)
    }

    /// Returns what limits a training that reaches `training` images in a second, while computing alone reaches
    /// `compute`, and the threads that read images compute for a fraction of their time.
    nonisolated static func limit(training: Double, compute: Double, busyFraction: Double) -> BenchResult.Limit {
        if training >= 0.85 * compute { return .compute }
        return busyFraction < 0.5 ? .reading : .decoding
    }

    /// Whether faster decoding of JPEG files may help.
    var mayDecodeFast: Bool { limit == .decoding && setup.configuration.data.decoding == .exact }

    /// Returns the limit in words, with the values that show it, and what to change.
    func findings(reading: ReadingSpeed?, fastDecoding: DecodingSpeed?, plan: ScalingPlan?) -> [String] {
        let advice =
            switch limit {
            case .compute: computing
            case .decoding: decodingAdvice(reading, fastDecoding)
            case .reading: readingAdvice(reading)
            }
        return ([sentence] + advice + [plan.flatMap(scaling)]).compactMap(\.self)
    }

    private var sentence: String {
        let reached =
            "training reaches \(training.rate.imagesPerSecond.speedText) images/s, "
            + "\((training.rate.imagesPerSecond / compute).percent) of the \(compute.speedText) images/s of computing "
            + "alone"
        let alone =
            "the threads that read images reach \(decoding.rate.imagesPerSecond.speedText) images/s alone and are busy "
            + "for \(decoding.busyFraction.percent) of the time"
        return switch limit {
        case .compute:
            "Computing is the limit: \(reached). Reading and decoding alone reach "
                + "\(decoding.rate.imagesPerSecond.speedText)."
        case .decoding: "Decoding is the limit: \(reached); \(alone)."
        case .reading: "Reading is the limit: \(reached); \(alone)."
        }
    }

    // MARK: What to change

    private var computing: [String] {
        var advice: [String] = []
        if setup.precision == .float32, TrainingPrecision.auto.resolved(on: setup.device) == .bfloat16 {
            advice.append("Try `compute.precision = .bfloat16`, which this processor supports.")
        }
        if hasFrozenEngine, setup.configuration.data.trainingTransforms == nil {
            advice.append(Self.caching)
        } else if setup.prepared.startedFrom != nil, strategy != .frozen,
            inference.rate.imagesPerSecond > 1.2 * compute
        {
            advice.append(
                "With `network.strategy = .frozen`, training reaches at most the "
                    + "\(inference.rate.imagesPerSecond.speedText) images/s of prediction.")
        }
        if setup.device.kind == .cpu { advice.append("Try a smaller network, a GPU, or more processes.") }
        return advice
    }

    private func decodingAdvice(_ reading: ReadingSpeed?, _ fast: DecodingSpeed?) -> [String] {
        var advice: [String] = []
        let rate = decoding.rate.imagesPerSecond
        if let fast, fast.rate.imagesPerSecond > 1.1 * rate {
            advice.append(
                "`data.decoding = .fast` decodes \(fast.rate.imagesPerSecond.speedText) images/s in place of "
                    + "\(rate.speedText).")
        }
        if decoding.workers < DataLoader.processorCount {
            advice.append("Use more threads: `compute.workers = \(DataLoader.processorCount)`.")
        }
        if let bytes = reading?.bytesPerImage, bytes > 300_000 {
            let side = setup.prepared.preprocessing.cropSize
            advice.append(
                "Train with smaller copies of the images: a file has \((bytes / 1e6).fixed(1)) MB, and the network "
                    + "sees \(side) x \(side) pixels.")
        }
        if hasFrozenEngine { advice.append(Self.caching) }
        return advice
    }

    private func readingAdvice(_ reading: ReadingSpeed?) -> [String] {
        guard let reading else { return [] }
        let bytes = reading.bytesPerImage * Double(setup.data.training.count)
        let fits = bytes < 0.7 * Double(SystemMemory.size)
        return [
            "Files are read at \(reading.bytesPerSecond.bytesRate); "
                + (fits
                    ? "the \((bytes / 1e9).fixed(1)) GB of the training images fit into the memory, so later epochs "
                        + "may be faster."
                    : "the \((bytes / 1e9).fixed(1)) GB of the training images do not fit into the memory, so each "
                        + "epoch reads them again."),
            "Use more threads, which wait at the same time (`compute.workers = \(max(8, decoding.workers * 4))`), a "
                + "local disk, or an archive in place of many small files.",
        ]
    }

    private static let caching =
        "`compute.cachesFeatures = true` computes the features of each image once, without augmentation, so that later "
        + "epochs read none."

    private func scaling(_ plan: ScalingPlan) -> String? {
        guard let last = plan.rows.last, last.processes > 1 else { return nil }
        let start = "With \(last.processes) processes and a batch of the same size, "
        guard last.efficiency < 0.8 else {
            return start + "the efficiency is \(last.efficiency.percent)."
        }
        let waiting = last.waitingSeconds / last.stepSeconds
        let reason =
            waiting > 0.2
            ? "communication is the limit: a step waits for the network for \(waiting.percent) of its time"
            : "the efficiency is \(last.efficiency.percent), because \(last.imagesPerProcess) images are a small batch"
        let compressed = last.stepSeconds / last.bfloat16StepSeconds
        return start + reason + ". "
            + (waiting > 0.2 && compressed > 1.1
                ? "`compute.gradientCompression = .bfloat16` makes it \(compressed.fixed(1)) times as fast. " : "")
            + "With a batch \(last.processes) times as large, the efficiency is "
            + "\(last.growingBatch.efficiency.percent)."
    }
}

extension Double {
    /// For images in a second: three digits below 100, then whole numbers: `0.52`, `21.3`, `1,250`.
    package var speedText: String {
        self < 1 ? fixed(2) : self < 100 ? fixed(1) : Int(exactly: rounded())?.grouped ?? "\(self)"
    }

    /// For bytes in a second: `8.2 MB/s`, `1.3 GB/s`.
    package var bytesRate: String { self < 1e9 ? "\((self / 1e6).fixed(1)) MB/s" : "\((self / 1e9).fixed(1)) GB/s" }
}
