// Programs that import `Classifier` meet values of the targets below it: images, and how engines work.
@_exported public import Images
@_exported public import Inference
public import Platform

/// A network with its classes and its preprocessing: what is trained, evaluated, saved, and asked about images.
///
/// ```swift
/// let classifier = try await ImageClassifier(contentsOf: "flowers.safetensors")
/// let prediction = try await classifier.predict("rose.jpg")
/// print(prediction.label, prediction.probability)
/// ```
@ComputeActor
public final class ImageClassifier {
    /// Architecture, classes, preprocessing, and where the weights came from.
    public nonisolated let description: ModelDescription
    /// Where it computes: `cpu`, `cuda:0`.
    public nonisolated let deviceDescription: String
    /// Other names for classes, by which datasets may call them: ImageNet's WordNet identifiers.
    package nonisolated let aliases: [String: Int]

    /// The network, which is loaded when it is first needed: not where a compiled one is at hand.
    package let source: any EngineSource
    private let factory: EngineFactory
    /// The engines made so far, by what they were made for.
    private var engines: [EngineFactory.Work: (engine: any InferenceEngine, report: EngineReport)] = [:]

    package init(_ description: ModelDescription, _ source: any EngineSource, _ options: InferenceOptions) {
        self.description = description
        self.source = source
        deviceDescription = source.device
        let side = description.preprocessing.cropSize
        factory = EngineFactory(
            options: options, preprocessing: description.preprocessing,
            valuesPerPicture: (try? description.network?.largestValueCount(classes: description.classes.count))
                ?? 64 * side * side)
        aliases =
            description.classes == ImageNetClasses.names
            ? Dictionary(uniqueKeysWithValues: ImageNetClasses.wordNetIDs.enumerated().map { ($1, $0) }) : [:]
    }

    /// The same network with another calibration; nil takes the softmax of the logits as it is.
    public func with(_ calibration: ModelCalibration?) -> ImageClassifier {
        var description = description
        description.calibration = calibration
        return ImageClassifier(description, source, factory.options)
    }

    /// The names of the classes, in the order of the outputs.
    public nonisolated var classes: [String] { description.classes }

    /// Makes ready for a work, so that what can go wrong does so before it begins: reads the network, and compiles it
    /// where the engine does.
    ///
    /// - Parameters:
    ///   - count: how many images the work has, as far as is known: one or a few are answered soonest if all cores
    ///     compute each; many are done soonest if each core computes its own.
    ///   - batchSize: how many images of many pass at once; nil leaves it to the engine.
    /// - Throws: `CheckpointError` or `ApusError` for weights that do not fit, `InferenceError` where the engine refuses.
    @discardableResult
    public func prepare(
        forPictures count: Int, batchSize: Int? = nil
    ) async throws -> EngineReport {
        try engine(forPictures: count, batchSize: batchSize).report
    }

    /// The size of the ONNX file that holds the network, with its weights; 0 where there is none.
    var onnxByteCount: Int { source.onnxFile?.byteCount ?? 0 }

    /// The engine for a work.
    package func engine(
        forPictures count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        try engine(for: count <= 4 ? .few : .many(batchSize: batchSize))
    }

    /// The engine with these shares of the machine, for programs that prepare images themselves: from 8-bit pixels
    /// `[N, side, side, 3]`, resized and cropped as `description.preprocessing` has it, to logits `[N, classes]`.
    ///
    /// - Throws: as `prepare` does.
    public func makeEngine(_ shares: InferenceShares) throws -> any InferenceEngine {
        try engine(for: .shares(shares)).engine
    }

    private func engine(
        for work: EngineFactory.Work
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        if let made = engines[work] { return made }
        let made = try factory.makeEngine(.logits, for: work, source: source)
        engines[work] = made
        return made
    }

    /// An engine from 8-bit pixels to the features before the head.
    ///
    /// - Throws: as `prepare` does; `ApusError` for an ONNX file, in which features have no name.
    package func makeFeatureEngine(
        forPictures count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        if let file = source.onnxFile {
            throw ApusError.unsupportedForONNX(file.path, "an ONNX file gives no features")
        }
        return try factory.makeEngine(.features, for: count <= 4 ? .few : .many(batchSize: batchSize), source: source)
    }

    /// A pass of images, prepared as this network takes them, through an engine; without one, batches of 16 unless the
    /// options say otherwise, of the center crop.
    package func pass(
        over images: any ImageDataset, through engine: (any InferenceEngine)?, _ options: ImagePassOptions = .init()
    ) -> ImagePass {
        let preprocessing = description.preprocessing
        var reading = preprocessing.readingOptions
        reading.decoding = options.decoding
        let views = preprocessing.evaluationTransforms(engine == nil ? .center : options.crops)
        let batches = views.map { transforms in
            DataLoader(
                images, transforms: transforms, height: preprocessing.cropSize, width: preprocessing.cropSize,
                batchSize: options.batchSize ?? engine?.batchSize ?? 16,
                workers: options.workers == 0 ? 0 : max(1, options.workers / views.count), reading: reading,
                maximumUnreadable: options.maximumUnreadable
            ).batches()
        }
        return ImagePass(batches, of: images.count, through: engine)
    }
}
