/// A layer in text form: `conv:16:3 padding=same`, `dropout:0.5`, and in a head `4096` for a linear layer.
///
/// Values are separated by colons or spaces. Sizes, initial weights and defaults are those of PyTorch.
public enum LayerDescription: Sendable, Hashable {
    /// `linear:256`, `linear:256 bias=false`; a number alone is the same.
    case linear(Int, hasBias: Bool = true)
    /// `linear:classes`: the last layer, which outputs the logits.
    case linearToClasses
    /// `conv:16:3 stride=2 padding=1 dilation=1 groups=1 bias=false`.
    case convolution(Convolution)
    /// `maxpool:3 stride=2 padding=1 ceil=true`: the maximum of each window.
    case maxPool(Window)
    /// `avgpool:2`: the mean of each window.
    case averagePool(Window)
    /// `globalpool`: the mean of each channel, as a map of 1 x 1.
    case globalPool
    /// `adaptivepool:6`: means over windows, for an output of 6 x 6.
    case adaptivePool(Int)
    /// `flatten`: converts a map to flat features.
    case flatten
    /// `batchnorm`: over the channels of a map, or over features.
    case batchNorm
    /// `layernorm`: over all features of an image.
    case layerNorm
    /// `dropout:0.5`.
    case dropout(Double)
    /// `relu`.
    case relu
    /// `relu6`.
    case relu6
    /// `leakyrelu:0.01`.
    case leakyReLU(slope: Double)
    /// `elu:1`.
    case elu(alpha: Double)
    /// `gelu`, exact.
    case gelu
    /// `silu`.
    case silu
    /// `hardswish`.
    case hardswish
    /// `tanh`.
    case tanh
    /// `sigmoid`.
    case sigmoid

    /// A convolution with a square kernel.
    public struct Convolution: Sendable, Hashable {
        /// The number of output channels.
        public var channels: Int
        /// The side of the kernel.
        public var kernel: Int
        /// The stride of the kernel.
        public var stride = 1
        /// The zero padding on each side.
        public var padding = 0
        /// The distance between the kernel's elements.
        public var dilation = 1
        /// The number of independent groups of channels.
        public var groups = 1
        /// Whether the layer has a bias.
        public var hasBias = true

        /// Creates a convolution with stride 1 and no padding.
        public init(channels: Int, kernel: Int) { (self.channels, self.kernel) = (channels, kernel) }
    }

    /// The square windows of a pool.
    public struct Window: Sendable, Hashable {
        /// The side of the window.
        public var side: Int
        /// The stride of the window.
        public var stride: Int
        /// The padding on each side.
        public var padding = 0
        /// Whether windows may extend beyond the edge.
        public var ceilMode = false

        /// Creates windows with their side as stride.
        public init(side: Int) { (self.side, stride) = (side, side) }
    }

    /// Whether the layer is linear.
    var isLinear: Bool {
        switch self {
        case .linear, .linearToClasses: true
        default: false
        }
    }
}

extension LayerDescription: CustomStringConvertible {
    /// The notation, without default values.
    public var description: String {
        switch self {
        case .linear(let outputs, let hasBias): "linear:\(outputs)" + (hasBias ? "" : " bias=false")
        case .linearToClasses: "linear:classes"
        case .convolution(let layer): "conv:\(layer.channels):\(layer.kernel)" + layer.options
        case .maxPool(let window): "maxpool:\(window.side)" + window.options
        case .averagePool(let window): "avgpool:\(window.side)" + window.options
        case .globalPool: "globalpool"
        case .adaptivePool(let side): "adaptivepool:\(side)"
        case .flatten: "flatten"
        case .batchNorm: "batchnorm"
        case .layerNorm: "layernorm"
        case .dropout(let probability): "dropout:\(probability)"
        case .relu: "relu"
        case .relu6: "relu6"
        case .leakyReLU(let slope): "leakyrelu:\(slope)"
        case .elu(let alpha): "elu:\(alpha)"
        case .gelu: "gelu"
        case .silu: "silu"
        case .hardswish: "hardswish"
        case .tanh: "tanh"
        case .sigmoid: "sigmoid"
        }
    }
}

extension LayerDescription.Convolution {
    fileprivate var options: String {
        (stride == 1 ? "" : " stride=\(stride)") + (padding == 0 ? "" : " padding=\(padding)")
            + (dilation == 1 ? "" : " dilation=\(dilation)") + (groups == 1 ? "" : " groups=\(groups)")
            + (hasBias ? "" : " bias=false")
    }
}

extension LayerDescription.Window {
    fileprivate var options: String {
        (stride == side ? "" : " stride=\(stride)") + (padding == 0 ? "" : " padding=\(padding)")
            + (ceilMode ? " ceil=true" : "")
    }
}
