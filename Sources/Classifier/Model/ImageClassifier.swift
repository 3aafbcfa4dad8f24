// Programs that import `Classifier` use values of the targets below it: images and engine options.
@_exported public import Images
@_exported public import Inference
public import Platform

/// An image classifier: a network with its classes and its preprocessing.
///
/// ```swift
/// let classifier = try await ImageClassifier(contentsOf: "flowers.safetensors")
/// let prediction = try await classifier.predict("rose.jpg")
/// print(prediction.label, prediction.probability)
/// ```
@ComputeActor
public final class ImageClassifier {
    /// The architecture, classes, preprocessing and training of the classifier.
    public nonisolated let description: ModelDescription
    /// The device: `cpu`, `cuda:0`.
    public nonisolated let deviceDescription: String
    /// Other names of classes in datasets: display names, and ImageNet's WordNet identifiers.
    package nonisolated let aliases: [String: Int]

    /// The network, which is loaded when it is first needed. It is not needed if a compiled one is available.
    package let source: any EngineSource
    private let factory: EngineFactory
    /// The engines so far, by the work that they were made for.
    private var engines: [EngineFactory.Work: (engine: any InferenceEngine, report: EngineReport)] = [:]

    package init(_ description: ModelDescription, _ source: any EngineSource, _ options: InferenceOptions) {
        self.description = description
        self.source = source
        deviceDescription = source.device
        let side = description.preprocessing.cropSize
        factory = EngineFactory(
            options: options, preprocessing: description.preprocessing,
            valuesPerImage: (try? description.network?.largestValueCount(classes: description.classes.count))
                ?? 64 * side * side)
        aliases = Self.aliases(of: description)
    }

    /// Returns the classifier with another calibration; nil for the uncalibrated softmax.
    public func with(_ calibration: ModelCalibration?) -> ImageClassifier {
        var description = description
        description.calibration = calibration
        return ImageClassifier(description, source, factory.options)
    }

    private nonisolated static func aliases(of description: ModelDescription) -> [String: Int] {
        var aliases: [String: Int] = [:]
        if let names = description.allDisplayNames {
            // A name that several classes have is no alias, and neither is the name of another class.
            let places = Dictionary(grouping: names.indices) { names[$0] }
            let classes = Set(description.classes)
            for (name, places) in places where places.count == 1 && !classes.contains(name) {
                aliases[name] = places[0]
            }
        }
        guard description.classes == ImageNetClasses.names else { return aliases }
        for (index, identifier) in ImageNetClasses.wordNetIDs.enumerated() { aliases[identifier] = index }
        return aliases
    }

    /// The names of the classes, in the order of the outputs.
    public nonisolated var classes: [String] { description.classes }

    /// Returns the name of a class for people: its display name, or the name of the class if there is none.
    ///
    /// - Parameter index: the index of the class, from 0.
    public nonisolated func displayName(of index: Int) -> String { description.displayName(of: index) }

    /// Loads the network and compiles it if necessary, so that errors occur before the work begins.
    ///
    /// - Parameters:
    ///   - count: the number of images, if known. For few images, all cores compute each image; for many, each core
    ///     computes its own.
    ///   - batchSize: the batch size; nil for the engine's choice.
    /// - Throws: `CheckpointError` or `ApusError` if the weights do not match, `InferenceError` if the engine fails.
    @discardableResult
    public func prepare(
        forImages count: Int, batchSize: Int? = nil
    ) async throws -> EngineReport {
        try engine(forImages: count, batchSize: batchSize).report
    }

    /// The size of the file with the network's graph and its weights; 0 if there is none.
    var onnxByteCount: Int { source.untrustedFile(for: .logits)?.byteCount ?? 0 }

    /// Returns the engine for a work.
    package func engine(
        forImages count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        try engine(for: count <= 4 ? .few : .many(batchSize: batchSize))
    }

    /// Creates an engine for programs that prepare images themselves: from 8-bit pixels `[N, side, side, 3]`, resized
    /// and cropped as in `description.preprocessing`, to logits `[N, classes]`.
    ///
    /// - Throws: the errors of `prepare`.
    public func makeEngine(_ shares: InferenceShares) throws -> any InferenceEngine {
        try engine(for: .shares(shares)).engine
    }

    func engine(
        for work: EngineFactory.Work
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        if let made = engines[work] { return made }
        let made = try factory.makeEngine(.logits, for: work, source: source)
        engines[work] = made
        return made
    }

    /// Creates an engine from 8-bit pixels to the features before the head.
    ///
    /// - Throws: the errors of `prepare`, and `ApusError` for an ONNX file, which provides no features.
    package func makeFeatureEngine(
        forImages count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        if let file = source.onnxFile {
            throw ApusError.unsupportedForONNX(file.path, "an ONNX file provides no features")
        }
        return try factory.makeEngine(.features, for: count <= 4 ? .few : .many(batchSize: batchSize), source: source)
    }

    /// Creates a pass of images, prepared for this network, through an engine. Without an engine, the pass has batches
    /// of the center crop, by default of 16 images.
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
