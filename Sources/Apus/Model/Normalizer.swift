internal import Torch
internal import TorchVision

/// Turns a batch's 8-bit pixels into the network's input: torchvision's `ToTensor` and `Normalize`, on the device.
@TensorActor
struct Normalizer {
    private let mean: Tensor
    private let deviation: Tensor
    let device: Device

    init(_ preprocessing: Preprocessing, device: Device) throws {
        mean = try Tensor(preprocessing.mean).to(device)
        deviation = try Tensor(preprocessing.standardDeviation).to(device)
        self.device = device
    }

    /// `[N, H, W, 3]` bytes to `[N, 3, H, W]` float32 in the channels-last layout: (x / 255 - mean) / deviation.
    func callAsFunction(_ batch: ImageBatch) throws -> Tensor {
        let shape = [batch.count, batch.height, batch.width, 3]
        let pixels = try batch.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: .uint8) }
        return try withoutGradient {
            let values = try pixels.to(device).to(.float32)
            try values.divide(inPlace: 255)
            try values.subtract(inPlace: mean)
            try values.divide(inPlace: deviation)
            return try values.permute([0, 3, 1, 2])
        }
    }
}
