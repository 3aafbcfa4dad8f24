/// The size of the values between two layers, for one image.
package enum FeatureSize: Sendable, Hashable, CustomStringConvertible {
    case map(channels: Int, height: Int, width: Int)
    case features(Int)

    /// The number of values.
    package var count: Int {
        switch self {
        case .map(let channels, let height, let width): channels * height * width
        case .features(let count): count
        }
    }

    package var description: String {
        switch self {
        case .map(let channels, let height, let width): "a map of \(channels) x \(height) x \(width)"
        case .features(let count): "\(count) features"
        }
    }
}

/// An error of a layer with an unsuitable input.
struct LayerSizeError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension LayerDescription {
    /// Returns the output size.
    func outputSize(for input: FeatureSize, classes: Int) throws(LayerSizeError) -> FeatureSize {
        switch self {
        case .linear(let outputs, _): return try linear(input, outputs)
        case .linearToClasses: return try linear(input, classes)
        case .convolution(let layer): return try layer.outputSize(for: input)
        case .maxPool(let window), .averagePool(let window): return try window.outputSize(for: input)
        case .globalPool: return .map(channels: try input.map().channels, height: 1, width: 1)
        case .adaptivePool(let side): return .map(channels: try input.map().channels, height: side, width: side)
        case .flatten: return .features(input.count)
        case .layerNorm:
            if case .map = input { throw LayerSizeError("it expects flat features, not \(input); flatten it first") }
            return input
        case .batchNorm, .dropout, .relu, .relu6, .leakyReLU, .elu, .gelu, .silu, .hardswish, .tanh, .sigmoid:
            return input
        }
    }

    /// Returns the number of parameters of the layer.
    func parameterCount(for input: FeatureSize, classes: Int) -> Int {
        switch self {
        case .linear(let outputs, let hasBias): (input.count + (hasBias ? 1 : 0)) * outputs
        case .linearToClasses: (input.count + 1) * classes
        case .convolution(let layer):
            (input.channels / layer.groups * layer.kernel * layer.kernel + (layer.hasBias ? 1 : 0)) * layer.channels
        case .batchNorm, .layerNorm: 2 * input.channels
        default: 0
        }
    }

    private func linear(_ input: FeatureSize, _ outputs: Int) throws(LayerSizeError) -> FeatureSize {
        guard case .features(let count) = input else {
            throw LayerSizeError("it expects flat features, not \(input); flatten it first")
        }
        // Larger numbers are unrealistic. The product below does not overflow.
        guard count <= 1 << 24 else {
            throw LayerSizeError("its input, \(input), is too large; add a pooling layer before it")
        }
        return .features(outputs)
    }
}

extension FeatureSize {
    /// The number of channels, or of features.
    package var channels: Int {
        switch self {
        case .map(let channels, _, _): channels
        case .features(let count): count
        }
    }

    fileprivate func map() throws(LayerSizeError) -> (channels: Int, height: Int, width: Int) {
        guard case .map(let channels, let height, let width) = self else {
            throw LayerSizeError("it expects a map with channels, not \(self)")
        }
        return (channels, height, width)
    }
}

extension LayerDescription.Convolution {
    fileprivate func outputSize(for input: FeatureSize) throws(LayerSizeError) -> FeatureSize {
        let map = try input.map()
        guard map.channels % groups == 0, channels % groups == 0 else {
            throw LayerSizeError(
                "its \(groups) groups must divide its \(map.channels) input and \(channels) output channels")
        }
        let reach = dilation * (kernel - 1) + 1
        guard min(map.height, map.width) + 2 * padding >= reach else {
            throw LayerSizeError("its kernel covers \(reach) x \(reach) values, more than its input, \(input)")
        }
        func places(_ length: Int) -> Int { (length + 2 * padding - reach) / stride + 1 }
        return .map(channels: channels, height: places(map.height), width: places(map.width))
    }
}

extension LayerDescription.Window {
    fileprivate func outputSize(for input: FeatureSize) throws(LayerSizeError) -> FeatureSize {
        let map = try input.map()
        guard min(map.height, map.width) + 2 * padding >= side else {
            throw LayerSizeError("its window of \(side) x \(side) is larger than its input, \(input)")
        }
        func windows(_ length: Int) -> Int {
            let room = length + 2 * padding - side
            let count = (ceilMode ? (room + stride - 1) / stride : room / stride) + 1
            // The last window begins inside or in the leading padding.
            return ceilMode && (count - 1) * stride >= length + padding ? count - 1 : count
        }
        return .map(channels: map.channels, height: windows(map.height), width: windows(map.width))
    }
}
