public import Classifier
public import Inference
internal import Platform
public import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Creates a classifier from a network, such as one from a custom training loop.
    ///
    /// - Parameters:
    ///   - description: Its classes, its preprocessing and the name of its architecture.
    ///   - network: The network, in evaluation mode.
    ///   - device: The device of its parameters.
    ///   - inference: The engine and its precision.
    public convenience init(
        _ description: ModelDescription, _ network: any ImageNetwork, device: Device = .cpu,
        inference: InferenceOptions = .init()
    ) {
        self.init(description, NetworkSource(description.preprocessing, device: device) { network }, inference)
    }

    /// Opens a classifier from a file of `save(to:)` or a training run, or from an ONNX file that takes pixels.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - network: The custom network in code that was trained; nil for any other network.
    ///   - device: The device. Default: CUDA if it is available, otherwise the CPU.
    ///   - inference: The engine and its precision.
    /// - Throws: `CheckpointError` or `ApusError` for a file that is damaged, incomplete, or not a classifier.
    public convenience init(
        contentsOf path: String, network: Architecture? = nil, device: Device = .best,
        inference: InferenceOptions = .init()
    ) async throws {
        if path.hasSuffix(".onnx") {
            try self.init(onnxFile: path, inference)
            return
        }
        let description = try ModelFile.readDescription(path)
        let architecture = try ModelFile.architecture(of: description, path: path, own: network)
        let source = NetworkSource(
            description.preprocessing, path: path, isOwn: network != nil, device: device
        ) {
            try ModelFile.readNetwork(path, as: description, architecture)
        }
        self.init(description, source, inference)
    }

    /// Creates a classifier with published weights for the 1,000 classes of ImageNet.
    ///
    /// - Parameters:
    ///   - reference: The network and its weights.
    ///   - store: The store of weights. Default: PyTorch's cache.
    ///   - device: The device. Default: CUDA if it is available, otherwise the CPU.
    ///   - inference: The engine and its precision.
    ///   - progress: Called during a download, on another thread, with the bytes received and the total if it is known.
    /// - Throws: `WeightsError` if the file is not available, `ApusError` for a network without published weights.
    public convenience init(
        pretrained reference: ModelReference, store: WeightsStore = .standard, device: Device = .best,
        inference: InferenceOptions = .init(), progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws {
        guard let weights = reference.weights else {
            throw ApusError(
                .noWeights, name: reference.architecture.name,
                "no weights are published for \(reference.architecture.name)", advice: "train it first")
        }
        guard weights.accuracy != nil else {
            throw ApusError(
                .noWeights, name: "\(reference)", "the weights \(reference) have no usable classifier",
                advice: "start a training from them")
        }
        let path = try store.fetch(weights.file, progress: progress)
        let description = ModelDescription(
            architecture: reference.architecture.name,
            options: reference.architecture.pretrainedOptions(classes: ImageNetClasses.count),
            classes: ImageNetClasses.names, preprocessing: weights.preprocessing)
        let source = NetworkSource(
            description.preprocessing, path: path, variant: "\(reference)", device: device
        ) {
            let network = try reference.architecture.makeNetwork(description.options)
            try network.loadWeights(Checkpoint.read(path).stateDict)
            return network
        }
        self.init(description, source, inference)
    }

    /// Opens a file of Apus, or a network with published weights by its name, such as `resnet18`.
    ///
    /// - Throws: The errors of the initializers; `ApusError` if the name is neither.
    public static func open(
        _ name: String, store: WeightsStore = .standard, device: Device = .best, inference: InferenceOptions = .init(),
        progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> ImageClassifier {
        if let reference = try? ModelReference(name) {
            guard !reference.architecture.isOwn else {
                throw ApusError(
                    .noWeights, path: name, "it describes a network, which has no weights until it is trained",
                    advice: "train it, and open the file that the run writes")
            }
            return try await ImageClassifier(
                pretrained: reference, store: store, device: device, inference: inference, progress: progress)
        }
        // A name without a file is more likely a mistyped name of a network.
        if !name.contains("/"), !name.contains("."), !fileExists(name) {
            _ = try ModelReference(name)
        }
        return try await ImageClassifier(contentsOf: name, device: device, inference: inference)
    }

    /// Saves the classifier as one safetensors file, atomically.
    ///
    /// - Throws: `CheckpointError` if the disk fails. An older file is then unchanged.
    public func save(to path: String) async throws { try ModelFile.write(description, network, to: path) }

    /// The network, in evaluation mode on its device.
    package var network: any ImageNetwork {
        get throws {
            guard let source = source as? NetworkSource else {
                throw ApusError.unsupportedForONNX(
                    source.onnxFile?.path ?? "the model",
                    "an ONNX file can only be computed by OpenVINO on a CPU; it can be neither saved nor exported again"
                )
            }
            return try source.network()
        }
    }
}
