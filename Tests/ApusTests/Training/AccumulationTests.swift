import Foundation
import Testing
import Torch
import TorchTestSupport
import TorchVision

@testable import Apus
@testable import Classifier

/// Steps of several batches with unreadable images.
@TensorActor
@Suite("Gradient accumulation") struct AccumulationTests {
    private func batch(_ number: Int, _ count: Int, to last: Int? = nil) throws -> LearningBatch {
        LearningBatch(
            number: number, lastNumber: last, input: try Tensor.zeros([count, 1]), images: Array(0..<count))
    }

    /// Fractions times the correction are the weights of a mean over the readable images.
    @Test("The gradients of a step are the mean over the readable images")
    func means() throws {
        var steps = StepCounter(batches: 4, batchSize: 6, images: 19, accumulation: 3)
        #expect(!steps.isUnderWay)
        for (number, count) in [(0, 6), (1, 2), (2, 1)] {
            let batch = try batch(number, count)
            #expect(!steps.isLate(for: batch))
            #expect(steps.fraction(of: batch) == Double(count) / 18)
            let isComplete = steps.add(batch)
            #expect(isComplete == (number == 2))
        }
        #expect(steps.correction == 18.0 / 9)
        let done = steps.endStep()
        #expect(done == 3 && !steps.isUnderWay && steps.correction == 1)
        // The last step has the one remaining image.
        let last = try batch(3, 1)
        #expect(steps.fraction(of: last) == 1)
        let isLast = steps.add(last)
        #expect(isLast && steps.correction == 1)
        let all = steps.endStep()
        #expect(all == 4)

        // A complete step lacks nothing.
        var whole = StepCounter(batches: 4, batchSize: 6, images: 24, accumulation: 2)
        let halves = try [whole.add(batch(0, 6)), whole.add(batch(1, 6))]
        #expect(halves == [false, true] && whole.correction == 1)
    }

    @Test("A batch that joined another one belongs to the step of the first")
    func joined() throws {
        var steps = StepCounter(batches: 5, batchSize: 2, images: 10, accumulation: 2)
        let first = try [steps.add(batch(0, 2)), steps.add(batch(1, 3, to: 2))]
        #expect(first == [false, true] && steps.correction == 4.0 / 5)
        let done = steps.endStep()
        #expect(done == 3)
        let second = try (steps.add(batch(3, 2)), steps.endStep())
        #expect(second.0 && second.1 == 4)
        let third = try (steps.add(batch(4, 2)), steps.endStep())
        #expect(third.0 && third.1 == 5)

        // If batches between them are missing, the earlier gradients are a separate step.
        let late = try batch(2, 2)
        let isComplete = try steps.add(batch(0, 1))
        #expect(!isComplete && steps.isLate(for: late) && steps.correction == 4)
        let behind = steps.endStep()
        #expect(behind == 2 && !steps.isLate(for: late))
    }

    private func data(in folder: URL, unreadable: [String]) throws -> String {
        let data = folder.appending(path: "data")
        try Samples.writeClasses(["blue", "red"], count: 8, to: data.appending(path: "train"))
        try Samples.writeClasses(["blue", "red"], count: 2, to: data.appending(path: "val"))
        for name in unreadable { try Data("no image".utf8).write(to: data.appending(path: "train/\(name).png")) }
        return data.path
    }

    @Test("Unreadable images do not shrink steps: small batches give the weights of a large one")
    func unreadableImages() async throws {
        try await withTemporaryFolder { folder in
            let data = try data(in: folder, unreadable: ["blue/1", "blue/3", "blue/4", "red/0", "red/2", "red/6"])
            var weights: [[String: Tensor]] = []
            for (number, (batchSize, accumulation)) in [(16, 1), (4, 4), (1, 16)].enumerated() {
                var configuration = try await TrainingConfiguration.tiny(in: folder, epochs: 2)
                (configuration.data.batchSize, configuration.optimizer.gradientAccumulationSteps) = (
                    batchSize, accumulation
                )
                (configuration.network.dropout, configuration.optimizer.kind, configuration.optimizer.learningRate) = (
                    0, .sgd, 0.1
                )
                let result = try await ImageClassifier.train(
                    on: data, configuration, directory: folder.appending(path: "run-\(number)").path)
                #expect(result.unreadable == 6)
                weights.append(try Networks.tensors(result.directory.last))
            }
            for other in weights.dropFirst() {
                for (name, tensor) in weights[0] {
                    try expectClose(tensor, #require(other[name]), within: 1e-5, name)
                }
            }
        }
    }

    /// Each batch is one image, so that an unreadable one leaves its batch empty.
    @Test("Every image of a batch without a readable one is reported", arguments: [TrainingStrategy.frozen, .all])
    func unreadableBatches(_ strategy: TrainingStrategy) async throws {
        try await withTemporaryFolder { folder in
            let names = ["blue/0", "blue/5", "red/1", "red/2", "red/7"]
            let data = try data(in: folder, unreadable: names)
            let fresh = try await TrainingConfiguration.tiny(in: folder, epochs: 1)
            let start = try await ImageClassifier.train(
                on: data, fresh, directory: folder.appending(path: "start").path)
            var configuration = TrainingConfiguration.quick(from: start.directory.last, epochs: 1)
            (configuration.model, configuration.network.strategy, configuration.data.batchSize) = (
                fresh.model, strategy, 1
            )
            let reported = Collected<String>()
            let result = try await ImageClassifier.train(
                on: data, configuration, directory: folder.appending(path: "run").path
            ) { events in
                for await case .unreadable(let failure) in events { reported.append(failure.name) }
            }
            #expect(Set(reported.elements) == Set(names.map { "\(data)/train/\($0).png" }))
            #expect(reported.elements.count == 5 && result.unreadable == 5)
        }
    }
}
