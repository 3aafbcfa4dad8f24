import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Small classifiers with weights from a formula, which are the same on every machine.
@TensorActor
enum Networks {
    /// Small images make fast tests. The model file contains the preprocessing, so training keeps it.
    nonisolated static let preprocessing = Preprocessing.imageNet(resizeShortSide: 36, cropSize: 32)

    /// LibTorch's waiting threads spin, which slows everything down while other tests run.
    static let isCalm: Bool = (try? LibTorch.setThreadCount(1)) != nil

    /// Features of an untrained network that distinguish colors: the weights come from a formula, and the running
    /// statistics from images.
    private static var states: [String: [(name: String, tensor: Tensor)]] = [:]

    private static func state(_ architecture: String) throws -> [(name: String, tensor: Tensor)] {
        if let state = states[architecture] { return state }
        let network = try makeNetwork(architecture, classes: 1)
        try Formula.fill(network)
        // Far from the kinks of activations, even many layers map similar inputs to similar outputs.
        for norm in network.namedModules.compactMap({ $0.module as? BatchNorm2d }).dropLast() {
            try withoutGradient { try norm.bias += 1.5 }
        }
        let images = try (0..<21).map { number -> Tensor in
            let side = preprocessing.cropSize
            let image = Samples.image(number, number).resized(width: side, height: side)
            return try Tensor(image.pixels, shape: [side, side, 3])
        }
        let values = try Tensor.stack(images).to(.float32) / 255
        let input = try ((values - Tensor(preprocessing.mean)) / Tensor(preprocessing.standardDeviation))
            .permute(dims: [0, 3, 1, 2])
        network.train()
        try withoutGradient { for _ in 0..<20 { _ = try network(input) } }
        let state = try network.stateDict.map { ($0.name, try $0.tensor.detach().clone()) }
        states[architecture] = state
        return state
    }

    private static func makeNetwork(_ architecture: String, classes: Int) throws -> any ImageNetwork {
        #expect(isCalm)
        return try #require(Architecture.named(architecture)).makeNetwork(classes: classes)
    }

    /// The tensors of a network with a head for this many classes.
    static func entries(
        classes: Int, architecture: String = "mobilenet_v2"
    ) throws -> [(name: String, tensor: Tensor)] {
        let network = try makeNetwork(architecture, classes: classes)
        let head = Set(network.namedParameters.suffix(2).map(\.name))
        try network.load(StateDict(state(architecture).filter { !head.contains($0.name) }), isStrict: false)
        for (entry, (_, tensor)) in network.namedParameters.suffix(2).enumerated() {
            try withoutGradient { _ = try tensor.copy(from: Formula.tensor(tensor.shape, entry: entry, scale: 0.1)) }
        }
        return try network.stateDict.map { ($0.name, try $0.tensor.detach()) }
    }

    /// An untrained classifier for these classes.
    static func classifier(classes: [String], architecture: String = "mobilenet_v2") throws -> ImageClassifier {
        let network = try makeNetwork(architecture, classes: classes.count)
        try network.load(StateDict(entries(classes: classes.count, architecture: architecture)))
        return ImageClassifier(
            ModelDescription(architecture: architecture, classes: classes, preprocessing: preprocessing), network,
            device: .cpu)
    }

    /// Saves an untrained classifier, as initial weights for training.
    ///
    /// - Returns: its path.
    static func backbone(in folder: URL, architecture: String = "mobilenet_v2") async throws -> String {
        let path = folder.appending(path: "backbone.safetensors").path
        try await classifier(classes: ["a", "b", "c", "d", "e"], architecture: architecture).save(to: path)
        return path
    }

    /// The tensors of a checkpoint by name.
    static func tensors(_ path: String) throws -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: try Checkpoint.read(path).entries.map { ($0.name, $0.tensor) })
    }
}

extension TrainingConfiguration {
    /// A fast run that trains the head of the classifier in a file.
    static func quick(from weights: String, epochs: Int = 2) -> TrainingConfiguration {
        TrainingConfiguration(
            model: "mobilenet_v2", epochs: epochs,
            network: .init(initialWeights: .file(path: weights, isPartial: false), strategy: .frozen),
            // One of a few images is easily more than a tenth.
            data: .init(maximumUnreadable: .fraction(1), batchSize: 4), optimizer: .init(learningRate: 0.003),
            output: .init(writesReport: false), compute: .init(workers: 2, device: "cpu"))
    }

    /// The fastest run: a network of two convolutions on images of 24 pixels, with random weights and dropout and
    /// without batch normalization.
    static func tiny(in folder: URL, epochs: Int = 3) async throws -> TrainingConfiguration {
        #expect(await Networks.isCalm)
        let file = folder.appending(path: "tiny.network")
        let text = """
            input 3x24x24
            preprocessing resize=26

            features:
            conv:8:3, relu, maxpool:2
            conv:16:3, relu, maxpool:2
            classifier:
            dropout:0.2, 32, relu
            linear:classes
            """
        try Data(text.utf8).write(to: file)
        var configuration = fresh(epochs: epochs)
        (configuration.model, configuration.network.initialWeights) = (file.path, .pretrained)
        configuration.optimizer.learningRate = 0.01
        return configuration
    }

    /// A fast run of the small network with random weights.
    static func fresh(epochs: Int = 1) -> TrainingConfiguration {
        TrainingConfiguration(
            model: "small_cnn", epochs: epochs, network: .init(initialWeights: .random),
            // One of a few images is easily more than a tenth.
            data: .init(maximumUnreadable: .fraction(1), batchSize: 4), output: .init(writesReport: false),
            compute: .init(workers: 2, device: "cpu"))
    }
}

/// Values collected by closures that run on any thread.
final class Collected<Element: Sendable>: Sendable {
    private let storage = Monitor<[Element]>([])

    var elements: [Element] { storage.withLock { $0 } }

    func append(_ element: Element) { storage.withLock { $0.append(element) } }

    /// Collects the events; progress events may be missing.
    var reader: @Sendable (EventSequence<Element>) async throws -> Void {
        { events in for await event in events { self.append(event) } }
    }

    /// Collects every event when it is sent, including progress.
    var channel: EventChannel<Element> {
        EventChannel { event in
            self.append(event)
            return false
        }
    }
}

extension ImageClassifier {
    /// All results of a prediction.
    func results(
        of images: any ImageDataset, top: Int = 5, includesLogits: Bool = false, options: ImagePassOptions = .init()
    ) async throws -> [PredictionResult] {
        let collected = Collected<PredictionResult>()
        try await predict(images, top: top, includesLogits: includesLogits, options: options) { results in
            for await result in results { collected.append(result) }
        }
        return collected.elements
    }

    /// The predictions, with logits, of the readable images.
    func predictions(of images: any ImageDataset, options: ImagePassOptions = .init()) async throws -> [Prediction] {
        try await results(of: images, includesLogits: true, options: options).compactMap { result in
            if case .prediction(let prediction) = result { prediction } else { nil }
        }
    }
}

/// Whether two tensors have the same bits.
func haveEqualBits(_ left: Tensor, _ right: Tensor) throws -> Bool {
    guard left.shape == right.shape, left.dtype == right.dtype else { return false }
    return try maximumDifference(left, right) == 0
}
