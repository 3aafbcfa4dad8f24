public import Classifier
public import Images
internal import Inference
public import Torch
internal import TorchNN
package import TorchVision

/// Computes what a classifier's network makes of pictures before its head: `[N, D]`, a row a picture.
///
/// Features that still have places, `[N, D, H, W]`, as before a head that begins with a convolution, are averaged over
/// them.
@TensorActor
public final class FeatureExtractor {
    /// How many pictures pass at once, how many threads read them, and how closely they are decoded.
    public struct Options: Sendable {
        /// How many pictures pass the network at once; nil leaves it to the engine.
        public var batchSize: Int?
        /// How many threads decode.
        public var workers = DataLoader.processorCount
        /// How closely pictures are decoded.
        public var decoding = ImageReadingOptions.Decoding.exact
        /// How many pictures may be unreadable before the work ends; nil for any number.
        public var maximumUnreadable: UnreadableLimit?

        /// The defaults.
        public init() {}
    }

    /// What computes.
    public nonisolated let report: EngineReport
    /// How many features a picture has: D.
    public nonisolated let dimension: Int

    private let classifier: ImageClassifier
    private let engine: any InferenceEngine
    private let options: Options
    /// The shape of one picture's features before they are averaged.
    private let shape: [Int]

    /// Makes ready for so many pictures.
    ///
    /// - Throws: as `ImageClassifier.prepare` does; `ApusError` for an ONNX file, which gives no features.
    public init(_ classifier: ImageClassifier, forPictures count: Int, options: Options = .init()) async throws {
        (engine, report) = try classifier.makeFeatureEngine(forPictures: count, batchSize: options.batchSize)
        let network = try classifier.network
        let device = network.parameters.first?.device ?? .cpu
        let side = classifier.description.preprocessing.cropSize
        shape = try withInferenceMode {
            try Array(network.extractFeatures(Tensor.zeros([1, 3, side, side], device: device)).shape.dropFirst())
        }
        dimension = shape.first ?? 1
        (self.classifier, self.options) = (classifier, options)
    }

    /// Computes the features of pictures in their order; memory stays bounded however many there are.
    ///
    /// - Parameters:
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    ///   - body: called for each picture that can be, with its place and its `dimension` features; what it throws ends
    ///     the work.
    public func extract(
        _ pictures: any ImageDataset, onFailure: (SampleFailure) -> Void = { _ in },
        _ body: (_ index: Int, _ features: ArraySlice<Float>) throws -> Void
    ) throws {
        let batches = classifier.loader(
            pictures, batchSize: engine.batchSize, workers: options.workers, decoding: options.decoding,
            maximumUnreadable: options.maximumUnreadable
        ).batches()
        var told = 0
        try engine.pass(batches) { batch, outputs in
            batches.failures[told...].forEach(onFailure)
            told = batches.failures.count
            let features = try pooled(outputs, count: batch.count)
            for (row, index) in batch.indices.enumerated() {
                try body(index, features[row * dimension..<(row + 1) * dimension])
            }
        }
        batches.failures[told...].forEach(onFailure)
    }

    /// The features of one picture.
    ///
    /// - Throws: `ApusError` for a file that is no picture.
    public func features(of path: String) async throws -> [Float] {
        var (found, failure): ([Float]?, SampleFailure?)
        try extract(PictureList(paths: [path]), onFailure: { failure = $0 }) { found = Array($1) }
        guard let found else { throw ApusError(failure?.description ?? "\(path): holds no picture") }
        return found
    }

    private func pooled(_ outputs: [Float], count: Int) throws -> [Float] {
        guard shape.count > 1 else { return outputs }
        return try Tensor(outputs, shape: [count] + shape).mean(dims: Array(2...shape.count)).array()
    }
}
