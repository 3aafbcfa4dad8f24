internal import Classifier
internal import Images
internal import Inference
internal import Torch
internal import TorchVision

/// Measures models on the same pictures, one after the other.
@TensorActor
struct QuantizationMeasurement {
    /// What a model said, and how quickly.
    struct Outcome {
        let figures: QuantizationReport.Figures
        /// The class of each picture that could be read.
        let answers: [Int]

        /// The share of pictures for which both gave the same class.
        func agreement(with other: Outcome) -> Double {
            let same = zip(answers, other.answers).count { $0 == $1 }
            return Double(same) / Double(max(1, answers.count))
        }
    }

    private let data: QuantizationData
    private let classifier: ImageClassifier
    private let events: EventChannel<QuantizationEvent>
    /// Some batches kept in memory, so that the speed is the network's alone.
    private var kept: [ImageBatch] = []

    init(_ data: QuantizationData, classifier: ImageClassifier, events: EventChannel<QuantizationEvent>) {
        (self.data, self.classifier, self.events) = (data, classifier, events)
    }

    /// Measures an ONNX model from pixels.
    mutating func figures(of onnx: [UInt8], _ precision: InferencePrecision) throws -> Outcome {
        let engine = try onnx.withUnsafeBytes {
            try OpenVINOEngine(onnx: $0, precision: precision, shares: .throughput())
        }
        let pass = classifier.pass(over: data.measured, through: engine, QuantizationData.passOptions)
        var (answers, correct) = ([Int](), 0)
        while let (batch, logits) = try pass.next() {
            let classes = classifier.classes.count
            for (place, label) in batch.labels.enumerated() {
                let row = logits[place * classes..<(place + 1) * classes]
                let best = row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex } ?? 0
                answers.append(best)
                if best == label { correct += 1 }
            }
            if kept.count < 4 { kept.append(batch) }
            events.send(.measuring(precision, done: answers.count, total: data.measured.count))
            try events.checkCancellation()
        }
        guard !answers.isEmpty else { throw ApusError.noReadableImages(data.measured.count) }
        return Outcome(
            figures: .init(
                top1: data.input.isLabeled ? Double(correct) / Double(answers.count) : nil,
                picturesPerSecond: try rate(of: engine), fileSize: onnx.count),
            answers: answers)
    }

    /// The median of several rounds over the pictures kept, for a second or two.
    private func rate(of engine: OpenVINOEngine) throws -> Double {
        let clock = ContinuousClock()
        let pictures = kept.reduce(0) { $0 + $1.count }
        var rates: [Double] = []
        let began = clock.now
        repeat {
            let pass = ImagePass(kept, through: engine)
            let took = try clock.measure {
                while try pass.next() != nil {}
            }
            rates.append(Double(pictures) / (took / .seconds(1)))
        } while clock.now - began < .seconds(2) || rates.count < 3
        return rates.sorted()[rates.count / 2]
    }
}

/// What `exportInt8` reports while it goes on.
public enum QuantizationEvent: Sendable {
    /// Finds the ranges of values: how many images are done.
    case calibrating(done: Int, total: Int)
    /// Measures the network in a precision: how many images are done.
    case measuring(InferencePrecision, done: Int, total: Int)
}

/// What computing in 8-bit integers costs and gains, both measured.
public struct QuantizationReport: Sendable, Codable {
    /// One way of computing.
    public struct Figures: Sendable, Codable {
        /// The share of pictures whose class is recognised, 0 to 1; nil where the pictures have no labels.
        public let top1: Double?
        /// How many pictures pass the network in a second, without their reading.
        public let picturesPerSecond: Double
        /// The size of the ONNX file in bytes.
        public let fileSize: Int
    }

    /// The network as it was.
    public let float32: Figures
    /// The network in 8-bit integers.
    public let int8: Figures
    /// The share of pictures for which both give the same class, 0 to 1.
    public let agreement: Double
    /// How many pictures the ranges of values were found with.
    public let calibrationPictures: Int
    /// How many pictures the figures were measured on.
    public let measuredPictures: Int
    /// Which pictures of the data the ranges were found with, for people.
    public let calibratedOn: String
    /// Which pictures of the data the figures were measured on, for people.
    public let measuredOn: String
    /// How many pictures could not be read.
    public let unreadable: Int

    /// How many times as fast the 8-bit network is.
    public var speedUp: Double { int8.picturesPerSecond / float32.picturesPerSecond }
}
