public import Images
public import Torch

extension BatchMix.Mixture {
    /// Mixes floating-point images `[N, C, H, W]`, each with the previous one, and the first with the last.
    ///
    /// - Throws: `TorchError` if the tensor is not a batch of images, or has another size.
    public func images(_ images: Tensor) throws -> Tensor {
        guard images.rank == 4, images.dtype.isFloatingPoint else {
            throw TorchError(
                code: .invalidArgument,
                message: "images to mix must be a floating-point tensor [N, C, H, W], not \(images.dtype) "
                    + "\(images.shape)")
        }
        let neighbors = try images.roll([1], dims: [0])
        switch self {
        case .blend(let fraction):
            try neighbors *= 1 - fraction
            try neighbors += images * fraction
            return neighbors
        case .patch(let area, let size):
            guard images.shape[3] == size.width, images.shape[2] == size.height else {
                throw TorchError(
                    code: .invalidArgument,
                    message: "the mixture was drawn for images of \(size.width) x \(size.height) pixels, but these "
                        + "have \(images.shape[3]) x \(images.shape[2])")
            }
            let mixed = try images.clone()
            guard area.width > 0, area.height > 0 else { return mixed }
            try cut(area, of: mixed).copy(from: cut(area, of: neighbors))
            return mixed
        }
    }

    private func cut(_ area: PixelRectangle, of images: Tensor) throws -> Tensor {
        try images.narrow(dim: 2, from: area.y, length: area.height).narrow(dim: 3, from: area.x, length: area.width)
    }

    /// Mixes labels, classes `[N]` or targets `[N, classCount]` of one image each, to `float32` targets `[N,
    /// classCount]`. For classes they sum to 1.
    ///
    /// - Throws: `TorchError` if the labels have another form, or if a class is not below `classCount`.
    public func targets(_ labels: Tensor, classCount: Int) throws -> Tensor {
        let isIndexed = labels.rank == 1 && !labels.dtype.isFloatingPoint
        guard isIndexed || (labels.rank == 2 && labels.shape[1] == classCount) else {
            throw TorchError(
                code: .invalidArgument,
                message: "labels to mix must be integers [N] or targets [N, \(classCount)], not \(labels.dtype) "
                    + "\(labels.shape)")
        }
        let targets = try (isIndexed ? labels.to(.int64).oneHot(classCount: classCount) : labels).to(.float32)
        let neighbors = try targets.roll([1], dims: [0])
        try neighbors *= 1 - fraction
        try neighbors += targets * fraction
        return neighbors
    }
}
