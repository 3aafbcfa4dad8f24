import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Auxiliary heads add to the loss of a step, each with its weight.
@Suite("Auxiliary losses") struct AuxiliaryLossTests {
    @Test("The loss and its gradients equal PyTorch's") func gradients() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            try await AuxiliaryStep.compareWithPyTorch()
        }
    }

    /// A separate process keeps other tests from drawing from LibTorch's only generator, which determines initial
    /// weights and dropout.
    @Test("A run takes the step of the total loss") func step() async {
        await #expect(processExitsWith: .success) {
            try LibTorch.setThreadCount(1)
            try await AuxiliaryStep.compareWithARun()
        }
    }

    /// Heads in a frozen stage do not add to the loss.
    @TensorActor @Test("Frozen auxiliary heads are left out") func frozenHeads() throws {
        let network = try GoogLeNet(classes: 3)
        let images = try Formula.tensor([2, 3, 32, 32])
        for (count, heads) in [(1, 0), (2, 0), (3, 2), (5, 2)] {
            try network.trainLastStages(count)
            network.train()
            let auxiliaries = try withoutGradient { try network.forwardWithAuxiliaries(images).auxiliaries }
            #expect(auxiliaries.map(\.weight) == Array(repeating: 0.3, count: heads))
            #expect(auxiliaries.allSatisfy { $0.logits.shape == [2, 3] })
        }
    }
}

@TensorActor
private enum AuxiliaryStep {
    private struct File: Decodable {
        struct Row: Decodable {
            let side: Int
            let loss: Double
            let gradients: [TensorDigest]
        }

        let networks: [Row]
    }

    static func compareWithPyTorch() throws {
        let row = try #require(Goldens.json("zoo/googlenet.json", as: File.self).networks.first)
        let network = try GoogLeNet()
        try Formula.fill(network)
        network.train()
        for case let dropout as Dropout in network.namedModules.map(\.module) { dropout.isTraining = false }
        let images = try Formula.tensor([2, 3, row.side, row.side])
        let (logits, auxiliaries) = try network.forwardWithAuxiliaries(images)
        let objective = Objective(classes: 1000, isMultiLabel: false, labelSmoothing: 0, classWeights: nil)
        let losses = try objective.losses(TrainingLogits(logits, auxiliaries: auxiliaries), Tensor([1, 2]))
        let (main, whole): (Double, Double) = (try losses.main.item(), try losses.whole.item())
        #expect(abs(whole - row.loss) < 1e-4 * max(1, row.loss))
        #expect(whole > main * 1.3)
        try losses.whole.backward()
        let parameters = Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.tensor) })
        #expect(row.gradients.map(\.key).contains("aux1.fc2.weight"))
        for digest in row.gradients {
            try expectDigest(#require(parameters[digest.key]?.gradient), digest, within: 0.01, elements: 0.1)
        }
    }

    static func compareWithARun() async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try Samples.writeClasses(["blue", "red"], count: 2, to: data.appending(path: "train"))
            try Samples.writeClasses(["blue", "red"], count: 1, to: data.appending(path: "val"))
            var configuration = TrainingConfiguration.fresh()
            configuration.model = "googlenet"
            configuration.optimizer.kind = .sgd
            (configuration.optimizer.momentum, configuration.optimizer.learningRate) = (0, 0.05)
            let result = try await ImageClassifier.train(
                on: data.path, configuration, directory: folder.appending(path: "run").path)

            try RandomState.seed(configuration.seed)
            let network = try GoogLeNet(classes: 2)
            try network.to(.channelsLast)
            let before = try Dictionary(
                uniqueKeysWithValues: network.namedParameters.map { ($0.name, try $0.tensor.detach().clone()) })
            let preprocessing = Preprocessing.imageNet
            let loader = DataLoader(
                try openDataset(at: data.path).training, transforms: preprocessing.trainingTransforms.transforms,
                height: 224,
                width: 224, batchSize: 4, order: .shuffled, seed: configuration.seed, workers: 0)
            let batch = try #require(try loader.batches(epoch: 0).next())
            #expect(batch.count == 4)
            let labels = try Tensor(batch.labels)
            network.train()
            try RandomState.seed(configuration.stepSeed(epoch: 1, step: 0))
            let (logits, auxiliaries) = try network.forwardWithAuxiliaries(
                Normalizer(preprocessing, device: .cpu)(batch))
            try #require(auxiliaries.count == 2)
            let main = try crossEntropy(logits, labels)
            let later = try crossEntropy(auxiliaries[0].logits, labels) * 0.3
            let earlier = try crossEntropy(auxiliaries[1].logits, labels) * 0.3
            try (main + (later + earlier)).backward()

            // The reported loss does not include the auxiliary heads.
            let expected: Double = try main.item()
            #expect(abs(result.epochs[0].trainingLoss - expected) < 1e-5)
            let after = try Networks.tensors(result.directory.last)
            for (name, parameter) in network.namedParameters {
                let start = try #require(before[name])
                let wanted = try start - #require(parameter.gradient, "\(name)") * 0.05
                try expectClose(#require(after[name]), wanted, within: 1e-6, name)
                if name.hasPrefix("aux") { #expect(try maximumDifference(wanted, start) > 1e-5, "\(name)") }
            }
        }
    }
}
