public import Images
public import Torch

extension Image {
    /// The picture that a tensor `[3, H, W]` or `[1, H, W]` of values between 0 and 1 stands for, rounded as torchvision's
    /// `save_image` does; what lies beyond is cut off.
    ///
    /// - Throws: `TorchError` for a tensor of another shape.
    public init(_ tensor: Tensor) throws {
        guard tensor.rank == 3, tensor.count > 0, tensor.shape[0] == 3 || tensor.shape[0] == 1 else {
            throw TorchError(
                code: .invalidArgument,
                message: "a picture is made of a tensor [3, H, W] or [1, H, W], not of \(tensor.shape)")
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
    /// Makes a tensor of an image, as torchvision's `to_tensor` does: `[3, H, W]`, float32, values from 0 to 1.
    ///
    /// - Throws: `TorchError` where the memory is not available.
    public convenience init(_ image: Image) throws {
        try self.init(image.pixels, shape: [1, image.height, image.width, 3])
        try setData(imageValues().squeeze(dim: 0))
    }

    /// Makes a tensor of the images of a batch: `[N, 3, H, W]`, float32, values from 0 to 1.
    ///
    /// - Throws: `TorchError` where the memory is not available.
    public convenience init(_ batch: ImageBatch) throws {
        try self.init(bytes: batch.pixels, shape: [batch.count, batch.height, batch.width, 3], dtype: .uint8)
        try withExtendedLifetime(batch) { try setData(imageValues()) }
    }

    /// `[N, H, W, 3]` of 8 bits to `[N, 3, H, W]` from 0 to 1, in the channels-last layout.
    private func imageValues() throws -> Tensor {
        try withoutGradient { try to(.float32).permute(dims: [0, 3, 1, 2]) / 255 }
    }
}

extension Preprocessing {
    /// Subtracts the mean and divides by the standard deviation: images `[N, 3, H, W]` or `[3, H, W]`, values from 0 to 1,
    /// to a network's input of the same shape.
    ///
    /// - Throws: `TorchError` where there are not three channels.
    public func normalized(_ images: Tensor) throws -> Tensor {
        let deviation = try Tensor(standardDeviation, shape: [3, 1, 1]).to(images.device)
        let mean = try Tensor(mean, shape: [3, 1, 1]).to(images.device)
        return try (images - mean) / deviation
    }

    /// Pictures as they were before mean and deviation: a network's input `[N, 3, H, W]` or `[3, H, W]`, as values
    /// between 0 and 1.
    ///
    /// - Throws: `TorchError` where there are not three channels.
    public func denormalized(_ input: Tensor) throws -> Tensor {
        let deviation = try Tensor(standardDeviation, shape: [3, 1, 1]).to(input.device)
        let mean = try Tensor(mean, shape: [3, 1, 1]).to(input.device)
        return try input * deviation + mean
    }
}
