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
    /// What computes.
    public nonisolated let report: EngineReport
    /// How many features a picture has: D.
    public nonisolated let dimension: Int

    private let classifier: ImageClassifier
    private let engine: any InferenceEngine
    private let options: ImagePassOptions
    /// The shape of one picture's features before they are averaged.
    private let shape: [Int]

    /// Makes ready for so many pictures.
    ///
    /// - Throws: as `ImageClassifier.prepare` does; `ApusError` for an ONNX file, which gives no features.
    public init(
        _ classifier: ImageClassifier, forPictures count: Int, options: ImagePassOptions = .init()
    ) async throws {
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

    func pass(over images: any ImageDataset) -> ImagePass { classifier.pass(over: images, through: engine, options) }

    /// The features of one picture.
    ///
    /// - Throws: `ApusError` for a file that is no picture.
    public func features(of path: String) async throws -> [Float] {
        let image = SingleImage(path: path)
        let pass = pass(over: image)
        guard let (_, outputs) = try pass.next() else { throw image.unreadable(pass.failures.first) }
        return try pooled(outputs, count: 1)
    }

    /// The features of a batch, `[N, D]`, of the engine's outputs.
    func pooled(_ outputs: [Float], count: Int) throws -> [Float] {
        guard shape.count > 1 else { return outputs }
        return try Tensor(outputs, shape: [count] + shape).mean(dims: Array(2...shape.count)).array()
    }
}
