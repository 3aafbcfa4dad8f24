internal import Classifier
internal import Images
internal import Torch
internal import TorchNN
internal import TorchVision

/// A network that takes 8-bit pixels, `[N, H, W, 3]`, and returns logits, or the features before its head.
///
/// Its parameters have the names of the network.
final class PixelNetwork: ModuleContainer {
    private let normalizer: Normalizer
    private let network: any ImageNetwork
    private let output: EngineOutput

    init(_ network: any ImageNetwork, normalizer: Normalizer, output: EngineOutput = .logits) {
        (self.network, self.normalizer, self.output) = (network, normalizer, output)
    }

    var namedChildren: [(name: String, module: any Module)] { [("", network)] }

    func forward(_ pixels: Tensor) throws -> Tensor {
        let input = try normalizer(pixels)
        return switch output {
        case .logits: try network(input)
        case .features: try network.extractFeatures(input)
        }
    }
}

/// The normalization of 8-bit pixels: torchvision's `ToTensor` and `Normalize`, on the device.
final class Normalizer: Module {
    private let mean: Tensor
    private let deviation: Tensor
    let device: Device

    init(_ preprocessing: Preprocessing, device: Device) throws {
        mean = try Tensor(preprocessing.mean).to(device)
        deviation = try Tensor(preprocessing.standardDeviation).to(device)
        self.device = device
    }

    /// Returns `[N, 3, H, W]` float32 in the channels-last layout for bytes `[N, H, W, 3]`: (x / 255 - mean) /
    /// deviation.
    func forward(_ pixels: Tensor) throws -> Tensor {
        try withoutGradient {
            // A copy from pinned memory runs while the next batch is prepared.
            let here = device.kind == .cuda && pixels.device == .cpu ? try pixels.pinned() : pixels
            let values = try here.to(device, nonBlocking: true).to(.float32)
            try values /= 255
            try values -= mean
            try values /= deviation
            return try values.permute(dims: [0, 3, 1, 2])
        }
    }

    /// Returns the normalized images of a batch.
    func callAsFunction(_ batch: ImageBatch) throws -> Tensor {
        let shape = [batch.count, batch.height, batch.width, 3]
        return try self(batch.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: .uint8) })
    }
}
