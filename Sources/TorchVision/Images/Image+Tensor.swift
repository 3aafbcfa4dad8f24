public import Images
public import Torch

extension Image {
    /// Creates an image from a tensor `[3, H, W]` or `[1, H, W]` with values between 0 and 1, rounded as in
    /// torchvision's `save_image`. Values outside are clipped.
    ///
    /// - Throws: `TorchError` for a tensor of another shape.
    public init(_ tensor: Tensor) throws {
        guard tensor.rank == 3, tensor.count > 0, tensor.shape[0] == 3 || tensor.shape[0] == 1 else {
            throw TorchError(
                code: .invalidArgument,
                message: "an image needs a tensor [3, H, W] or [1, H, W], not \(tensor.shape)")
        }
        let (height, width) = (tensor.shape[1], tensor.shape[2])
        let bytes = try withoutGradient {
            try (tensor.detach() * 255 + 0.5).clamp(min: 0, max: 255).expand([3, height, width]).permute(dims: [
                1, 2, 0,
            ]).to(.uint8)
        }
        self.init(width: width, height: height, pixels: try bytes.array(as: UInt8.self))
    }
}

extension Tensor {
    /// Creates a tensor from an image, as torchvision's `to_tensor` does: `[3, H, W]`, float32, values from 0 to 1.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public convenience init(_ image: Image) throws {
        try self.init(image.pixels, shape: [1, image.height, image.width, 3])
        try setData(imageValues().squeeze(dim: 0))
    }

    /// Creates a tensor from the images of a batch: `[N, 3, H, W]`, float32, values from 0 to 1.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public convenience init(_ batch: ImageBatch) throws {
        try self.init(bytes: batch.pixels, shape: [batch.count, batch.height, batch.width, 3], dtype: .uint8)
        try withExtendedLifetime(batch) { try setData(imageValues()) }
    }

    /// Converts `[N, H, W, 3]` with 8 bits to `[N, 3, H, W]` from 0 to 1, in channels-last format.
    private func imageValues() throws -> Tensor {
        try withoutGradient { try to(.float32).permute(dims: [0, 3, 1, 2]) / 255 }
    }
}

extension Preprocessing {
    /// Subtracts the mean and divides by the standard deviation: images `[N, 3, H, W]` or `[3, H, W]` with values from
    /// 0 to 1 become a network's input of the same shape.
    ///
    /// - Throws: `TorchError` if there are not three channels.
    public func normalized(_ images: Tensor) throws -> Tensor {
        let deviation = try Tensor(standardDeviation, shape: [3, 1, 1]).to(images.device)
        let mean = try Tensor(mean, shape: [3, 1, 1]).to(images.device)
        return try (images - mean) / deviation
    }

    /// Reverts the normalization: a network's input `[N, 3, H, W]` or `[3, H, W]` becomes images with values between 0
    /// and 1.
    ///
    /// - Throws: `TorchError` if there are not three channels.
    public func denormalized(_ input: Tensor) throws -> Tensor {
        let deviation = try Tensor(standardDeviation, shape: [3, 1, 1]).to(input.device)
        let mean = try Tensor(mean, shape: [3, 1, 1]).to(input.device)
        return try input * deviation + mean
    }
}
