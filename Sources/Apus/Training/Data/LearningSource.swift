internal import Classifier
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

    init(number: Int, lastNumber: Int? = nil, input: Tensor, pictures: [Int]) {
        (self.number, self.lastNumber) = (number, lastNumber ?? number)
        (self.input, self.pictures) = (input, pictures)
    }

    /// A batch of the loader, with what the network takes of it.
    init(_ batch: ImageBatch, input: Tensor) {
        self.init(number: batch.number, lastNumber: batch.lastNumber, input: input, pictures: batch.indices)
    }
}

/// The batches of an epoch, one after the other.
@TensorActor
final class LearningBatches {
    private let advance: () throws -> LearningBatch?
    private let failures: () -> [SampleFailure]
    private var reported = 0

    /// - Parameters:
    ///   - failures: returns all images so far that could not be read, in order.
    ///   - advance: returns the next batch; nil after the last.
    init(failures: @escaping () -> [SampleFailure], advance: @escaping () throws -> LearningBatch?) {
        (self.failures, self.advance) = (failures, advance)
    }

    /// The next batch; nil after the last. Batches without a single readable image are left out.
    func next() throws -> LearningBatch? { try advance() }

    /// The images that could not be read, and that were not asked for yet.
    func newFailures() -> [SampleFailure] {
        let all = failures()
        defer { reported = all.count }
        return Array(all[reported...])
    }
}

/// Gives the batches of an epoch, and knows the part of the network that they are to pass.
@TensorActor
protocol LearningSource {
    /// The pictures with their labels.
    var dataset: any ImageDataset { get }
    /// The batches of an epoch, counted from 0, from the one of a number on.
    func batches(epoch: Int, from first: Int) throws -> LearningBatches
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

    func batches(epoch: Int, from first: Int) -> LearningBatches {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        return LearningBatches(failures: { batches.failures }) { [normalizer] in
            try batches.next().map { LearningBatch($0, input: try normalizer($0)) }
        }
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

    func batches(epoch: Int, from first: Int) -> LearningBatches {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        let pass = ImagePass([batches], of: dataset.count, through: engine)
        return LearningBatches(failures: { batches.failures }) { [featureShape, device] in
            try pass.next().map { batch, outputs in
                LearningBatch(
                    batch, input: try Tensor(outputs, shape: [batch.count] + featureShape).to(device))
            }
        }
    }

    func logits(_ input: Tensor) throws -> Tensor { try network.classify(input) }
}
