internal import Images
internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a step learns from.
@TensorActor
struct LearningBatch {
    /// Its number within the epoch, from 0.
    let number: Int
    /// The number of the last batch that joined it, where one had too few images; its own otherwise.
    let lastNumber: Int
    /// What the trained part of the network takes: normalised pictures, or their features.
    let input: Tensor
    /// The place of each picture in the dataset.
    let pictures: [Int]
    /// The images since the batch before that could not be read.
    let failures: [SampleFailure]

    init(
        number: Int, lastNumber: Int? = nil, input: Tensor, pictures: [Int], failures: [SampleFailure] = []
    ) {
        (self.number, self.lastNumber) = (number, lastNumber ?? number)
        (self.input, self.pictures, self.failures) = (input, pictures, failures)
    }
}

/// Gives the batches of an epoch, and knows the part of the network that they are to pass.
@TensorActor
protocol LearningSource {
    /// The pictures with their labels.
    var dataset: any ImageDataset { get }
    /// Gives the batches one after the other, from the one of a number on.
    ///
    /// - Returns: the pictures after the last batch that could not be read.
    func pass(epoch: Int, from first: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure]
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

    var dataset: any ImageDataset { loader.dataset }

    func pass(epoch: Int, from first: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        var told = 0
        while let batch = try batches.next() {
            // Batches without a single readable image are passed over, so the iterator knows of more than the batch does.
            let failures = Array(batches.failures[told...])
            told += failures.count
            try body(
                LearningBatch(
                    number: batch.number, lastNumber: batch.lastNumber, input: normalizer(batch),
                    pictures: batch.indices, failures: failures))
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

    var dataset: any ImageDataset { loader.dataset }

    func pass(epoch: Int, from first: Int, _ body: (LearningBatch) throws -> Void) throws -> [SampleFailure] {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        var told = 0
        try engine.pass(batches) { batch, outputs in
            let features = try Tensor(outputs, shape: [batch.count] + featureShape).to(device)
            let failures = Array(batches.failures[told...])
            told += failures.count
            try body(
                LearningBatch(
                    number: batch.number, lastNumber: batch.lastNumber, input: features, pictures: batch.indices,
                    failures: failures))
        }
        return Array(batches.failures[told...])
    }

    func logits(_ input: Tensor) throws -> Tensor { try network.classify(input) }
}
