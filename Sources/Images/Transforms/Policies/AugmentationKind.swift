/// The kinds of operations that augmentation policies choose from, by torchvision's names.
public enum AugmentationKind: String, Sendable, Codable, Hashable, CaseIterable {
    /// Leaves the image as it is.
    case identity = "Identity"
    /// Slants to the left or right.
    case shearX = "ShearX"
    /// Slants up or down.
    case shearY = "ShearY"
    /// Shifts to the left or right.
    case translateX = "TranslateX"
    /// Shifts up or down.
    case translateY = "TranslateY"
    /// Turns.
    case rotate = "Rotate"
    /// More or less light.
    case brightness = "Brightness"
    /// More or less saturation.
    case color = "Color"
    /// More or less contrast.
    case contrast = "Contrast"
    /// Smoother or sharper.
    case sharpness = "Sharpness"
    /// Fewer bits a channel.
    case posterize = "Posterize"
    /// Inverts what is bright.
    case solarize = "Solarize"
    /// Stretches each channel to the full range.
    case autoContrast = "AutoContrast"
    /// Spreads each channel's values evenly.
    case equalize = "Equalize"
    /// Inverts everything.
    case invert = "Invert"

    /// Whether the magnitude goes both ways, and its sign is drawn too.
    var isSigned: Bool {
        switch self {
        case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
        case .identity, .posterize, .solarize, .autoContrast, .equalize, .invert: false
        }
    }

    /// The operation of this magnitude, sign included.
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
