internal import Platform

/// Mixes each image of a batch with its neighbor, and their labels with them: MixUp (Zhang et al., "mixup: Beyond
/// Empirical Risk Minimization", arXiv:1710.09412) and CutMix (Yun et al., "CutMix: Regularization Strategy to Train
/// Strong Classifiers with Localizable Features", arXiv:1905.04899), as torchvision's transforms v2 have them.
///
/// What is drawn depends on the random numbers alone, and is applied to images and labels apart.
public struct BatchMix: Sendable, Hashable {
    /// How images are mixed.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Both images shine through.
        case mixup
        /// A rectangle of the neighbor covers the image.
        case cutmix
    }

    /// What is drawn for a batch.
    public enum Mixture: Sendable, Hashable {
        /// This fraction of each image, and the rest of its neighbor.
        case blend(share: Double)
        /// This rectangle of the neighbor on an image of this size.
        case patch(PixelRectangle, on: PixelSize)
    }

    /// How images are mixed.
    public let method: Method

    /// Both parameters of the beta distribution that fractions are drawn from: at 1 all have the same chance, near 0
    /// most images stay almost whole.
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

    /// Draws what is done to a batch of images of this size.
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
    /// Each image's fraction of itself, from 0 to 1; the rest is its neighbor's.
    public var share: Double {
        switch self {
        case .blend(let share): share
        case .patch(let area, let size):
            1 - Double(area.width * area.height) / Double(size.width * size.height)
        }
    }
}
