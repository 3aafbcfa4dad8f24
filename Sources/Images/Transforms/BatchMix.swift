internal import Platform

/// Mixes each image of a batch with its neighbor, and their labels with them: MixUp (Zhang et al., "mixup: Beyond
/// Empirical Risk Minimization", arXiv:1710.09412) and CutMix (Yun et al., "CutMix: Regularization Strategy to Train
/// Strong Classifiers with Localizable Features", arXiv:1905.04899), as torchvision's transforms v2 have them.
///
/// The mix depends only on the random numbers, and is applied to images and labels separately.
public struct BatchMix: Sendable, Hashable {
    /// The method of mixing.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Images are blended.
        case mixup
        /// A rectangle of the neighbor covers the image.
        case cutmix
    }

    /// The parameters drawn for a batch.
    public enum Mixture: Sendable, Hashable {
        /// This fraction of each image, and the rest of its neighbor.
        case blend(fraction: Double)
        /// This rectangle of the neighbor in an image of this size.
        case patch(PixelRectangle, on: PixelSize)
    }

    /// The method of mixing.
    public let method: Method

    /// Both parameters of the beta distribution of fractions: at 1 it is uniform, near 0 most images are almost
    /// unmixed.
    public let alpha: Double

    /// Creates a mix with a method.
    public init(_ method: Method, alpha: Double) {
        precondition(alpha > 0 && alpha.isFinite, "`alpha` must be above 0 and finite")
        self.method = method
        self.alpha = alpha
    }

    /// MixUp; the paper uses 0.1 to 0.4 for ImageNet.
    public static func mixup(_ alpha: Double = 0.2) -> BatchMix { BatchMix(.mixup, alpha: alpha) }

    /// CutMix; the paper uses 1.
    public static func cutmix(_ alpha: Double = 1) -> BatchMix { BatchMix(.cutmix, alpha: alpha) }

    /// Draws the parameters for a batch of images of this size.
    public func mixture(width: Int, height: Int, using random: inout CountedRandom) -> Mixture {
        let fraction = random.beta(alpha, alpha)
        guard method == .cutmix else { return .blend(fraction: fraction) }
        let x = random.uniform(below: width)
        let y = random.uniform(below: height)
        let size = PixelSize(width: width, height: height)
        return .patch(Self.patch(fraction: fraction, x: x, y: y, on: size), on: size)
    }

    /// The rectangle around a position with the area of the rest, clipped to the edges.
    package static func patch(fraction: Double, x: Int, y: Int, on size: PixelSize) -> PixelRectangle {
        let (width, height) = (size.width, size.height)
        let half = 0.5 * (1 - fraction).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Double(width)), Int(half * Double(height)))
        let (left, top) = (max(0, x - halfWidth), max(0, y - halfHeight))
        let (right, bottom) = (min(width, x + halfWidth), min(height, y + halfHeight))
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// The notation in a `TransformList`: `mixup(0.2)`.
    public var notation: String { noted(method.rawValue, alpha.noted) }
}

extension [BatchMix] {
    /// Selects one of the mixes with equal probability and draws its parameters; nil if there is none.
    public func mixture(width: Int, height: Int, using random: inout CountedRandom) -> BatchMix.Mixture? {
        guard !isEmpty else { return nil }
        return self[random.uniform(below: count)].mixture(width: width, height: height, using: &random)
    }
}

extension BatchMix.Mixture {
    /// Each image's own fraction, from 0 to 1; the rest is its neighbor's.
    public var fraction: Double {
        switch self {
        case .blend(let fraction): fraction
        case .patch(let area, let size):
            1 - Double(area.width * area.height) / Double(size.width * size.height)
        }
    }
}
