internal import Classifier
internal import Foundation
public import Inference
public import Platform
public import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Creates a classifier with the weights of a PyTorch file, `.pth` or safetensors, for a given network.
    ///
    /// The last layer determines the number of classes. The preprocessing is that of the network's published weights,
    /// unless the file is from Apus and has its own.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - reference: The network, such as `resnet18`, with the weights whose preprocessing is used
    ///     (`resnet50:IMAGENET1K_V2`).
    ///   - classes: The names of the classes, in the order of the outputs. Default: those of ImageNet for 1,000
    ///     classes, otherwise numbers from 0.
    ///   - stateKey: The name of the state dict in a file that has several, or the prefix of the names.
    ///   - device: The device. Default: CUDA if it is available, otherwise the CPU.
    ///   - inference: The engine and its precision.
    ///   - reader: Reads notes about the file: the state dict that is used, and removed prefixes.
    /// - Throws: `CheckpointError` if the file can't be read, `ApusError` if it is not for this network, and the errors
    ///   of `reader`.
    public convenience init(
        weights path: String, for reference: ModelReference, classes: [String]? = nil, stateKey: String? = nil,
        device: Device = .best, inference: InferenceOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<OpeningEvent>) async throws -> Void = { _ in }
    ) async throws {
        let (description, network) = try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            try Self.loading(path, for: reference, classes: classes, stateKey: stateKey, reportingTo: events)
        }
        self.init(description, network, device: device, inference: inference)
    }

    private static func loading(
        _ path: String, for reference: ModelReference, classes: [String]?, stateKey: String?,
        reportingTo events: EventChannel<OpeningEvent>
    ) throws -> (description: ModelDescription, network: any ImageNetwork) {
        var seen: Set<[UInt8]> = []
        for name in classes ?? [] where !seen.insert(Array(name.utf8)).inserted {
            throw ApusError(
                .invalidConfiguration, name: "classes", value: name,
                "the class '\(name)' occurs twice in the list of classes",
                advice: "give each class a name of its own")
        }
        let checkpoint = try Checkpoint.read(path, stateKey: stateKey)
        if let key = checkpoint.stateKey, stateKey == nil {
            events.send(.note("\(path): using the state dict '\(key)'"))
        }
        let architecture = reference.architecture
        let stored = ModelFile.description(in: checkpoint).flatMap { $0.architecture == architecture.name ? $0 : nil }
        let preprocessing = stored?.preprocessing ?? reference.weights?.preprocessing ?? architecture.preprocessing
        if let stored { try ModelFile.checkSize(of: checkpoint.stateDict, path: path, for: stored, architecture) }
        let (network, options, report) = try fitting(path) {
            try architecture.makeNetwork(
                loading: checkpoint,
                options: stored?.options
                    ?? architecture.pretrainedOptions(
                        classes: ImageNetClasses.count, imageSize: preprocessing.cropSize))
        }
        try OutputCheck.demandFinite(network, from: path)
        if let renaming = report.match.summary { events.send(.note("\(path): \(renaming)")) }
        let names = classes ?? stored?.classes ?? Self.names(options.classes)
        guard names.count == options.classes else {
            throw ApusError(
                .weightsMismatch, path: path, value: options.classes,
                "it has \(options.classes) classes, but \(names.count) names were given",
                advice: "give one name per class")
        }
        let description = ModelDescription(
            architecture: architecture.name, network: architecture.networkDescription, options: options,
            classes: names, preprocessing: preprocessing, calibration: stored?.calibration)
        return (description, network)
    }

    private static func names(_ count: Int) -> [String] {
        count == ImageNetClasses.count ? ImageNetClasses.names : (0..<count).map(String.init)
    }

    private static func fitting<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as LoadError {
            throw ApusError(
                .weightsMismatch, path: path, "\(error)",
                advice: "choose the network that the file is for (`for: ModelReference`)", underlyingError: error)
        } catch let error as AmbiguousNamesError {
            throw ApusError(.weightsMismatch, path: path, "\(error)", underlyingError: error)
        } catch let error as HeadError {
            throw ApusError(.weightsMismatch, path: path, "\(error)", underlyingError: error)
        }
    }
}
