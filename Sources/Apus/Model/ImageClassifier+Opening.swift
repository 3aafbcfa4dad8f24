public import Classifier
public import Inference
internal import Platform
public import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Makes a classifier of a network, such as one from a training loop of your own.
    ///
    /// - Parameters:
    ///   - description: its classes, its preprocessing and the name of its architecture.
    ///   - network: the network, in evaluation mode.
    ///   - device: the device of its parameters.
    ///   - inference: the engine and its precision.
    public convenience init(
        _ description: ModelDescription, _ network: any ImageNetwork, device: Device = .cpu,
        inference: InferenceOptions = .init()
    ) {
        self.init(description, NetworkSource(description.preprocessing, device: device) { network }, inference)
    }

    /// Opens a classifier that `save(to:)` or a training run has written, or an ONNX file that begins at pixels.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - network: for a network of your own program, the one that was trained; nil for any other.
    ///   - device: where it computes; by default CUDA where there is a device, else the CPU.
    ///   - inference: what computes there, and with which numbers.
    /// - Throws: `CheckpointError` or `ApusError` for a file that is damaged, cut, or no classifier.
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
                    .noWeights, path: name, "it describes a network, which has no weights before it is trained",
                    advice: "train it, and open the file that the run writes")
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

    /// Saves the classifier as one safetensors file, whole or not at all.
    ///
    /// - Throws: `CheckpointError` where the disk refuses; an older file is then as it was.
    public func save(to path: String) async throws { try ModelFile.write(description, network, to: path) }

    /// The network, in evaluation mode on its device.
    package var network: any ImageNetwork {
        get throws {
            guard let source = source as? NetworkSource else {
                throw ApusError.unsupportedForONNX(
                    source.onnxFile?.path ?? "the model",
                    "an ONNX file is computed by OpenVINO alone, on a CPU, and can be neither saved nor exported again")
            }
            return try source.network()
        }
    }
}
