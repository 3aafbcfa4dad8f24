internal import Foundation
public import Torch
public import TorchNN

/// RegNet, as in torchvision (`regnet.py`): X without channel scaling, Y with it.
///
/// I. Radosavovic et al.: Designing Network Design Spaces, 2020, arXiv:2003.13678. The weights called SWAG are from M.
/// Singh et al.: Revisiting Weakly Supervised Pre-Training of Visual Perception Models, 2022, arXiv:2201.08371.
public final class RegNet: ImageNetwork {
    let stem: Sequential
    @Submodule("trunk_output") var trunk: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    var fc: any Module
    /// The channels of the last group of blocks.
    public let headInputs: Int

    /// Creates a new network.
    init(_ plan: Plan, classes: Int) throws {
        var inputs = 32
        stem = try makeConvNormActivation(3, inputs, kernelSize: 3, stride: 2)
        var groups: [(name: String, module: any Module)] = []
        for (place, group) in plan.groups.enumerated() {
            var blocks: [(name: String, module: any Module)] = []
            for index in 0..<group.count {
                let block = try RegNetBlock(
                    inputs, group.width, stride: index == 0 ? 2 : 1, groupWidth: group.groupWidth,
                    squeeze: plan.squeeze)
                blocks.append(("block\(place + 1)-\(index)", block))
                inputs = group.width
            }
            groups.append(("block\(place + 1)", Sequential(named: blocks)))
        }
        headInputs = inputs
        fc = try Linear(inputs, classes)
        trunk = Sequential(named: groups)
        try initialize()
    }

    private func initialize() throws {
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d:
                // Biases, which only the channel scaling has, keep their initial values.
                let outputs = layer.weight.shape[0] * layer.weight.shape[2] * layer.weight.shape[3]
                try Initialization.normal(layer.weight, standardDeviation: (2 / Double(outputs)).squareRoot())
            case let layer as Linear:
                try Initialization.normal(layer.weight, standardDeviation: 0.01)
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]` to `[N, headInputs]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try avgpool(trunk(stem(input))).flatten(from: 1) }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try fc(features) }

    /// The stem, the four groups of blocks, the last layer.
    public var stages: [Stage] {
        [Stage("stem", stem)] + trunk.namedChildren.map { Stage("trunk_output.\($0.name)", $0.module) }
            + [Stage("fc", fc)]
    }

    /// Replaces `fc` with a new layer.
    public func replaceLastLayer(classes: Int) throws { fc = try Linear(headInputs, classes) }

    /// Replaces `fc` with a module.
    public func putHead(_ module: any Module) { fc = module }
}

extension RegNet {
    /// The parameters of a network in the family.
    struct Plan: Sendable {
        /// The number of blocks.
        let depth: Int
        /// The width of the first block, before rounding.
        let width: Int
        /// The growth of the width from block to block, before rounding.
        let slope: Double
        /// The ratio between the widths of neighboring groups.
        let step: Double
        /// The channels of each group of a 3 x 3 convolution.
        let groupWidth: Int
        /// The fraction of a block's input channels in the channel scaling; nil without scaling.
        var squeeze: Double?

        /// The groups of blocks with their width and number of blocks. The paper's equations 2 to 4, as in
        /// torchvision's `BlockParams.from_init_params`: in single precision, rounded to multiples of 8 and of the
        /// group's width.
        var groups: [(width: Int, count: Int, groupWidth: Int)] {
            let first = Float(width)
            var groups: [(width: Int, count: Int)] = []
            for index in 0..<depth {
                let continuous = Float(index) * Float(slope) + first
                let power = (log(continuous / first) / Float(log(step))).rounded(.toNearestOrEven)
                let width = 8 * Int((first * pow(Float(step), power) / 8).rounded(.toNearestOrEven))
                if let last = groups.last, last.width == width {
                    groups[groups.count - 1].count += 1
                } else {
                    groups.append((width, 1))
                }
            }
            return groups.map { group in
                let groupWidth = min(groupWidth, group.width)
                return (makeDivisible(Double(group.width), by: groupWidth), group.count, groupWidth)
            }
        }
    }

    private static func architecture(
        _ name: String, parameterCount: Int, _ plan: Plan, weights: [PretrainedWeights], defaultWeights: String? = nil
    ) -> Architecture {
        let parts = name.uppercased().split(separator: "_").dropFirst()
        let summary = "RegNet\(parts.first ?? "") of \(parts.dropFirst().joined(separator: ".")) multiply-adds, 2020"
        return Architecture(
            name, summary: summary, parameterCount: parameterCount, weights: weights, defaultWeights: defaultWeights,
            build: { try RegNet(plan, classes: $0.classes) })
    }

