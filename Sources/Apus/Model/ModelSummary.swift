internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
public import TorchGraph
internal import TorchNN
internal import TorchVision

extension NetworkSummary {
    /// Summarizes a network without its weights: nothing is downloaded, and no memory is used for them.
    ///
    /// - Parameters:
    ///   - model: The name of a network (`resnet50`, `vit_b_16:DEFAULT`), the file of a classifier, or a file that
    ///     describes a network.
    ///   - inputShape: The shape of one image, such as `[3, 256, 256]`; nil for the network's own.
    ///   - classes: The number of classes; nil for the network's own.
    /// - Throws: `ApusError` if the network does not take images of that shape, or the name is unknown.
    @TensorActor
    public static func ofModel(
        _ model: String, inputShape: [Int]? = nil, classes: Int? = nil
    ) async throws -> NetworkSummary {
        let chosen = try ChosenNetwork(model, classes: classes, imageSize: inputShape.flatMap(squareSide))
        let shape = inputShape ?? [3, chosen.side, chosen.side]
        do {
            let network = try withDefaultDevice(.meta) { try chosen.make() }
            return try NetworkSummary(of: network, inputShape: shape, name: chosen.name)
        } catch let error as TorchError {
            let text = shape.map(String.init).joined(separator: " x ")
            throw ApusError(
                .shapeMismatch, name: chosen.name, value: text,
                "\(chosen.name) does not take images of \(text): \(error.message)",
                advice: "its own shape is 3 x \(chosen.ownSide) x \(chosen.ownSide)", underlyingError: error)
        }
    }

    /// The side of square images; nil for others.
    private static func squareSide(_ shape: [Int]) -> Int? {
        shape.count == 3 && shape[1] == shape[2] ? shape[1] : nil
    }
}

/// A network with its options and its input size.
private struct ChosenNetwork {
    let name: String
    let side: Int
    let ownSide: Int
    private let architecture: Architecture
    private let options: NetworkOptions

    init(_ model: String, classes: Int?, imageSize: Int?) throws {
        if model.hasSuffix(".onnx") {
            throw ApusError.unsupportedForONNX(model, "an ONNX file has no PyTorch layers")
        }
        if let reference = try? ModelReference(model) {
            architecture = reference.architecture
            ownSide = (reference.weights?.preprocessing ?? architecture.preprocessing).cropSize
            let classes = classes ?? architecture.originalClasses
            options =
                architecture.weights.isEmpty
                ? NetworkOptions(classes: classes)
                : architecture.pretrainedOptions(classes: classes, imageSize: imageSize ?? ownSide)
        } else {
            // A name without a file is more likely a mistyped name of a network.
            if !fileExists(model) { _ = try ModelReference(model) }
            let description = try ModelFile.readDescription(model)
            architecture = try ModelFile.architecture(of: description, path: model)
            ownSide = description.preprocessing.cropSize
            var options = description.options
            options.classes = classes ?? options.classes
            options.imageSize = imageSize ?? options.imageSize
            self.options = options
        }
        side = imageSize ?? ownSide
        name = architecture.name
    }

    func make() throws -> any ImageNetwork { try architecture.makeNetwork(options) }
}
