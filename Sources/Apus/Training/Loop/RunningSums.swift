internal import Torch

/// The sums of an epoch, kept on the device until they are read: reading waits for a CUDA device.
@TensorActor
struct RunningSums {
    private(set) var pictures: Int
    private var loss: Tensor
    private var correct: Tensor

    init(_ sums: EpochSums, on device: Device) throws {
        pictures = sums.pictures
        loss = try Tensor([sums.loss]).to(device)
        correct = try Tensor([sums.correct]).to(device)
    }

    /// Adds a batch: the mean of its losses, and its hits, both scalars.
    mutating func add(meanLoss: Tensor, hits: Tensor, pictures count: Int) throws {
        try withoutGradient {
            loss = try loss + meanLoss.detach().to(.float64) * Double(count)
            correct = try correct + hits
        }
        pictures += count
    }

    func read() throws -> EpochSums {
        EpochSums(loss: try loss.item(), correct: try correct.item(), pictures: pictures)
    }
}

extension EpochSums {
    /// The means over the pictures.
    var meanLoss: Double { loss / Double(max(1, pictures)) }
    var accuracy: Double { correct / Double(max(1, pictures)) }
}
