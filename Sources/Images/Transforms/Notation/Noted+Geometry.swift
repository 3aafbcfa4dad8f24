extension Resize: NotedTransform {
    /// `resize(256)` for the short side, `resize((200, 300))` for a height and a width.
    public var notation: String {
        let filter = interpolation.noted("interpolation", unless: .bilinear)
        switch target {
        case .shortSide(let side): return noted("resize", side.noted, filter)
        // A single number would be the short side.
        case .exactly(let size): return noted("resize", "(\(size.height), \(size.width))", filter)
        }
    }
}

extension CenterCrop: NotedTransform {
    /// `centerCrop(224)`.
    public var notation: String { noted("centerCrop", size.noted) }
}

extension RandomCrop: NotedTransform {
    /// `randomCrop(32, padding: 4)`.
    public var notation: String {
        noted(
            "randomCrop", size.noted, padding.noted("padding", unless: Padding.none),
            padsIfNeeded.noted("padIfNeeded", unless: false), border.notedFill, border.notedMode("paddingMode"))
    }
}

extension RandomResizedCrop: NotedTransform {
    /// `randomResizedCrop(224, scale: 0.5...1)`.
    public var notation: String {
        noted(
            "randomResizedCrop", size.noted, scale.noted("scale", unless: 0.08...1),
            aspectRatio.noted("ratio", unless: (3 / 4)...(4 / 3)),
            interpolation.noted("interpolation", unless: .bilinear))
    }
}

extension RandomHorizontalFlip: NotedTransform {
    /// `flip(0.5)`.
    public var notation: String { noted("flip", probability.noted) }
}

extension RandomVerticalFlip: NotedTransform {
    /// `verticalFlip(0.5)`.
    public var notation: String { noted("verticalFlip", probability.noted) }
}

extension Pad: NotedTransform {
    /// `pad(4, mode: reflect)`.
    public var notation: String { noted("pad", padding.noted, border.notedFill, border.notedMode("mode")) }
}

extension Letterbox: NotedTransform {
    /// `letterbox(640)`.
    public var notation: String {
        noted(
            "letterbox", size.noted, fill.noted("fill", unless: Letterbox.gray),
            interpolation.noted("interpolation", unless: .bilinear))
    }
}

extension RandomRotation: NotedTransform {
    /// `rotation(40)`, `rotation(0...90, expand: true)`.
    public var notation: String {
        noted(
            "rotation", degrees.notedAmount, sampling.noted("interpolation", unless: .nearest),
            expands.noted("expand", unless: false), center?.noted("center"), fill.noted("fill", unless: .black))
    }
}

extension RandomAffine: NotedTransform {
    /// `affine(10, translate: (0.1, 0.1), scale: 0.9...1.1)`.
    public var notation: String {
        var shear: String?
        if let shearX {
            // Trailing parts are omitted if possible: the second angle is along the y axis.
            shear =
                if let shearY {
                    "shear: (\(shearX.lowerBound.noted), \(shearX.upperBound.noted), \(shearY.lowerBound.noted), "
                        + "\(shearY.upperBound.noted))"
                } else {
                    "shear: \(shearX.notedAmount)"
                }
        } else if let shearY {
            shear = "shear: (0, 0, \(shearY.lowerBound.noted), \(shearY.upperBound.noted))"
        }
        return noted(
            "affine", degrees.notedAmount, translation?.noted("translate"), scale?.noted("scale"), shear,
            sampling.noted("interpolation", unless: .nearest), fill.noted("fill", unless: .black),
            center?.noted("center"))
    }
}

extension RandomPerspective: NotedTransform {
    /// `perspective(0.5)`.
    public var notation: String {
        noted(
            "perspective", distortion.noted, probability.noted("p", unless: 0.5),
            sampling.noted("interpolation", unless: .bilinear), fill.noted("fill", unless: .black))
    }
}

extension RandomErasing: NotedTransform {
    /// `erasing(0.5, value: random)`.
    public var notation: String {
        let value: String? =
            switch cover {
            case .noise: "value: random"
            case .fill(let color): color.noted("value", unless: .black)
            }
        return noted(
            "erasing", probability.noted, scale.noted("scale", unless: 0.02...0.33),
            ratio.noted("ratio", unless: 0.3...3.3), value)
    }
}

extension FiveCrop {
    /// `fiveCrop(224)`.
    public var notation: String { noted("fiveCrop", size.noted) }
}

extension TenCrop {
    /// `tenCrop(224)`.
    public var notation: String { noted("tenCrop", size.noted, flipsVertically.noted("verticalFlip", unless: false)) }
}

extension ClosedRange<Double> {
    /// A single number if the range is symmetric around 0.
    fileprivate var notedAmount: String {
        lowerBound == -upperBound ? upperBound.noted : noted
    }
}

extension ImageBorder {
    fileprivate var notedFill: String? {
        if case .fill(let color) = self { return color.noted("fill", unless: .black) }
        return nil
    }

    fileprivate func notedMode(_ name: String) -> String? {
        switch self {
        case .fill: nil
        case .edge: "\(name): edge"
        case .reflect: "\(name): reflect"
        case .symmetric: "\(name): symmetric"
        }
    }
}
