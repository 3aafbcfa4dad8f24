internal import Platform

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
    package static func patch(share: Double, x: Int, y: Int, on size: PixelSize) -> PixelRectangle {
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
}
