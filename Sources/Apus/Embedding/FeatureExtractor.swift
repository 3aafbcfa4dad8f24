public import Classifier
internal import Images
internal import Inference
public import Torch
internal import TorchNN
internal import TorchVision

/// Computes the features of images: the input of the head of a classifier's network, `[N, D]`.
///
/// Spatial features `[N, D, H, W]`, as before a head that begins with a convolution, are averaged over height and
/// width.
@TensorActor
public final class FeatureExtractor {
    /// The inference engine.
    public nonisolated let report: EngineReport
    /// The number of features of an image, D.
    public nonisolated let dimension: Int
    /// The names of the model's classes for people, by class; empty without display names.
    public nonisolated let displayNames: [String: String]

    private let classifier: ImageClassifier
    private let engine: any InferenceEngine
    private let options: ImagePassOptions
    /// The shape of one image's features before they are averaged.
    private let shape: [Int]

    /// Creates an extractor. The number of images determines the choice of the engine.
    ///
    /// - Throws: the errors of `ImageClassifier.prepare`, and `ApusError` for an ONNX file, which provides no features.
    public init(
        _ classifier: ImageClassifier, forImages count: Int, options: ImagePassOptions = .init()
    ) async throws {
        (engine, report) = try classifier.makeFeatureEngine(forImages: count, batchSize: options.batchSize)
        let network = try classifier.network
        let device = network.parameters.first?.device ?? .cpu
        let side = classifier.description.preprocessing.cropSize
        shape = try withInferenceMode {
            try Array(network.extractFeatures(Tensor.zeros([1, 3, side, side], device: device)).shape.dropFirst())
        }
        dimension = shape.first ?? 1
        let names = zip(classifier.classes, classifier.description.allDisplayNames ?? [])
        displayNames = Dictionary(names, uniquingKeysWith: { first, _ in first })
        (self.classifier, self.options) = (classifier, options)
    }

    func pass(over images: any ImageDataset) -> ImagePass { classifier.pass(over: images, through: engine, options) }

    /// A pass of images that are already read.
    func pass(through batches: [ImageBatch]) -> ImagePass { ImagePass(batches, through: engine) }

    /// A loader of images, prepared for the network, in small batches.
    nonisolated func loader(of images: any ImageDataset) -> DataLoader {
        let preprocessing = classifier.description.preprocessing
        var reading = preprocessing.readingOptions
        reading.decoding = options.decoding
        return DataLoader(
            images, transforms: preprocessing.evaluationTransforms(.center)[0], height: preprocessing.cropSize,
            width: preprocessing.cropSize, batchSize: options.batchSize ?? 16, workers: options.workers,
            reading: reading)
    }

    /// Returns the features of an image.
    ///
    /// - Throws: `ApusError` if the file is not a readable image.
    public func features(of path: String) async throws -> [Float] {
        let image = SingleImage(path: path)
        let pass = pass(over: image)
        guard let (_, outputs) = try pass.next() else { throw image.unreadable(pass.failures.first) }
        return try pooled(outputs, count: 1)
    }

    /// Returns the features of a batch, `[N, D]`, from the outputs of the engine.
    func pooled(_ outputs: [Float], count: Int) throws -> [Float] {
        guard shape.count > 1 else { return outputs }
        return try Tensor(outputs, shape: [count] + shape).mean(dims: Array(2...shape.count)).array()
    }
}
