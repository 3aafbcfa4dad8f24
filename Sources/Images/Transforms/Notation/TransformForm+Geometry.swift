internal import Platform

extension TransformForm {
    /// Steps that move pixels.
    static let geometric: [TransformForm] = [
        TransformForm(["resize"], ["size|shortSide", "-width", "interpolation: bilinear", "-height"]) { arguments in
            let (size, isOneSide) = try arguments.sides()
            let filter: Interpolation = try arguments.choice("interpolation", otherwise: .bilinear)
            return TransformStep(
                isOneSide
                    ? Resize(shortSide: size.height, interpolation: filter)
                    : Resize(width: size.width, height: size.height, interpolation: filter))
        },
        TransformForm(["centerCrop", "centreCrop"], ["size", "-width", "-height"]) { arguments in
            let size = try arguments.size()
            return TransformStep(CenterCrop(width: size.width, height: size.height))
        },
        TransformForm(
            ["randomCrop"],
            ["size", "padding: 0", "padIfNeeded: false", "fill: 0", "paddingMode|mode: constant", "-width", "-height"]
        ) { arguments in
            let size = try arguments.size()
            return TransformStep(
                RandomCrop(
                    width: size.width, height: size.height, padding: try arguments.padding("padding") ?? Padding.none,
                    padsIfNeeded: try arguments.flag("padIfNeeded", otherwise: false),
                    border: try arguments.border("paddingMode")))
        },
        TransformForm(
            ["randomResizedCrop", "resizedCrop"],
            ["size", "scale: 0.08...1", "ratio: 0.75...1.3333", "interpolation: bilinear", "-width", "-height"]
        ) { arguments in
            let size = try arguments.size()
            return TransformStep(
                RandomResizedCrop(
                    width: size.width, height: size.height,
                    scale: try arguments.range("scale", in: 0.0001...1, otherwise: 0.08...1),
                    aspectRatio: try arguments.range("ratio", in: 0.01...100, otherwise: (3 / 4)...(4 / 3)),
                    interpolation: try arguments.choice("interpolation", otherwise: .bilinear)))
        },
        TransformForm(["flip", "horizontalFlip", "randomHorizontalFlip", "hflip"], ["p|probability: 0.5"]) {
            arguments in
            TransformStep(RandomHorizontalFlip(probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["verticalFlip", "randomVerticalFlip", "vflip"], ["p|probability: 0.5"]) { arguments in
            TransformStep(RandomVerticalFlip(probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["pad"], ["padding", "fill: 0", "mode|paddingMode: constant"]) { arguments in
            guard let padding = try arguments.padding("padding") else { throw arguments.missing("padding") }
            return TransformStep(Pad(padding, border: try arguments.border("mode")))
        },
        TransformForm(["letterbox"], ["size", "fill: 114", "interpolation: bilinear", "-width", "-height"]) {
            arguments in
            let size = try arguments.size()
            return TransformStep(
                Letterbox(
                    width: size.width, height: size.height,
                    fill: try arguments.color("fill", otherwise: Letterbox.gray),
                    interpolation: try arguments.choice("interpolation", otherwise: .bilinear)))
        },
    ]

    /// Steps that rotate and distort.
    static let warping: [TransformForm] = [
        TransformForm(
            ["rotation", "randomRotation", "rotate"],
            ["degrees", "interpolation|sampling: nearest", "expand: false", "center", "fill: 0"]
        ) { arguments in
            TransformStep(
                RandomRotation(
                    degrees: try arguments.range("degrees", in: angles) { -$0...$0 },
                    sampling: try arguments.choice("interpolation", otherwise: .nearest),
                    expands: try arguments.flag("expand", otherwise: false),
                    center: try arguments.pair("center", in: places), fill: try arguments.color("fill")))
        },
        TransformForm(
            ["affine", "randomAffine"],
            ["degrees", "translate", "scale", "shear", "interpolation|sampling: nearest", "fill: 0", "center"]
        ) { arguments in
            let shears = try arguments.shears("shear")
            return TransformStep(
                RandomAffine(
                    degrees: try arguments.range("degrees", in: angles) { -$0...$0 },
                    translation: try arguments.pair("translate", in: 0...1),
                    scale: arguments.has("scale") ? try arguments.range("scale", in: 0.01...100) : nil,
                    shearX: shears.x, shearY: shears.y,
                    sampling: try arguments.choice("interpolation", otherwise: .nearest),
                    fill: try arguments.color("fill"), center: try arguments.pair("center", in: places)))
        },
        TransformForm(
            ["perspective", "randomPerspective"],
            ["distortion|distortionScale: 0.5", "p|probability: 0.5", "interpolation|sampling: bilinear", "fill: 0"]
        ) { arguments in
            TransformStep(
                RandomPerspective(
                    distortion: try arguments.number("distortion", in: 0...1, otherwise: 0.5),
                    probability: try arguments.chance(otherwise: 0.5),
                    sampling: try arguments.choice("interpolation", otherwise: .bilinear),
                    fill: try arguments.color("fill")))
        },
        TransformForm(
            ["erasing", "randomErasing", "erase"],
            ["p|probability: 0.5", "scale: 0.02...0.33", "ratio: 0.3...3.3", "value|fill: 0"]
        ) { arguments in
            TransformStep(
                RandomErasing(
                    probability: try arguments.chance(otherwise: 0.5),
                    scale: try arguments.range("scale", in: 0...1, otherwise: 0.02...0.33),
                    ratio: try arguments.range("ratio", in: 0.01...100, otherwise: 0.3...3.3),
                    cover: arguments.isWord("value", "random") ? .noise : .fill(try arguments.color("value"))))
        },
    ]

    /// Several crops of one image.
    static let views: [TransformForm] = [
        TransformForm(["fiveCrop"], ["size", "-width", "-height"]) { arguments in
            let size = try arguments.size()
            return TransformStep(FiveCrop(width: size.width, height: size.height))
        },
        TransformForm(["tenCrop"], ["size", "verticalFlip: false", "-width", "-height"]) { arguments in
            let size = try arguments.size()
            return TransformStep(
                TenCrop(
                    width: size.width, height: size.height,
                    flipsVertically: try arguments.flag("verticalFlip", otherwise: false)))
        },
    ]

    private static let angles = -3600.0...3600
    private static let places = -65_536.0...65_536
}

extension TransformArguments {
    /// The kind of padding, from `fill` and the argument with this name.
    fileprivate func border(_ mode: String) throws(NotationError) -> ImageBorder {
        enum Mode: String, CaseIterable { case constant, edge, reflect, symmetric }
        let fill = try color("fill")
        switch try choice(mode, otherwise: Mode.constant) {
        case .constant: return .fill(fill)
        case .edge: return .edge
        case .reflect: return .reflect
        case .symmetric: return .symmetric
        }
    }

    /// A shear along the x axis: an amount or a range; or four numbers, the last two of which are along the y axis.
    fileprivate func shears(_ name: String) throws(NotationError) -> (x: ClosedRange<Double>?, y: ClosedRange<Double>?)
    {
        let bounds = -89.0...89
        guard count(name) == 4 else { return (has(name) ? try range(name, in: bounds) { -$0...$0 } : nil, nil) }
        let numbers = try numbers(name, in: bounds, counts: [4], "")
        guard numbers[0] <= numbers[1], numbers[2] <= numbers[3] else {
            throw fault(name, "the start of a range of \(name) is above its end")
        }
        return (numbers[0]...numbers[1], numbers[2]...numbers[3])
    }
}
