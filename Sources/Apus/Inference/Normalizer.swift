internal import Torch
internal import TorchNN
internal import TorchVision

/// Turns 8-bit pixels into a network's input: torchvision's `ToTensor` and `Normalize`, on the device.
final class Normalizer: Module {
    private let mean: Tensor
    private let deviation: Tensor
    let device: Device

    init(_ preprocessing: Preprocessing, device: Device) throws {
        mean = try Tensor(preprocessing.mean).to(device)
        deviation = try Tensor(preprocessing.standardDeviation).to(device)
        self.device = device
    }

    /// `[N, H, W, 3]` bytes to `[N, 3, H, W]` float32 in the channels-last layout: (x / 255 - mean) / deviation.
    func forward(_ pixels: Tensor) throws -> Tensor {
        try withoutGradient {
            // From pinned memory the copy runs while the next batch is prepared.
            let here = device.kind == .cuda && pixels.device == .cpu ? try pixels.pinned() : pixels
            let values = try here.to(device, nonBlocking: true).to(.float32)
            try values.divide(inPlace: 255)
            try values.subtract(inPlace: mean)
            try values.divide(inPlace: deviation)
            return try values.permute([0, 3, 1, 2])
        }
    }

    /// The same for a batch.
    func callAsFunction(_ batch: ImageBatch) throws -> Tensor {
        let shape = [batch.count, batch.height, batch.width, 3]
        return try self(batch.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: .uint8) })
    }
}
