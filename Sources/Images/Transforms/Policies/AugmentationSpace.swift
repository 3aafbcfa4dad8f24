internal import LibC

/// The choices of a policy: kinds of operations in torchvision's order, with their magnitudes.
struct AugmentationSpace: Sendable, Hashable {
    /// The magnitudes of an operation.
    enum Magnitudes: Sendable, Hashable {
        /// A single magnitude.
        case none
        /// Magnitudes from the first to the last in equal steps.
        case steps(from: Double, to: Double)
        /// The number of kept bits: from this number, in equal steps, down to `fewer` less.
        case bits(Int, fewer: Int)
    }

    /// A kind of operation and its magnitudes.
    struct Choice: Sendable, Hashable {
        let kind: AugmentationKind
        let magnitudes: Magnitudes
    }

    /// In torchvision's order.
    let choices: [Choice]

    /// The number of magnitudes, at least two.
    let bins: Int

    init(bins: Int, _ choices: [(AugmentationKind, Magnitudes)]) {
        self.bins = bins
        self.choices = choices.map { Choice(kind: $0.0, magnitudes: $0.1) }
    }

    /// The unsigned magnitude of a level, from 0 up to `bins`.
    func magnitude(of choice: Choice, level: Int) -> Double {
        switch choice.magnitudes {
        case .none:
            return 0
        case .steps(let from, let to):
            // `torch.linspace`: both halves are computed from their own end, in single precision with fused products
            // and sums.
            let (first, last) = (Float(from), Float(to))
            let step = (last - first) / Float(bins - 1)
            let isFirstHalf = level < bins / 2
            return Double(
                isFirstHalf
                    ? first.addingProduct(step, Float(level)) : last.addingProduct(-step, Float(bins - 1 - level)))
        case .bits(let bits, let fewer):
            let steps = Float(level) / Float(Double(bins - 1) / Double(fewer))
            return Double(bits - Int(steps.rounded(.toNearestOrEven)))
        }
    }

    /// The operation for a choice and a level; `isNegative` is the sign of a signed magnitude.
    func operation(_ choice: Choice, level: Int, isNegative: Bool) -> AugmentationOperation {
        let magnitude = magnitude(of: choice, level: level)
        return choice.kind.operation(magnitude: choice.kind.isSigned && isNegative ? -magnitude : magnitude)
    }

    /// The choice of this kind.
    subscript(kind: AugmentationKind) -> Choice? {
        choices.first { $0.kind == kind }
    }

    /// Draws one of the choices uniformly, then its level, then its sign if it has one.
    func draw(using random: inout CountedRandom, level: (inout CountedRandom) -> Int) -> AugmentationOperation {
        let choice = choices[random.uniform(below: choices.count)]
        let level = choice.magnitudes == .none ? 0 : level(&random)
        let isNegative = choice.kind.isSigned && random.coin()
        return operation(choice, level: level, isNegative: isNegative)
    }
}

/// The kinds of operations in augmentation policies, with torchvision's names.
public enum AugmentationKind: String, Sendable, Codable, Hashable, CaseIterable {
    /// No change.
    case identity = "Identity"
    /// Horizontal shear.
    case shearX = "ShearX"
    /// Vertical shear.
    case shearY = "ShearY"
    /// Horizontal translation.
    case translateX = "TranslateX"
    /// Vertical translation.
    case translateY = "TranslateY"
    /// Rotation.
    case rotate = "Rotate"
    /// Change of brightness.
    case brightness = "Brightness"
    /// Change of saturation.
    case color = "Color"
    /// Change of contrast.
    case contrast = "Contrast"
    /// Change of sharpness.
    case sharpness = "Sharpness"
    /// Fewer bits per channel.
    case posterize = "Posterize"
    /// Inversion of bright values.
    case solarize = "Solarize"
    /// Stretching of each channel to the full range.
    case autoContrast = "AutoContrast"
    /// Equalization of each channel's histogram.
    case equalize = "Equalize"
    /// Inversion.
    case invert = "Invert"

    /// Whether the magnitude is signed, with a random sign.
    var isSigned: Bool {
        switch self {
        case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
        case .identity, .posterize, .solarize, .autoContrast, .equalize, .invert: false
        }
    }

    /// The operation with this signed magnitude.
    func operation(magnitude: Double) -> AugmentationOperation {
        switch self {
        case .identity: .identity
        case .shearX: .shear(x: magnitude, y: 0)
        case .shearY: .shear(x: 0, y: magnitude)
        case .translateX: .translate(x: Int(magnitude), y: 0)
        case .translateY: .translate(x: 0, y: Int(magnitude))
        case .rotate: .rotate(degrees: magnitude)
        case .brightness: .color(.brightness(1 + magnitude))
        case .color: .color(.saturation(1 + magnitude))
        case .contrast: .color(.contrast(1 + magnitude))
        case .sharpness: .color(.sharpness(1 + magnitude))
        case .posterize: .color(.posterize(bits: Int(magnitude)))
        case .solarize: .color(.solarize(threshold: magnitude))
        case .autoContrast: .color(.autocontrast)
        case .equalize: .color(.equalize)
        case .invert: .color(.invert)
        }
    }
}

/// An operation of an augmentation policy with its magnitude, equal to torchvision's policies on an image read by
/// Pillow.
public enum AugmentationOperation: Sendable, Hashable {
    /// No change.
    case identity
    /// Shears the image to the right and downwards by these fractions of its height and width, with a fixed top left
    /// corner.
    case shear(x: Double, y: Double)
    /// Translates the image to the right and downwards by this number of pixels.
    case translate(x: Int, y: Int)
    /// Rotates the image around its center, counterclockwise.
    case rotate(degrees: Double)
    /// Changes the colors.
    case color(ColorOperation)
}

extension Image {
    /// Applies these operations in order.
    ///
    /// - Parameters:
    ///   - operations: The operations, in order.
    ///   - sampling: The interpolation between pixels.
    ///   - fill: The color of pixels from beyond the edges.
    public func applying(
        _ operations: [AugmentationOperation], sampling: Sampling = .nearest, fill: RGBColor = .black
    ) -> Image {
        operations.reduce(self) { image, operation in
            switch operation {
            case .identity: image
            case .color(let change): image.applying([change])
            case .shear, .translate, .rotate: image.moving(operation, sampling: sampling, fill: fill)
            }
        }
    }
}

extension Image {
    /// Applies the operations of a policy that move pixels, as torchvision does.
    func moving(_ operation: AugmentationOperation, sampling: Sampling, fill: RGBColor) -> Image {
        switch operation {
        case .identity, .color:
            return self
        case .shear(let x, let y):
            // The papers of the policies give the tangent.
            let motion = AffineMotion(shearX: atan(x) * (180 / .pi), shearY: atan(y) * (180 / .pi))
            return moved(motion, sampling: sampling, center: PixelPoint(x: 0, y: 0), fill: fill)
        case .translate(let x, let y):
            return moved(AffineMotion(right: x, down: y), sampling: sampling, fill: fill)
        case .rotate(let degrees):
            return rotated(degrees: degrees, sampling: sampling, fill: fill)
        }
    }
}
