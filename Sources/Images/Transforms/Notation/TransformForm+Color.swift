internal import Platform

extension TransformForm {
    /// Steps that change colors.
    static let coloring: [TransformForm] = [
        TransformForm(["colorJitter", "colourJitter"], ["brightness: 0", "contrast: 0", "saturation: 0", "hue: 0"]) {
            arguments in
            func factors(_ name: String) throws(NotationError) -> ClosedRange<Double> {
                try arguments.range(name, in: 0...1000, otherwise: 1...1) { max(0, 1 - $0)...(1 + $0) }
            }
            return TransformStep(
                ColorJitter(
                    brightness: try factors("brightness"), contrast: try factors("contrast"),
                    saturation: try factors("saturation"),
                    hue: try arguments.range("hue", in: -0.5...0.5, otherwise: 0...0) { -$0...$0 }))
        },
        TransformForm(["grayscale", "greyscale"], ["p|probability: 1"]) { arguments in
            TransformStep(RandomGrayscale(probability: try arguments.chance(otherwise: 1)))
        },
        TransformForm(["randomGrayscale"], ["p|probability: 0.1"]) { arguments in
            TransformStep(RandomGrayscale(probability: try arguments.chance(otherwise: 0.1)))
        },
        TransformForm(["gaussianBlur", "blur"], ["kernel|kernelSize", "sigma: 0.1...2"]) { arguments in
            TransformStep(
                GaussianBlur(
                    kernelSize: try arguments.kernel("kernel"),
                    sigma: try arguments.range("sigma", in: 0.001...1000, otherwise: 0.1...2) { $0...$0 }))
        },
        TransformForm(
            ["sharpness", "randomAdjustSharpness", "adjustSharpness", "randomSharpness"],
            ["factor|sharpnessFactor", "p|probability: 0.5"]
        ) { arguments in
            TransformStep(
                RandomSharpness(
                    factor: try arguments.number("factor", in: 0...1000),
                    probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["posterize", "randomPosterize"], ["bits", "p|probability: 0.5"]) { arguments in
            TransformStep(
                RandomPosterize(
                    bits: try arguments.number("bits", in: 0...8), probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["solarize", "randomSolarize"], ["threshold", "p|probability: 0.5"]) { arguments in
            TransformStep(
                RandomSolarize(
                    threshold: try arguments.number("threshold", in: 0...256),
                    probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["equalize", "randomEqualize"], ["p|probability: 0.5"]) { arguments in
            TransformStep(RandomEqualize(probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["autocontrast", "randomAutocontrast"], ["p|probability: 0.5"]) { arguments in
            TransformStep(RandomAutocontrast(probability: try arguments.chance(otherwise: 0.5)))
        },
        TransformForm(["invert", "randomInvert"], ["p|probability: 0.5"]) { arguments in
            TransformStep(RandomInvert(probability: try arguments.chance(otherwise: 0.5)))
        },
    ]

    /// Policies that choose among operations.
    static let policies: [TransformForm] = [
        TransformForm(
            ["randAugment"],
            [
                "n|numOps|operations: 2", "m|magnitude: 9", "bins|numMagnitudeBins: 31",
                "interpolation|sampling: nearest",
                "fill: 0",
            ]
        ) { arguments in
            let bins: Int = try arguments.number("bins", in: 2...1000, otherwise: 31)
            return TransformStep(
                RandAugment(
                    operations: try arguments.number("n", in: 0...100, otherwise: 2),
                    magnitude: try arguments.number("m", in: 0...(bins - 1), otherwise: min(9, bins - 1)), bins: bins,
                    sampling: try arguments.choice("interpolation", otherwise: .nearest),
                    fill: try arguments.color("fill")))
        },
        TransformForm(
            ["trivialAugment", "trivialAugmentWide"],
            ["bins|numMagnitudeBins: 31", "interpolation|sampling: nearest", "fill: 0"]
        ) { arguments in
            TransformStep(
                TrivialAugmentWide(
                    bins: try arguments.number("bins", in: 2...1000, otherwise: 31),
                    sampling: try arguments.choice("interpolation", otherwise: .nearest),
                    fill: try arguments.color("fill")))
        },
        TransformForm(
            ["autoAugment"], ["policy: imagenet", "interpolation|sampling: nearest", "fill: 0"]
        ) { arguments in
            TransformStep(
                AutoAugment(
                    try arguments.choice("policy", otherwise: AutoAugmentPolicy.imageNet),
                    sampling: try arguments.choice("interpolation", otherwise: .nearest),
                    fill: try arguments.color("fill")))
        },
        TransformForm(
            ["augMix"],
            [
                "severity: 3", "width|mixtureWidth: 3", "depth|chainDepth: -1", "alpha: 1", "all|allOps: true",
                "interpolation|sampling: bilinear", "fill: 0",
            ]
        ) { arguments in
            TransformStep(
                AugMix(
                    severity: try arguments.number("severity", in: 1...10, otherwise: 3),
                    width: try arguments.number("width", in: 1...100, otherwise: 3),
                    depth: try arguments.number("depth", in: -1...100, otherwise: -1),
                    alpha: try arguments.number("alpha", in: 0.001...1000, otherwise: 1),
                    usesAllOperations: try arguments.flag("all", otherwise: true),
                    sampling: try arguments.choice("interpolation", otherwise: .bilinear),
                    fill: try arguments.color("fill")))
        },
    ]
}

extension TransformArguments {
    /// An odd side, or (height, width) of them.
    fileprivate func kernel(_ name: String) throws(NotationError) -> PixelSize {
        let sides = try numbers(name, in: 1...255, counts: [1, 2], "a side or (height, width)")
        guard let height = sides.first, let width = sides.last else { throw missing(name) }
        guard height % 2 == 1, width % 2 == 1 else { throw fault(name, "the sides of a kernel must be odd") }
        return PixelSize(width: width, height: height)
    }
}
