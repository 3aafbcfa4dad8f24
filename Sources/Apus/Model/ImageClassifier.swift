public import Inference
public import Torch
internal import TorchGraph
internal import TorchNN
public import TorchVision

/// A network with its classes and its preprocessing: what is trained, evaluated, saved, and asked about pictures.
///
/// ```swift
/// let classifier = try await ImageClassifier(contentsOf: "flowers.safetensors")
/// let prediction = try await classifier.predict("rose.jpg")
/// print(prediction.label, prediction.probability)
/// ```
@TensorActor
public final class ImageClassifier {
    /// Architecture, classes, preprocessing, and where the weights came from.
    public nonisolated let description: ModelDescription
    /// Where it computes: `cpu`, `cuda:0`.
    public nonisolated let deviceDescription: String
    /// Other names for classes, by which datasets may call them: ImageNet's WordNet identifiers.
    nonisolated let aliases: [String: Int]

    /// The network, which is loaded when it is first needed: not where a compiled one is at hand.
    private let source: NetworkSource
    private let factory: EngineFactory
    /// The engines made so far, by what they were made for.
    private var engines: [EngineFactory.Work: (engine: any InferenceEngine, report: EngineReport)] = [:]

    init(_ description: ModelDescription, _ source: NetworkSource, _ options: InferenceOptions, device: Device) {
        self.description = description
        self.source = source
        deviceDescription = device.description
        let side = description.preprocessing.cropSize
        factory = EngineFactory(
            options: options, device: device, preprocessing: description.preprocessing,
            valuesPerPicture: (try? description.network?.largestValueCount(classes: description.classes.count))
                ?? 64 * side * side)
        aliases =
            description.classes == ImageNetClasses.names
            ? Dictionary(uniqueKeysWithValues: ImageNetClasses.wordNetIDs.enumerated().map { ($1, $0) }) : [:]
    }

    /// A classifier whose network is at hand.
    convenience init(
        _ description: ModelDescription, _ network: any ImageNetwork, device: Device,
        inference: InferenceOptions = .init()
    ) {
        self.init(description, NetworkSource(device: device) { network }, inference, device: device)
    }

    /// Opens a classifier that `save(to:)` or a training run has written, or an ONNX file that begins at pixels.
    ///
    /// - Parameters:
    ///   - network: for a network of your own program, the one that was trained; nil for any other.
    ///   - device: where it computes; by default CUDA where there is a device, else the CPU.
    ///   - inference: what computes there, and with which numbers.
    /// - Throws: `CheckpointError` or `ApusError` for a file that is damaged, cut, or no classifier.
    public convenience init(
        contentsOf path: String, network: Architecture? = nil, device: Device = .best,
        inference: InferenceOptions = .init()
    ) async throws {
        if path.hasSuffix(".onnx") {
            let file = try ONNXFile(contentsOf: path)
            let described = try ONNXDescription(of: file, path: path)
            let isKnown: Bool
            do throws(ONNXError) {
                isKnown = try file.check(path: path)
            } catch {
                throw ApusError("\(path): the network in it is damaged: \(error); take another copy of the file")
            }
            let source = NetworkSource(
                onnxFile: path, dataFiles: file.externalFiles(path: path), precision: described.precision,
                isKnown: isKnown)
            self.init(described.model, source, inference, device: .cpu)
            return
        }
        let description = try ModelFile.readDescription(path)
        let architecture = try ModelFile.architecture(of: description, path: path, own: network)
        let source = NetworkSource(path: path, isOwn: network != nil, device: device) {
            try ModelFile.readNetwork(path, as: description, architecture)
        }
        self.init(description, source, inference, device: device)
    }

