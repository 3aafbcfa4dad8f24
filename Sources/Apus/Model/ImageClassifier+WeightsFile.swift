internal import Classifier
internal import Foundation
public import Inference
public import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// A classifier with the weights of a file whose network you name: what PyTorch saved, as `.pth` or safetensors.
    ///
    /// The file has as many classes as its last layer. Pictures are prepared as the network's published weights want it,
    /// unless the file is one of Apus' own and tells.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - reference: its network, `resnet18`, with the weights whose preprocessing holds (`resnet50:IMAGENET1K_V2`).
    ///   - classes: the names of the classes, in the order of the outputs. By default ImageNet's where there are 1,000,
    ///     else numbers from 0.
    ///   - stateKey: where the state dict lies in a file that holds several, or the prefix of the names.
    ///   - device: where it computes; by default CUDA where there is a device, else the CPU.
    ///   - inference: what computes there, and with which numbers.
    ///   - onNote: called with what was understood of the file where that is not plain: the state dict that was taken, the
    ///     prefixes that were removed.
    /// - Throws: `CheckpointError` for a file that can't be read, `ApusError` for one that is not for this network.
    public convenience init(
        weights path: String, for reference: ModelReference, classes: [String]? = nil, stateKey: String? = nil,
        device: Device = .best, inference: InferenceOptions = .init(), onNote: (@Sendable (String) -> Void)? = nil
    ) async throws {
        let checkpoint = try Checkpoint.read(path, stateKey: stateKey)
        if let key = checkpoint.stateKey, stateKey == nil { onNote?("\(path): took the state dict '\(key)'") }
        let architecture = reference.architecture
        let told = ModelFile.description(in: checkpoint).flatMap { $0.architecture == architecture.name ? $0 : nil }
        let preprocessing = told?.preprocessing ?? reference.weights?.preprocessing ?? architecture.preprocessing
        if let told { try ModelFile.checkSize(of: checkpoint.stateDict, path: path, for: told, architecture) }
        let (network, options, report) = try Self.fitting(path) {
            try architecture.makeNetwork(
                loading: checkpoint,
                options: told?.options
                    ?? architecture.pretrainedOptions(
                        classes: ImageNetClasses.count, imageSize: preprocessing.cropSize))
        }
        try OutputCheck.demandFinite(network, from: path)
        if let renaming = report.match.summary { onNote?("\(path): \(renaming)") }
        let names = classes ?? told?.classes ?? Self.names(options.classes)
        guard names.count == options.classes else {
            throw ApusError(
                .weightsMismatch, path: path, value: options.classes,
                "it has \(options.classes) classes, and \(names.count) names were given", advice: "give one for each")
        }
        let description = ModelDescription(
            architecture: architecture.name, network: architecture.networkDescription, options: options,
            classes: names, preprocessing: preprocessing, calibration: told?.calibration)
        self.init(description, network, device: device, inference: inference)
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
                advice: "name the network that the file is for (`for: ModelReference`)", underlyingError: error)
        } catch let error as AmbiguousNamesError {
            throw ApusError(.weightsMismatch, path: path, "\(error)", underlyingError: error)
        } catch let error as HeadError {
            throw ApusError(.weightsMismatch, path: path, "\(error)", underlyingError: error)
        }
    }
}
