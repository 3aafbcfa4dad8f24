internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a step learns from.
@TensorActor
struct LearningBatch {
    /// Its number within the epoch, from 0.
    let number: Int
    /// What the trained part of the network takes: normalised pictures, or their features.
    let input: Tensor
    /// The class of each picture.
    let labels: [Int]
    /// The pictures that should be here and could not be read.
    var failures: [SampleFailure] = []
}

/// Gives the batches of an epoch, and knows the part of the network that they are to pass.
@TensorActor
protocol LearningSource {
    /// Gives the batches one after the other.
    ///
    /// - Returns: the pictures after the last batch that could not be read.
    func pass(epoch: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure]
    /// The logits, `[N, classes]`, that a batch's input leads to.
    func logits(_ input: Tensor) throws -> Tensor
    /// The same in a step of training, with what auxiliary heads answer.
    func trainingLogits(_ input: Tensor) throws -> TrainingLogits
}

extension LearningSource {
    func trainingLogits(_ input: Tensor) throws -> TrainingLogits { TrainingLogits(try logits(input)) }
}

/// Pictures that pass the whole network.
struct PictureSource: LearningSource {
    let loader: DataLoader
    let normalizer: Normalizer
    let network: any ImageNetwork

    func pass(epoch: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        let batches = loader.batches(epoch: epoch)
        var told = 0
        while let batch = batches.next() {
            try Task.checkCancellation()
            try body(
                LearningBatch(
                    number: batch.number, input: normalizer(batch), labels: batch.labels, failures: batch.failures))
            told = batches.failures.count
        }
        return Array(batches.failures[told...])
    }

    func logits(_ input: Tensor) throws -> Tensor { try network(input) }

    func trainingLogits(_ input: Tensor) throws -> TrainingLogits {
        guard let network = network as? any AuxiliaryNetwork else { return TrainingLogits(try network(input)) }
        let (logits, auxiliaries) = try network.forwardWithAuxiliaries(input)
        return TrainingLogits(logits, auxiliaries: auxiliaries)
    }
}

/// Pictures whose features an engine computes, since only the head is trained.
struct FeatureSource: LearningSource {
    let loader: DataLoader
    let engine: any InferenceEngine
    let network: any ImageNetwork
    /// The shape of one picture's features: `[C]`, or `[C, H, W]` where the head begins with a convolution.
    let featureShape: [Int]
    let device: Device

    func pass(epoch: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        try passRows(epoch: epoch) { batch, input in
            try body(
                LearningBatch(number: batch.number, input: input, labels: batch.labels, failures: batch.failures))
        }
    }

    func logits(_ input: Tensor) throws -> Tensor { try network.classify(input) }

    /// The same, with the loader's batches.
    func passRows(
        epoch: Int, _ body: (_ batch: ImageBatch, _ features: Tensor) throws -> Void
    ) throws -> [SampleFailure] {
        let batches = loader.batches(epoch: epoch)
        var told = 0
        try engine.pass(batches) { batch, outputs in
            try body(batch, Tensor(outputs, shape: [batch.count] + featureShape).to(device))
            told += batch.failures.count
        }
        return Array(batches.failures[told...])
    }
}

/// Features that are computed once and kept: epochs after the first read no picture.
///
/// Every epoch then sees the same features, so the loader's transforms are to draw nothing.
final class CachedFeatureSource: LearningSource {
    private let source: FeatureSource
    /// The features of the pictures that could be read, `[N, …]`, and for each picture of the dataset its row.
    private var kept: (features: Tensor, rowOfPicture: [Int: Int])?

    init(_ source: FeatureSource) { self.source = source }

    func pass(epoch: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        guard let kept else { return try firstPass(epoch: epoch, body) }
        let loader = source.loader
        let pictures = loader.indices(epoch: epoch).filter { kept.rowOfPicture[$0] != nil }
        for (number, start) in stride(from: 0, to: pictures.count, by: loader.batchSize).enumerated() {
            try Task.checkCancellation()
            let chosen = pictures[start..<min(start + loader.batchSize, pictures.count)]
            let rows = try Tensor(chosen.compactMap { kept.rowOfPicture[$0] }).to(source.device)
            try body(
                LearningBatch(
                    number: number, input: kept.features.indexSelect(0, rows),
                    labels: chosen.map { loader.dataset.label(at: $0) }))
        }
        return []
    }

    func logits(_ input: Tensor) throws -> Tensor { try source.logits(input) }

    private func firstPass(epoch: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        var parts: [Tensor] = []
        var rowOfPicture: [Int: Int] = [:]
        let failures = try source.passRows(epoch: epoch) { batch, features in
            for picture in batch.indices { rowOfPicture[picture] = rowOfPicture.count }
            parts.append(features)
            try body(
                LearningBatch(number: batch.number, input: features, labels: batch.labels, failures: batch.failures))
        }
        if !parts.isEmpty { kept = (try Tensor.cat(parts), rowOfPicture) }
        return failures
    }
}
