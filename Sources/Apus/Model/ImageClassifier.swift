public import Torch
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
    /// The network, in evaluation mode.
    let network: any ImageNetwork
    /// Turns pixels into the network's input.
    let normalizer: Normalizer
    /// Other names for classes, by which datasets may call them: ImageNet's WordNet identifiers.
    nonisolated let aliases: [String: Int]

    init(_ description: ModelDescription, _ network: any ImageNetwork, device: Device) throws {
        self.description = description
        self.network = network
        deviceDescription = device.description
        try network.to(device)
        try network.to(.channelsLast)
        network.eval()
        normalizer = try Normalizer(description.preprocessing, device: device)
        aliases =
            description.classes == ImageNetClasses.names
            ? Dictionary(uniqueKeysWithValues: ImageNetClasses.wordNetIDs.enumerated().map { ($1, $0) }) : [:]
    }

    /// Opens a classifier that `save(to:)` or a training run has written.
    ///
    /// - Parameter device: where it computes; by default CUDA where there is a device, else the CPU.
    /// - Throws: `CheckpointError` or `ApusError` for a file that is damaged, cut, or no classifier.
    public convenience init(contentsOf path: String, device: Device = .best) async throws {
        let (description, network) = try ModelFile.read(path)
        try self.init(description, network, device: device)
    }

    /// A network with published weights: ImageNet's 1,000 classes.
    ///
    /// - Parameters:
    ///   - reference: the network and which of its weights.
    ///   - store: where weights are kept, PyTorch's own cache by default.
    ///   - progress: told of a download, from another thread: bytes received, and in all where that is known.
    /// - Throws: `WeightsError` where the file is not to be had, `ApusError` for a network without published weights.
    public convenience init(
        pretrained reference: ModelReference, store: WeightsStore = .standard, device: Device = .best,
        progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws {
        guard let weights = reference.weights else {
            throw ApusError("no weights are published for \(reference.architecture.name); train it first")
        }
        guard weights.accuracy != nil else {
            throw ApusError("the weights \(reference) have no usable classifier; they serve as a start for training")
        }
        let network = try reference.architecture.makeNetwork(classes: ImageNetClasses.names.count)
        let path = try store.fetch(weights.file, progress: progress)
        try network.load(Checkpoint.read(path).entries)
        let description = ModelDescription(
            architecture: reference.architecture.name, classes: ImageNetClasses.names,
            preprocessing: weights.preprocessing)
        try self.init(description, network, device: device)
    }

    /// Opens what a person names: a file of ours, or a network with published weights (`resnet18`).
    ///
    /// - Throws: as the other initialisers; `ApusError` where the name is neither.
    public static func open(
        _ name: String, store: WeightsStore = .standard, device: Device = .best,
        progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> ImageClassifier {
        if let reference = try? ModelReference(name) {
            return try await ImageClassifier(pretrained: reference, store: store, device: device, progress: progress)
        }
        // What looks like a name and is no file is more likely a name mistyped.
        if !name.contains("/"), !name.contains("."), !fileExists(name) {
            _ = try ModelReference(name)
        }
        return try await ImageClassifier(contentsOf: name, device: device)
    }

    /// Saves the classifier as one safetensors file, whole or not at all.
    ///
    /// - Throws: `CheckpointError` where the disk refuses; an older file is then as it was.
    public func save(to path: String) async throws { try ModelFile.write(description, network, to: path) }

    /// Where it computes: `cpu`, `cuda:0`.
    public nonisolated let deviceDescription: String

    /// The names of the classes, in the order of the outputs.
    public nonisolated var classes: [String] { description.classes }

    /// Logits of a batch, `[N, classes]`, float32, on the CPU.
    func logits(_ batch: ImageBatch) throws -> Tensor {
        try withInferenceMode { try network(normalizer(batch)).to(.float32).to(.cpu) }
    }

    /// Reads pictures as they are prepared for this network.
    nonisolated func loader(_ dataset: any ImageDataset, batchSize: Int, workers: Int) -> DataLoader {
        let preprocessing = description.preprocessing
        return DataLoader(
            dataset, transforms: preprocessing.evaluationTransforms, height: preprocessing.cropSize,
            width: preprocessing.cropSize, batchSize: batchSize, workers: workers,
            reading: preprocessing.readingOptions)
    }
}

extension Device {
    /// The first CUDA device where there is one, else the CPU.
    public static var best: Device { cudaCount > 0 ? .cuda(0) : .cpu }
}