    static let architectures = [
        architecture(
            "regnet_x_400mf", parameterCount: 5_495_976,
            Plan(depth: 22, width: 24, slope: 24.48, step: 2.54, groupWidth: 16),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_400mf-adf1edd5.pth", top1: 72.834, top5: 90.95, gigaflops: 0.414),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_400mf-62229a5f.pth", top1: 74.864, top5: 92.322, gigaflops: 0.414,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_800mf", parameterCount: 7_259_656,
            Plan(depth: 16, width: 56, slope: 35.73, step: 2.28, groupWidth: 16),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_800mf-ad17e45c.pth", top1: 75.212, top5: 92.348, gigaflops: 0.8),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_800mf-94a99ebd.pth", top1: 77.522, top5: 93.826, gigaflops: 0.8,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_1_6gf", parameterCount: 9_190_136,
            Plan(depth: 18, width: 80, slope: 34.01, step: 2.25, groupWidth: 24),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_1_6gf-e3633e7f.pth", top1: 77.04, top5: 93.44, gigaflops: 1.603),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_1_6gf-a12f2b72.pth", top1: 79.668, top5: 94.922, gigaflops: 1.603,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_3_2gf", parameterCount: 15_296_552,
            Plan(depth: 25, width: 88, slope: 26.31, step: 2.25, groupWidth: 48),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_3_2gf-f342aeae.pth", top1: 78.364, top5: 93.992, gigaflops: 3.177),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_3_2gf-7071aa85.pth", top1: 81.196, top5: 95.43, gigaflops: 3.177,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_8gf", parameterCount: 39_572_648,
            Plan(depth: 23, width: 80, slope: 49.56, step: 2.88, groupWidth: 120),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_8gf-03ceed89.pth", top1: 79.344, top5: 94.686, gigaflops: 7.995),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_8gf-2b70d774.pth", top1: 81.682, top5: 95.678, gigaflops: 7.995,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_16gf", parameterCount: 54_278_536,
            Plan(depth: 22, width: 216, slope: 55.59, step: 2.1, groupWidth: 128),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_16gf-2007eb11.pth", top1: 80.058, top5: 94.944, gigaflops: 15.941),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_16gf-ba3796d7.pth", top1: 82.716, top5: 96.196, gigaflops: 15.941,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_x_32gf", parameterCount: 107_811_560,
            Plan(depth: 23, width: 320, slope: 69.86, step: 2.0, groupWidth: 168),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_x_32gf-9d47f8d0.pth", top1: 80.622, top5: 95.248, gigaflops: 31.736),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_x_32gf-6eb8fdc6.pth", top1: 83.014, top5: 96.288, gigaflops: 31.736,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_400mf", parameterCount: 4_344_144,
            Plan(depth: 16, width: 48, slope: 27.89, step: 2.09, groupWidth: 8, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_400mf-c65dace8.pth", top1: 74.046, top5: 91.716, gigaflops: 0.402),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_400mf-e6988f5f.pth", top1: 75.804, top5: 92.742, gigaflops: 0.402,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_800mf", parameterCount: 6_432_512,
            Plan(depth: 14, width: 56, slope: 38.84, step: 2.4, groupWidth: 16, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_800mf-1b27b58c.pth", top1: 76.42, top5: 93.136, gigaflops: 0.834),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_800mf-58fc7688.pth", top1: 78.828, top5: 94.502, gigaflops: 0.834,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_1_6gf", parameterCount: 11_202_430,
            Plan(depth: 27, width: 48, slope: 20.71, step: 2.65, groupWidth: 24, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_1_6gf-b11a554e.pth", top1: 77.95, top5: 93.966, gigaflops: 1.612),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_1_6gf-0d7bc02a.pth", top1: 80.876, top5: 95.444, gigaflops: 1.612,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_3_2gf", parameterCount: 19_436_338,
            Plan(depth: 21, width: 80, slope: 42.63, step: 2.66, groupWidth: 24, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_3_2gf-b5a9779c.pth", top1: 78.948, top5: 94.576, gigaflops: 3.176),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_3_2gf-9180c971.pth", top1: 81.982, top5: 95.972, gigaflops: 3.176,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_8gf", parameterCount: 39_381_472,
            Plan(depth: 17, width: 192, slope: 76.82, step: 2.19, groupWidth: 56, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_8gf-d0d0e4a8.pth", top1: 80.032, top5: 95.048, gigaflops: 8.473),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_8gf-dc2b1b54.pth", top1: 82.828, top5: 96.33, gigaflops: 8.473,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_16gf", parameterCount: 83_590_140,
            Plan(depth: 18, width: 200, slope: 106.23, step: 2.48, groupWidth: 112, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_16gf-9e6ed7dd.pth", top1: 80.424, top5: 95.24, gigaflops: 15.912),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_16gf-3e4a00f9.pth", top1: 82.886, top5: 96.328, gigaflops: 15.912,
                    preprocessing: .imageNet(resizeShortSide: 232)),
                PretrainedWeights(
                    "IMAGENET1K_SWAG_E2E_V1", "regnet_y_16gf_swag-43afe44d.pth", top1: 86.012, top5: 98.054,
                    gigaflops: 46.735,
                    preprocessing: .imageNet(resizeShortSide: 384, cropSize: 384, interpolation: .bicubic)),
                PretrainedWeights(
                    "IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_16gf_lc_swag-f3ec0043.pth", top1: 83.976, top5: 97.244,
                    gigaflops: 15.912, preprocessing: .imageNet(resizeShortSide: 224, interpolation: .bicubic)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_32gf", parameterCount: 145_046_770,
            Plan(depth: 20, width: 232, slope: 115.89, step: 2.53, groupWidth: 232, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "regnet_y_32gf-4dee3f7a.pth", top1: 80.878, top5: 95.34, gigaflops: 32.28),
                PretrainedWeights(
                    "IMAGENET1K_V2", "regnet_y_32gf-8db6d4b5.pth", top1: 83.368, top5: 96.498, gigaflops: 32.28,
                    preprocessing: .imageNet(resizeShortSide: 232)),
                PretrainedWeights(
                    "IMAGENET1K_SWAG_E2E_V1", "regnet_y_32gf_swag-04fdfa75.pth", top1: 86.838, top5: 98.362,
                    gigaflops: 94.826,
                    preprocessing: .imageNet(resizeShortSide: 384, cropSize: 384, interpolation: .bicubic)),
                PretrainedWeights(
                    "IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_32gf_lc_swag-e1583746.pth", top1: 84.622, top5: 97.48,
                    gigaflops: 32.28, preprocessing: .imageNet(resizeShortSide: 224, interpolation: .bicubic)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        architecture(
            "regnet_y_128gf", parameterCount: 644_812_894,
            Plan(depth: 27, width: 456, slope: 160.83, step: 2.52, groupWidth: 264, squeeze: 0.25),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_SWAG_E2E_V1", "regnet_y_128gf_swag-c8ce3e52.pth", top1: 88.228, top5: 98.682,
                    gigaflops: 374.57,
                    preprocessing: .imageNet(resizeShortSide: 384, cropSize: 384, interpolation: .bicubic)),
                PretrainedWeights(
                    "IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_128gf_lc_swag-cbe8ce12.pth", top1: 86.068, top5: 97.844,
                    gigaflops: 127.518, preprocessing: .imageNet(resizeShortSide: 224, interpolation: .bicubic)),
            ]),
    ]
}

/// Two 1 x 1 convolutions with a grouped 3 x 3 one between them, and a residual connection.
private final class RegNetBlock: Module {
    let proj: Sequential?
    let f: Sequential

    init(_ inputs: Int, _ outputs: Int, stride: Int, groupWidth: Int, squeeze: Double?) throws {
        // PyTorch creates the shortcut first, so its weights are drawn first.
        proj =
            inputs != outputs || stride != 1
            ? try makeConvNormActivation(inputs, outputs, kernelSize: 1, stride: stride, activation: nil) : nil
        var layers: [(name: String, module: any Module)] = [
            ("a", try makeConvNormActivation(inputs, outputs, kernelSize: 1)),
            (
                "b",
                try makeConvNormActivation(
                    outputs, outputs, kernelSize: 3, stride: stride, groups: outputs / groupWidth)
            ),
        ]
        if let squeeze {
            let squeezed = Int((squeeze * Double(inputs)).rounded(.toNearestOrEven))
            layers.append(("se", try SqueezeExcitation(outputs, squeezed: squeezed)))
        }
        layers.append(("c", try makeConvNormActivation(outputs, outputs, kernelSize: 1, activation: nil)))
        f = Sequential(named: layers)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        try ((proj?(input) ?? input) + f(input)).relu()
    }
}
