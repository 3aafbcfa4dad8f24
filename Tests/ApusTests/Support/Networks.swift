import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Small classifiers whose weights come from a formula, so that they are the same everywhere.
@TensorActor
enum Networks {
    /// Small pictures make quick tests. Preprocessing travels with the model file, so training keeps it.
    nonisolated static let preprocessing = Preprocessing.imageNet(resizeShortSide: 36, cropSize: 32)

    /// LibTorch's threads wait for each other by spinning, which takes many times longer while other tests run.
    static let isCalm: Bool = (try? LibTorch.setThreadCount(1)) != nil

    /// Features of pictures that nothing was learned from, but that tell colours apart: the weights come from a formula,
    /// and the running statistics from pictures.
    private static var states: [String: [(name: String, tensor: Tensor)]] = [:]

    private static func state(_ architecture: String) throws -> [(name: String, tensor: Tensor)] {
        if let state = states[architecture] { return state }
        let network = try makeNetwork(architecture, classes: 1)
        try Formula.fill(network)
        // Far from where activations bend, even many layers keep alike what is alike.
        for norm in network.namedModules.compactMap({ $0.module as? BatchNorm2d }).dropLast() {
            try withoutGradient { try norm.bias += 1.5 }
        }
        let pictures = try (0..<21).map { number -> Tensor in
            let side = preprocessing.cropSize
            let image = Samples.picture(number, number).resized(width: side, height: side)
            return try Tensor(image.pixels, shape: [side, side, 3])
        }
        let values = try Tensor.stack(pictures).to(.float32) / 255
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

    /// The tensors of a network with a head for so many classes.
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

    /// A classifier for these classes that has learned nothing.
    static func classifier(classes: [String], architecture: String = "mobilenet_v2") throws -> ImageClassifier {
        let network = try makeNetwork(architecture, classes: classes.count)
        try network.load(StateDict(entries(classes: classes.count, architecture: architecture)))
        return ImageClassifier(
            ModelDescription(architecture: architecture, classes: classes, preprocessing: preprocessing), network,
            device: .cpu)
    }

    /// Saves such a classifier, to start training from.
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
    /// A quick run that trains the head of the classifier in a file.
    static func quick(from weights: String, epochs: Int = 2) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.model = "mobilenet_v2"
        configuration.start = .file(path: weights, isPartial: false)
        configuration.strategy = .frozen
        configuration.epochs = epochs
        configuration.batchSize = 4
        configuration.learningRate = 0.003
        configuration.writesReport = false
        // Of a few images, one is soon more than a tenth.
        configuration.maximumUnreadable = .fraction(1)
        configuration.workers = 2
        configuration.device = "cpu"
        return configuration
    }

    /// The quickest run there is: a network of two convolutions on pictures of 24 pixels, from nothing, with dropout and
    /// without batch normalisation.
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
        (configuration.model, configuration.start) = (file.path, .pretrained)
        configuration.learningRate = 0.01
        return configuration
    }

    /// A quick run of the small network from nothing.
    static func fresh(epochs: Int = 1) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.model = "small_cnn"
        configuration.start = .fresh
        configuration.writesReport = false
        // Of a few images, one is soon more than a tenth.
        configuration.maximumUnreadable = .fraction(1)
        configuration.epochs = epochs
        configuration.batchSize = 4
        configuration.workers = 2
        configuration.device = "cpu"
        return configuration
    }
}

/// What closures that may run anywhere collect.
final class Collected<Element: Sendable>: Sendable {
    private let storage = Monitor<[Element]>([])

    var elements: [Element] { storage.withLock { $0 } }

    func append(_ element: Element) { storage.withLock { $0.append(element) } }

    /// Collects the events of a work; progress may be missing.
    var reader: @Sendable (EventSequence<Element>) async throws -> Void {
        { events in for await event in events { self.append(event) } }
    }

    /// Collects every event where it is sent, progress too.
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

    /// The predictions, with logits, of the images that can be read.
    func predictions(of images: any ImageDataset, options: ImagePassOptions = .init()) async throws -> [Prediction] {
        try await results(of: images, includesLogits: true, options: options).compactMap { result in
            if case .prediction(let prediction) = result { prediction } else { nil }
        }
    }
}

/// Whether two tensors hold the same bits.
func haveEqualBits(_ left: Tensor, _ right: Tensor) throws -> Bool {
    guard left.shape == right.shape, left.dtype == right.dtype else { return false }
    return try maximumDifference(left, right) == 0
}
