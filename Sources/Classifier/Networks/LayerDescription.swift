/// A layer as people write it: `conv:16:3 padding=same`, `dropout:0.5`, and in a head `4096` for a linear layer.
///
/// What follows the name is separated by colons or blanks. Sizes, fresh weights and all that is left open are
/// PyTorch's.
public enum LayerDescription: Sendable, Hashable {
    /// `linear:256`, `linear:256 bias=false`; a number alone is the same.
    case linear(Int, hasBias: Bool = true)
    /// `linear:classes`: the last layer, which gives the logits.
    case linearToClasses
    /// `conv:16:3 stride=2 padding=1 dilation=1 groups=1 bias=false`.
    case convolution(Convolution)
    /// `maxpool:3 stride=2 padding=1 ceil=true`: the greatest value of each window.
    case maxPool(Window)
    /// `avgpool:2`: the mean of each window.
    case averagePool(Window)
    /// `globalpool`: the mean of each channel, as a map of one place.
    case globalPool
    /// `adaptivepool:6`: means over windows chosen so that a map of 6 x 6 places comes out.
    case adaptivePool(Int)
    /// `flatten`: a map as features in one row.
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
        /// The channels that come out.
        public var channels: Int
        /// The kernel's side.
        public var kernel: Int
        /// How far the kernel moves.
        public var stride = 1
        /// Zeros on each side.
        public var padding = 0
        /// The distance between the kernel's elements.
        public var dilation = 1
        /// Into how many independent groups the channels are split.
        public var groups = 1
        /// Whether something is added to each channel.
        public var hasBias = true

        /// A convolution that moves by one and pads nothing.
        public init(channels: Int, kernel: Int) { (self.channels, self.kernel) = (channels, kernel) }
    }

    /// The square windows of a pool.
    public struct Window: Sendable, Hashable {
        /// The window's side.
        public var side: Int
        /// How far the window moves.
        public var stride: Int
        /// Padding on each side.
        public var padding = 0
        /// Whether a window that begins inside but ends outside counts.
        public var ceilMode = false

        /// Windows side by side.
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
    /// The notation, in which what is as usual is left out.
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
