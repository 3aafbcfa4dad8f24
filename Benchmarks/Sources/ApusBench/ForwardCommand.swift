internal import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
public import Inference
internal import Torch

/// `apus-bench forward`: the network alone, from the pixels of a batch in memory to its logits.
struct ForwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "Times the forward pass of a model by itself, without reading pictures.")

    @Argument(help: "A classifier's file.")
    var model: String

    @Option(parsing: .upToNextOption, help: "Pictures in a batch; several sizes are timed one after the other.")
    var batch = [1, 32]

    @Option(help: "How long each size is timed, in seconds.")
    var seconds = 2.0

    @Option(help: "What computes: auto, openvino, libtorch.")
    var engine = EngineChoice.auto

    @Option(help: "The numbers that it computes with: float32, bfloat16, int8.")
    var precision = InferencePrecision.float32

    private struct Output: Encodable {
        /// `one` batch at a time with all cores at it, or `many` under way, each on a core of its own.
        let kind: String
        let batch: Int
        let times: Int
        /// Milliseconds for a picture: in the quickest time, and in the median one.
        let best: Double
        let median: Double
        let engine: String
    }

    func run() async throws {
        let cores = InferenceShares.coreCount
        for size in batch {
            for (kind, streams) in [("one", 1), ("many", cores)] where kind == "one" || engine != .libtorch {
                // A classifier for each, so that no other engine holds threads.
                let classifier = try await ImageClassifier(
                    contentsOf: model, inference: InferenceOptions(engine: engine, precision: precision))
                let shares = InferenceShares(batchSize: size, streams: streams, threads: cores)
                try printLine(try await time(classifier, shares, kind: kind))
            }
        }
    }

    @TensorActor
    private func time(_ classifier: ImageClassifier, _ shares: InferenceShares, kind: String) throws -> Output {
        let engine = try classifier.makeEngine(shares)
        let (size, side) = (shares.batchSize, classifier.description.preprocessing.cropSize)
        let pixels = Pixels(count: size * side * side * 3)
        // One batch is waited for at once; of many, as many are always under way as the engine wants.
        let depth = kind == "one" ? 1 : engine.depth
        let count = kind == "one" ? 1 : 4 * (engine.depth - 1)
        var underWay: [any PendingInference] = []
        let times = try repeated(for: seconds) {
            for _ in 0..<count {
                underWay.append(try engine.start(pixels.bytes, count: size, keeping: pixels))
                if underWay.count == depth { _ = try underWay.removeFirst().wait() }
            }
            while !underWay.isEmpty { _ = try underWay.removeFirst().wait() }
        }
        let scale = 1000 / Double(size * count)
        return Output(
            kind: kind, batch: size, times: times.count, best: times[0] * scale,
            median: times[times.count / 2] * scale, engine: engine.summary)
    }
}

/// Pixels at random.
private final class Pixels {
    let bytes: UnsafeRawBufferPointer

    init(count: Int) {
        var generator = SystemRandomNumberGenerator()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        for index in memory.indices { memory[index] = UInt8.random(in: 0...255, using: &generator) }
        bytes = UnsafeRawBufferPointer(memory)
    }

    deinit { bytes.deallocate() }
}

extension EngineChoice: @retroactive ExpressibleByArgument {}

extension InferencePrecision: @retroactive ExpressibleByArgument {}
