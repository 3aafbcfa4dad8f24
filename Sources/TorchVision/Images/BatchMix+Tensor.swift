public import Images
public import Torch

extension BatchMix.Mixture {
    /// Mixes pictures `[N, C, H, W]` of floating-point numbers, each with the one before it, the first with the last.
    ///
    /// - Throws: `TorchError` where the tensor is none of pictures, or of another size.
    public func pictures(_ pictures: Tensor) throws -> Tensor {
        guard pictures.rank == 4, pictures.dtype.isFloatingPoint else {
            throw TorchError(
                code: .invalidArgument,
                message: "pictures to mix are a floating-point tensor [N, C, H, W], not \(pictures.dtype) "
                    + "\(pictures.shape)")
        }
        let neighbours = try pictures.roll([1], dims: [0])
        switch self {
        case .blend(let share):
            try neighbours *= 1 - share
            try neighbours += pictures * share
            return neighbours
        case .patch(let area, let size):
            guard pictures.shape[3] == size.width, pictures.shape[2] == size.height else {
                throw TorchError(
                    code: .invalidArgument,
                    message: "the mixture was drawn for pictures of \(size.width) x \(size.height) pixels, and these "
                        + "have \(pictures.shape[3]) x \(pictures.shape[2])")
            }
            let mixed = try pictures.clone()
            guard area.width > 0, area.height > 0 else { return mixed }
            try cut(area, of: mixed).copy(from: cut(area, of: neighbours))
            return mixed
        }
    }

    private func cut(_ area: PixelRectangle, of pictures: Tensor) throws -> Tensor {
        try pictures.narrow(dim: 2, from: area.y, length: area.height).narrow(dim: 3, from: area.x, length: area.width)
    }

    /// Mixes labels, classes `[N]` or targets `[N, classCount]` of one picture each, into targets `[N, classCount]` of
    /// `float32`, which for classes sum up to 1.
    ///
    /// - Throws: `TorchError` where the labels are none, or a class is not below `classCount`.
    public func targets(_ labels: Tensor, classCount: Int) throws -> Tensor {
        let isIndexed = labels.rank == 1 && !labels.dtype.isFloatingPoint
        guard isIndexed || (labels.rank == 2 && labels.shape[1] == classCount) else {
            throw TorchError(
                code: .invalidArgument,
                message: "labels to mix are whole numbers [N] or targets [N, \(classCount)], not \(labels.dtype) "
                    + "\(labels.shape)")
        }
        let targets = try (isIndexed ? labels.to(.int64).oneHot(classCount: classCount) : labels).to(.float32)
        let neighbours = try targets.roll([1], dims: [0])
        try neighbours *= 1 - share
        try neighbours += targets * share
        return neighbours
    }
}
