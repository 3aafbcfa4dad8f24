internal import Classifier
internal import Images
internal import Inference
internal import Torch
internal import TorchVision

/// Measures models on the same images, one after the other.
@TensorActor
struct QuantizationMeasurement {
    /// The predictions and the metrics of a model.
    struct Outcome {
        let metrics: QuantizationReport.Metrics
        /// The predicted class of each readable image.
        let predictions: [Int]

        /// Returns the fraction of images for which both models predict the same class.
        func agreement(with other: Outcome) -> Double {
            let same = zip(predictions, other.predictions).count { $0 == $1 }
            return Double(same) / Double(max(1, predictions.count))
        }
    }

    private let data: QuantizationData
    private let classifier: ImageClassifier
    private let events: EventChannel<QuantizationEvent>
    /// Some batches in memory, to measure the speed of the network without reading images.
    private var kept: [ImageBatch] = []

    init(_ data: QuantizationData, classifier: ImageClassifier, events: EventChannel<QuantizationEvent>) {
        (self.data, self.classifier, self.events) = (data, classifier, events)
    }

    /// Measures an ONNX model whose input is pixels.
    mutating func outcome(of onnx: [UInt8], _ precision: InferencePrecision) throws -> Outcome {
        let engine = try onnx.withUnsafeBytes {
            try OpenVINOEngine(onnx: $0, precision: precision, shares: .throughput())
        }
        let pass = classifier.pass(over: data.measured, through: engine, QuantizationData.passOptions)
        var (predictions, correct) = ([Int](), 0)
        while let (batch, logits) = try pass.next() {
            let classes = classifier.classes.count
            for (place, label) in batch.labels.enumerated() {
                let row = logits[place * classes..<(place + 1) * classes]
                let best = row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex } ?? 0
                predictions.append(best)
                if best == label { correct += 1 }
            }
            if kept.count < 4 { kept.append(batch) }
            events.send(.measuring(precision, done: predictions.count, total: data.measured.count))
            try events.checkCancellation()
        }
        guard !predictions.isEmpty else { throw ApusError.noReadableImages(data.measured.count) }
        return Outcome(
            metrics: .init(
                top1: data.input.isLabeled ? Double(correct) / Double(predictions.count) : nil,
                imagesPerSecond: try rate(of: engine), fileSize: onnx.count),
            predictions: predictions)
    }

    /// Returns the images per second: the median of several rounds over the batches in memory.
    private func rate(of engine: OpenVINOEngine) throws -> Double {
        let clock = ContinuousClock()
        let images = kept.reduce(0) { $0 + $1.count }
        var rates: [Double] = []
        let began = clock.now
        repeat {
            let pass = ImagePass(kept, through: engine)
            let took = try clock.measure {
                while try pass.next() != nil {}
            }
            rates.append(Double(images) / (took / .seconds(1)))
        } while clock.now - began < .seconds(2) || rates.count < 3
        return rates.sorted()[rates.count / 2]
    }
}

/// The progress of `exportInt8`.
public enum QuantizationEvent: Sendable {
    /// Calibrating: the number of finished images.
    case calibrating(done: Int, total: Int)
    /// Measuring a model in a precision: the number of finished images.
    case measuring(InferencePrecision, done: Int, total: Int)
}

/// The measured accuracy and speed of a quantized model, compared with float32.
public struct QuantizationReport: Sendable, Codable {
    /// The metrics of a model.
    public struct Metrics: Sendable, Codable {
        /// The top-1 accuracy, 0 to 1; nil without labels.
        public let top1: Double?
        /// The throughput of the network in images per second, without reading images.
        public let imagesPerSecond: Double
        /// The size of the ONNX file in bytes.
        public let fileSize: Int
    }

    /// The metrics in float32.
    public let float32: Metrics
    /// The metrics in 8-bit integers.
    public let int8: Metrics
    /// The fraction of images for which both predict the same class, 0 to 1.
    public let agreement: Double
    /// The number of images for calibration.
    public let calibrationImages: Int
    /// The number of images for the metrics.
    public let measuredImages: Int
    /// A description of the images for calibration.
    public let calibratedOn: String
    /// A description of the images for the metrics.
    public let measuredOn: String
    /// The number of unreadable images.
    public let unreadable: Int

    /// The speed of the 8-bit model relative to float32.
    public var speedUp: Double { int8.imagesPerSecond / float32.imagesPerSecond }
}
