internal import Classifier
internal import Images
internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// A batch of training images, or of their features.
@TensorActor
struct LearningBatch {
    /// Its number within the epoch, from 0.
    let number: Int
    /// The number of the last batch that joined it because it had too few images; its own otherwise.
    let lastNumber: Int
    /// The input of the trained part of the network: normalized images, or their features.
    let input: Tensor
    /// The index of each image in the dataset.
    let images: [Int]

    init(number: Int, lastNumber: Int? = nil, input: Tensor, images: [Int]) {
        (self.number, self.lastNumber) = (number, lastNumber ?? number)
        (self.input, self.images) = (input, images)
    }

    /// Creates a batch from a batch of the loader and the network's input.
    init(_ batch: ImageBatch, input: Tensor) {
        self.init(number: batch.number, lastNumber: batch.lastNumber, input: input, images: batch.indices)
    }
}

/// The batches of an epoch.
@TensorActor
final class LearningBatches {
    private let advance: () throws -> LearningBatch?
    private let failures: () -> [SampleFailure]
    private let frames: () -> SeveralFrames
    private var reported = 0
    /// Whether the unreadable images and those with several frames are those of all processes.
    let isShared: Bool

    /// - Parameters:
    ///   - isShared: Whether they are those of all processes, and not of this one alone.
    ///   - failures: Returns all images so far that could not be read, in order.
    ///   - frames: Returns the images with several frames so far.
    ///   - advance: Returns the next batch; nil after the last.
    init(
        isShared: Bool = false, failures: @escaping () -> [SampleFailure],
        frames: @escaping () -> SeveralFrames = { SeveralFrames() },
        advance: @escaping () throws -> LearningBatch?
    ) {
        (self.isShared, self.failures, self.frames, self.advance) = (isShared, failures, frames, advance)
    }

    /// The images with several frames or pages that were read. It is complete after the last batch.
    var severalFrames: SeveralFrames { frames() }

    /// Returns the next batch; nil after the last. Batches without readable images are left out, except where several
    /// processes share the batches.
    func next() throws -> LearningBatch? { try advance() }

    /// Returns the images that could not be read since the last call.
    func newFailures() -> [SampleFailure] {
        let all = failures()
        defer { reported = all.count }
        return Array(all[reported...])
    }
}

/// A source of batches, with the part of the network that computes their logits.
@TensorActor
protocol LearningSource {
    /// The images with their labels.
    var dataset: any ImageDataset { get }
    /// Returns the batches of an epoch, counted from 0, starting with the batch `first`.
    func batches(epoch: Int, from first: Int) throws -> LearningBatches
    /// Returns the logits, `[N, classes]`, of a batch's input.
    func logits(_ input: Tensor) throws -> Tensor
    /// Returns the logits in training, with those of auxiliary heads.
    func trainingLogits(_ input: Tensor) throws -> TrainingLogits
}

extension LearningSource {
    func trainingLogits(_ input: Tensor) throws -> TrainingLogits { TrainingLogits(try logits(input)) }
}

/// Images that pass the whole network.
struct ImageSource: LearningSource {
    let loader: DataLoader
    let normalizer: Normalizer
    let network: any ImageNetwork

    var dataset: any ImageDataset { loader.dataset }

    func batches(epoch: Int, from first: Int) -> LearningBatches {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        return LearningBatches(failures: { batches.failures }, frames: { batches.severalFrames }) { [normalizer] in
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

/// A source whose features an engine computes, because only the head is trained.
struct FeatureSource: LearningSource {
    let loader: DataLoader
    let engine: any InferenceEngine
    let network: any ImageNetwork
    /// The shape of one image's features: `[C]`, or `[C, H, W]` if the head begins with a convolution.
    let featureShape: [Int]
    let device: Device

    var dataset: any ImageDataset { loader.dataset }

    func batches(epoch: Int, from first: Int) -> LearningBatches {
        let batches = loader.batches(epoch: epoch, startingAt: first)
        // Processes that share the batches stop together, after a whole batch.
        let pass = ImagePass(
            [batches], of: dataset.count, through: engine, checksCancellation: loader.part == nil)
        return LearningBatches(
            failures: { batches.failures }, frames: { batches.severalFrames }
        ) { [featureShape, device] in
            try pass.next().map { batch, outputs in
                LearningBatch(
                    batch, input: try Tensor(outputs, shape: [batch.count] + featureShape).to(device))
            }
        }
    }

    func logits(_ input: Tensor) throws -> Tensor { try network.classify(input) }
}
