public import Classifier
public import Inference
public import Platform
public import Torch
internal import TorchNN
public import TorchVision

/// The events of opening a classifier.
public enum OpeningEvent: Sendable {
    /// A file of published weights is being downloaded.
    case downloading(FileProgress)
    /// A note for the user, such as the state dict that is used.
    case note(String)

    /// Whether the event reports progress. A slow reader may miss such events, but no others.
    public var isProgress: Bool { if case .downloading = self { true } else { false } }
}

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
        } else {
            try self.init(modelFile: path, network: network, device: device, inference: inference)
        }
    }

    /// Opens a classifier from a model file.
    ///
    /// - Parameter isTrusted: Whether this process wrote the file, so that its graph needs no trial.
    convenience init(
        modelFile path: String, network: Architecture?, device: Device, inference: InferenceOptions,
        isTrusted: Bool = false
    ) throws {
        let (description, graph) = try ModelFile.read(path)
        let architecture = Result { () throws(ApusError) in
            try ModelFile.architecture(of: description, path: path, own: network)
        }
        // The graph is sufficient to predict with a network that this version does not know.
        if graph == nil || network != nil { _ = try architecture.get() }
        let source = NetworkSource(
            description.preprocessing, path: path, graph: graph, isTrusted: isTrusted, isOwn: network != nil,
            device: device
        ) {
            try ModelFile.readNetwork(path, as: description, architecture.get())
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
    ///   - reader: Reads the progress of a download. An error that it throws ends the download.
    /// - Throws: `WeightsError` if the file is not available, `ApusError` for a network without published weights, and
    ///   the errors of `reader`.
    public convenience init(
        pretrained reference: ModelReference, store: WeightsStore = .standard, device: Device = .best,
        inference: InferenceOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<OpeningEvent>) async throws -> Void = { _ in }
    ) async throws {
        let (description, source) = try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await Self.published(reference, store, device, events)
        }
        self.init(description, source, inference)
    }

    /// Downloads published weights if necessary, and returns the classifier's description and network.
    private static func published(
        _ reference: ModelReference, _ store: WeightsStore, _ device: Device, _ events: EventChannel<OpeningEvent>
    ) async throws -> (description: ModelDescription, source: NetworkSource) {
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
        let path = try await store.fetch(
            weights.file,
            reportingTo: { progress in
                events.send(.downloading(progress))
                try events.checkCancellation()
            })
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
        return (description, source)
    }

    /// Opens a file of Apus, or a network with published weights by its name, such as `resnet18`.
    ///
    /// ```swift
    /// let classifier = try await ImageClassifier.open("resnet18") { events in
    ///     for await case .downloading(let progress) in events { print(progress.bytes, progress.total ?? 0) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The file or the network.
    ///   - store: The store of weights. Default: PyTorch's cache.
    ///   - device: The device. Default: CUDA if it is available, otherwise the CPU.
    ///   - inference: The engine and its precision.
    ///   - reader: Reads the progress of a download. An error that it throws ends the download.
    /// - Throws: The errors of the initializers; `ApusError` if the name is neither.
    public static func open(
        _ name: String, store: WeightsStore = .standard, device: Device = .best, inference: InferenceOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<OpeningEvent>) async throws -> Void = { _ in }
    ) async throws -> ImageClassifier {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try await open(name, store: store, device: device, inference: inference, reportingTo: events)
        }
    }

    private static func open(
        _ name: String, store: WeightsStore, device: Device, inference: InferenceOptions,
        reportingTo events: EventChannel<OpeningEvent>
    ) async throws -> ImageClassifier {
        if let reference = try? ModelReference(name) {
            guard !reference.architecture.isOwn else {
                throw ApusError(
                    .noWeights, path: name, "it describes a network, which has no weights until it is trained",
                    advice: "train it, and open the file that the run writes")
            }
            let (description, source) = try await published(reference, store, device, events)
            return ImageClassifier(description, source, inference)
        }
        // A name without a file is more likely a mistyped name of a network.
        if !name.contains("/"), !name.contains("."), !fileExists(name) {
            _ = try ModelReference(name)
        }
        return try await ImageClassifier(contentsOf: name, device: device, inference: inference)
    }

    /// Saves the classifier as one safetensors file, atomically.
    ///
    /// The file contains the graph of the network, so that it predicts without LibTorch. A custom network in code that
    /// can't be recorded is saved without one.
    ///
    /// - Throws: `CheckpointError` if the disk fails. An older file is then unchanged.
    public func save(to path: String) async throws {
        let network = try network
        let graph = try? withNetworkOnCPU { try ModelGraph(tracing: $0, description.preprocessing) }
        try ModelFile.write(description, network, graph: graph, to: path)
    }

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

    /// Calls a function with the network on the CPU, where the parameters of a trace must be.
    func withNetworkOnCPU<Result>(_ body: (any ImageNetwork) throws -> Result) throws -> Result {
        let network = try network
        guard let device = Device(deviceDescription), device.kind != .cpu else { return try body(network) }
        try network.to(.cpu)
        defer { try? network.to(device) }
        return try body(network)
    }
}
