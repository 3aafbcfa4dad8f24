import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

@testable import Apus
@testable import Classifier

/// A run against the textbook: softmax regression on the features of a frozen network, computed without tensors.
///
/// ResNet-18 has no dropout, so its features do not depend on random numbers.
@Suite("Training against a plain loop") struct PlainLoopTests {
    /// A separate process keeps other tests from drawing from LibTorch's only generator, which determines the new head.
    @Test("A run takes the steps of the formulas") func steps() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            try await PlainLoop.compare()
        }
    }
}

@TensorActor
private enum PlainLoop {
    static func compare() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["red", "blue"], count: 7, to: data)
            let weights = try await Networks.backbone(in: folder, architecture: "resnet18")
            var configuration = TrainingConfiguration.quick(from: weights)
            configuration.model = "resnet18"
            configuration.optimizer.kind = .sgd
            configuration.optimizer.momentum = 0.9
            configuration.optimizer.weightDecay = 0.05
            configuration.optimizer.learningRate = 0.02
            configuration.optimizer.schedule = .step(every: 1, factor: 0.5)
            configuration.data.batchSize = 4
            configuration.seed = 3
            // Steps that are too small to change a number leave the initial head.
            var still = configuration
            (still.optimizer.learningRate, still.optimizer.weightDecay, still.epochs) = (1e-30, 0, 1)
            let start = try await ImageClassifier.train(
                on: data.path, still, directory: folder.appending(path: "still").path)
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path)

            var head = try Regression(Networks.tensors(start.directory.last), features: 512)
            let extractor = try FeatureExtractor(weights)
            let training = try openDataset(at: data.path).training.split(validation: .fraction(0.2), seed: 3).training
            #expect(training.count == 11)
            let loader = DataLoader(
                training, transforms: Networks.preprocessing.trainingTransforms.transforms, height: 32, width: 32,
                batchSize: 4,
                order: .shuffled, seed: 3, workers: 0)
            for (epoch, rate) in [0.02, 0.01].enumerated() {
                var (loss, count) = (0.0, 0)
                let batches = loader.batches(epoch: epoch)
                while let batch = try batches.next() {
                    loss += head.step(
                        try extractor.features(batch), batch.labels, rate: rate, momentum: 0.9, decay: 0.05)
                    count += batch.count
                }
                #expect(count == 11)
                #expect(abs(result.epochs[epoch].trainingLoss - loss / 11) < 1e-4)
            }
            let trained = try Regression(Networks.tensors(result.directory.last), features: 512)
            let untrained = try Regression(Networks.tensors(start.directory.last), features: 512)
            #expect(trained.distance(to: head) < 1e-5)
            #expect(trained.distance(to: untrained) > 1e-3)
        }
    }
}

/// The network without its head.
@TensorActor
private struct FeatureExtractor {
    let network: any ImageNetwork

    init(_ weights: String) throws {
        network = try #require(Architecture.named("resnet18")).makeNetwork(classes: 512)
        // An identity as the head returns the features.
        var state = try Checkpoint.read(weights).stateDict.filter { !$0.name.hasPrefix("fc.") }
        state["fc.weight"] = try Tensor.eye(512)
        state["fc.bias"] = try Tensor.zeros([512])
        try network.load(state)
        network.eval()
    }

    func features(_ batch: ImageBatch) throws -> [[Double]] {
        let preprocessing = Networks.preprocessing
        let side = preprocessing.cropSize
        var planes: [Float] = []
        for place in 0..<batch.count {
            let pixels = batch.image(at: place).pixels
            for channel in 0..<3 {
                let (mean, deviation) = (preprocessing.mean[channel], preprocessing.standardDeviation[channel])
                for pixel in 0..<side * side {
                    let value = Float(pixels[pixel * 3 + channel]) / 255
                    planes.append((value - mean) / deviation)
                }
            }
        }
        let input = try Tensor(planes, shape: [batch.count, 3, side, side])
        let values = try withInferenceMode { try network(input).array(as: Float.self) }
        return (0..<batch.count).map { place in
            values[place * 512..<(place + 1) * 512].map { Double($0) }
        }
    }
}

/// Softmax regression of two classes, with a manual gradient, and SGD with momentum and weight decay.
private struct Regression {
    /// A row for each class: the weights, then the bias.
    private var rows: [[Double]]
    private var velocity: [[Double]]
    private var isFirstStep = true

    init(_ state: [String: Tensor], features: Int) throws {
        let weight: [Float] = try #require(state["fc.weight"]).array()
        let bias: [Float] = try #require(state["fc.bias"]).array()
        rows = bias.indices.map { place -> [Double] in
            (weight[place * features..<(place + 1) * features] + [bias[place]]).map { Double($0) }
        }
        velocity = rows.map { row -> [Double] in row.map { _ in 0 } }
    }

    /// Takes a step.
    ///
    /// - Returns: the sum of the losses before the step.
    mutating func step(
        _ inputs: [[Double]], _ labels: [Int], rate: Double, momentum: Double, decay: Double
    ) -> Double {
        var gradient = rows.map { row -> [Double] in row.map { $0 * decay } }
        var loss = 0.0
        for (features, label) in zip(inputs, labels) {
            let input = features + [1]
            let logits = rows.map { row -> Double in
                zip(row, input).reduce(0) { sum, pair in sum + pair.0 * pair.1 }
            }
            let total = logits.reduce(0) { $0 + exp($1) }
            loss += log(total) - logits[label]
            for place in rows.indices {
                let error = exp(logits[place]) / total - (place == label ? 1 : 0)
                for feature in input.indices {
                    gradient[place][feature] += error * input[feature] / Double(labels.count)
                }
            }
        }
        for place in rows.indices {
            for feature in rows[place].indices {
                velocity[place][feature] =
                    isFirstStep
                    ? gradient[place][feature] : momentum * velocity[place][feature] + gradient[place][feature]
                rows[place][feature] -= rate * velocity[place][feature]
            }
        }
        isFirstStep = false
        return loss
    }

    /// The largest difference of two numbers.
    func distance(to other: Regression) -> Double {
        zip(rows.joined(), other.rows.joined()).map { abs($0 - $1) }.max() ?? .infinity
    }
}
