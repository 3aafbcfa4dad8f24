public import Torch

extension Operator {
    fileprivate static let oneHot = Operator("aten::one_hot")
}

/// Mixes each picture of a batch with its neighbour, and their labels with them: MixUp (Zhang et al., "mixup: Beyond
/// Empirical Risk Minimization", arXiv:1710.09412) and CutMix (Yun et al., "CutMix: Regularization Strategy to Train
/// Strong Classifiers with Localizable Features", arXiv:1905.04899), as torchvision's transforms v2 have them.
///
/// What is drawn hangs on the random numbers alone, and is applied to pictures and labels apart.
public struct BatchMix: Sendable, Hashable {
    /// How pictures are mixed.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Both pictures shine through.
        case mixup
        /// A rectangle of the neighbour covers the picture.
        case cutmix
    }

    /// What is drawn for a batch.
    public enum Mixture: Sendable, Hashable {
        /// So large a share of each picture, and the rest of its neighbour.
        case blend(share: Double)
        /// This rectangle of the neighbour on a picture of this size.
        case patch(PixelRectangle, on: PixelSize)
    }

    /// How pictures are mixed.
    public let method: Method

    /// Both parameters of the beta distribution that shares are drawn from: at 1 all have the same chance, near 0 most
    /// pictures stay almost whole.
    public let alpha: Double

    /// A mix by a method.
    public init(_ method: Method, alpha: Double) {
        precondition(alpha > 0 && alpha.isFinite, "A distribution's parameter is above zero.")
        self.method = method
        self.alpha = alpha
    }

    /// MixUp; the paper takes 0.1 to 0.4 for ImageNet.
    public static func mixup(_ alpha: Double = 0.2) -> BatchMix { BatchMix(.mixup, alpha: alpha) }

    /// CutMix; the paper takes 1.
    public static func cutmix(_ alpha: Double = 1) -> BatchMix { BatchMix(.cutmix, alpha: alpha) }

    /// Draws what is done to a batch of pictures of this size.
    public func mixture(width: Int, height: Int, using random: inout CountedRandom) -> Mixture {
        let share = random.beta(alpha, alpha)
        guard method == .cutmix else { return .blend(share: share) }
        let x = random.uniform(below: width)
        let y = random.uniform(below: height)
        let size = PixelSize(width: width, height: height)
        return .patch(Self.patch(share: share, x: x, y: y, on: size), on: size)
    }

    /// The rectangle about a place that has the rest of the area, as far as the edges leave it.
    static func patch(share: Double, x: Int, y: Int, on size: PixelSize) -> PixelRectangle {
        let (width, height) = (size.width, size.height)
        let half = 0.5 * (1 - share).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Double(width)), Int(half * Double(height)))
        let (left, top) = (max(0, x - halfWidth), max(0, y - halfHeight))
        let (right, bottom) = (min(width, x + halfWidth), min(height, y + halfHeight))
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// As a `TransformList` writes it: `mixup(0.2)`.
    public var notation: String { noted(method.rawValue, alpha.noted) }
}

extension [BatchMix] {
    /// Draws one of the mixes, each with the same chance, and what it does; nil where there is none.
    public func mixture(width: Int, height: Int, using random: inout CountedRandom) -> BatchMix.Mixture? {
        guard !isEmpty else { return nil }
        return self[random.uniform(below: count)].mixture(width: width, height: height, using: &random)
    }
}

extension BatchMix.Mixture {
    /// Each picture's share of itself, from 0 to 1; the rest is its neighbour's.
    public var share: Double {
        switch self {
        case .blend(let share): share
        case .patch(let area, let size):
            1 - Double(area.width * area.height) / Double(size.width * size.height)
        }
    }

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
        let neighbours = try pictures.roll([1], along: [0])
        switch self {
        case .blend(let share):
            try neighbours.multiply(inPlace: 1 - share)
            try neighbours.add(inPlace: pictures * share)
            return neighbours
        case .patch(let area, let size):
            guard pictures.size(3) == size.width, pictures.size(2) == size.height else {
                throw TorchError(
                    code: .invalidArgument,
                    message: "the mixture was drawn for pictures of \(size.width) x \(size.height) pixels, and these "
                        + "have \(pictures.size(3)) x \(pictures.size(2))")
            }
            let mixed = try pictures.clone()
            guard area.width > 0, area.height > 0 else { return mixed }
            try cut(area, of: mixed).copy(from: cut(area, of: neighbours))
            return mixed
        }
    }

    private func cut(_ area: PixelRectangle, of pictures: Tensor) throws -> Tensor {
        try pictures.narrow(2, from: area.y, length: area.height).narrow(3, from: area.x, length: area.width)
    }

    /// Mixes labels, classes `[N]` or targets `[N, classCount]` of one picture each, into targets `[N, classCount]` of
    /// `float32`, which for classes sum up to 1.
    ///
    /// - Throws: `TorchError` where the labels are none, or a class is not below `classCount`.
    public func targets(_ labels: Tensor, classCount: Int) throws -> Tensor {
        let isIndexed = labels.rank == 1 && !labels.dtype.isFloatingPoint
        guard isIndexed || (labels.rank == 2 && labels.size(1) == classCount) else {
            throw TorchError(
                code: .invalidArgument,
                message: "labels to mix are whole numbers [N] or targets [N, \(classCount)], not \(labels.dtype) "
                    + "\(labels.shape)")
        }
        let targets = try (isIndexed ? Operator.oneHot(labels.to(.int64), classCount) : labels).to(.float32)
        let neighbours = try targets.roll([1], along: [0])
        try neighbours.multiply(inPlace: 1 - share)
        try neighbours.add(inPlace: targets * share)
        return neighbours
    }
}
