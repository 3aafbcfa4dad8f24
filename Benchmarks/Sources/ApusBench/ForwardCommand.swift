internal import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
public import Inference
internal import Torch

/// `apus-bench forward`: the forward pass, from the pixels of a batch in memory to its logits.
struct ForwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "Measures the forward pass of a model without reading images.")

    @Argument(help: "The file of a classifier.")
    var model: String

    @Option(parsing: .upToNextOption, help: "Batch sizes; they are measured one after the other.")
    var batch = [1, 32]

    @Option(help: "Duration of the measurement of each size, in seconds.")
    var seconds = 2.0

    @Option(help: "The engine: auto, openvino, libtorch.")
    var engine = EngineChoice.auto

    @Option(help: "Numeric precision: float32, bfloat16, int8.")
    var precision = InferencePrecision.float32

    private struct Output: Encodable {
        /// `one` batch at a time with all cores, or `many` in flight, each on its own core.
        let kind: String
        let batch: Int
        let times: Int
        /// Milliseconds per image: the best and the median.
        let best: Double
        let median: Double
        let engine: String
    }

    func run() async throws {
        let cores = InferenceShares.coreCount
        for size in batch {
            for (kind, streams) in [("one", 1), ("many", cores)] where kind == "one" || engine != .libtorch {
                // A separate classifier for each, so that no other engine holds threads.
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
        // A single batch is waited for at once; with many, as many are always in flight as the engine needs.
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

/// Random pixels.
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