    /// A network with published weights: ImageNet's 1,000 classes.
    ///
    /// - Parameters:
    ///   - reference: the network and which of its weights.
    ///   - store: where weights are kept, PyTorch's own cache by default.
    ///   - device: where it computes; by default CUDA where there is a device, else the CPU.
    ///   - inference: what computes there, and with which numbers.
    ///   - progress: told of a download, from another thread: bytes received, and in all where that is known.
    /// - Throws: `WeightsError` where the file is not to be had, `ApusError` for a network without published weights.
    public convenience init(
        pretrained reference: ModelReference, store: WeightsStore = .standard, device: Device = .best,
        inference: InferenceOptions = .init(), progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws {
        guard let weights = reference.weights else {
            throw ApusError("no weights are published for \(reference.architecture.name); train it first")
        }
        guard weights.accuracy != nil else {
            throw ApusError("the weights \(reference) have no usable classifier; they serve as a start for training")
        }
        let path = try store.fetch(weights.file, progress: progress)
        let description = ModelDescription(
            architecture: reference.architecture.name,
            options: reference.architecture.pretrainedOptions(classes: ImageNetClasses.count),
            classes: ImageNetClasses.names, preprocessing: weights.preprocessing)
        let source = NetworkSource(path: path, variant: "\(reference)", device: device) {
            let network = try reference.architecture.makeNetwork(description.options)
            try network.loadWeights(Checkpoint.read(path).entries)
            return network
        }
        self.init(description, source, inference, device: device)
    }

    /// Opens what a person names: a file of ours, or a network with published weights (`resnet18`).
    ///
    /// - Throws: as the other initialisers; `ApusError` where the name is neither.
    public static func open(
        _ name: String, store: WeightsStore = .standard, device: Device = .best, inference: InferenceOptions = .init(),
        progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> ImageClassifier {
        if let reference = try? ModelReference(name) {
            guard !reference.architecture.isOwn else {
                throw ApusError(
                    "\(name): it describes a network, which has no weights before it is trained; train it with "
                        + "'apus train DATA --model \(name)', and give the file that comes of it")
            }
            return try await ImageClassifier(
                pretrained: reference, store: store, device: device, inference: inference, progress: progress)
        }
        // What looks like a name and is no file is more likely a name mistyped.
        if !name.contains("/"), !name.contains("."), !fileExists(name) {
            _ = try ModelReference(name)
        }
        return try await ImageClassifier(contentsOf: name, device: device, inference: inference)
    }

    /// The same network with another calibration; nil takes the softmax of the logits as it is.
    public func with(_ calibration: ModelCalibration?) -> ImageClassifier {
        var description = description
        description.calibration = calibration
        return ImageClassifier(description, source, factory.options, device: factory.device)
    }

    /// Saves the classifier as one safetensors file, whole or not at all.
    ///
    /// - Throws: `CheckpointError` where the disk refuses; an older file is then as it was.
    public func save(to path: String) async throws { try ModelFile.write(description, network, to: path) }

    /// The names of the classes, in the order of the outputs.
    public nonisolated var classes: [String] { description.classes }

    /// The network, in evaluation mode on its device.
    var network: any ImageNetwork {
        get throws { try source.network() }
    }

    /// Makes ready for a work, so that what can go wrong does so before it begins: reads the network, and compiles it
    /// where the engine does.
    ///
    /// - Parameters:
    ///   - count: how many pictures the work has, as far as is known: one or a few are answered soonest if all cores
    ///     compute each; many are done soonest if each core computes its own.
    ///   - batchSize: how many pictures of many pass at once; nil leaves it to the engine.
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
    func engine(
        forPictures count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        try engine(for: count <= 4 ? .few : .many(batchSize: batchSize))
    }

    /// The engine with these shares of the machine, for programs that prepare pictures themselves: from 8-bit pixels
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
    func makeFeatureEngine(
        forPictures count: Int, batchSize: Int?
    ) throws -> (engine: any InferenceEngine, report: EngineReport) {
        if let file = source.onnxFile {
            throw ApusError("\(file.path): an ONNX file gives no features; use the file that it was made of")
        }
        return try factory.makeEngine(.features, for: count <= 4 ? .few : .many(batchSize: batchSize), source: source)
    }

    /// Reads pictures as they are prepared for this network.
    nonisolated func loader(
        _ dataset: any ImageDataset, batchSize: Int, workers: Int, decoding: ImageReadingOptions.Decoding,
        transforms: [any ImageTransform]? = nil, maximumUnreadable: UnreadableLimit? = nil
    ) -> DataLoader {
        let preprocessing = description.preprocessing
        var reading = preprocessing.readingOptions
        reading.decoding = decoding
        return DataLoader(
            dataset, transforms: transforms ?? preprocessing.evaluationTransforms, height: preprocessing.cropSize,
            width: preprocessing.cropSize, batchSize: batchSize, workers: workers,
            reading: reading, maximumUnreadable: maximumUnreadable)
    }

    /// The loaders of the pictures' views, the first of which tells what can't be read.
    nonisolated func loaders(
        _ dataset: any ImageDataset, crops: TestCrops, batchSize: Int, workers: Int,
        decoding: ImageReadingOptions.Decoding, maximumUnreadable: UnreadableLimit? = nil
    ) -> [DataLoader] {
        let views = description.preprocessing.evaluationTransforms(crops)
        let workers = workers == 0 ? 0 : max(1, workers / views.count)
        return views.map {
            loader(
                dataset, batchSize: batchSize, workers: workers, decoding: decoding, transforms: $0,
                maximumUnreadable: maximumUnreadable)
        }
    }
}
