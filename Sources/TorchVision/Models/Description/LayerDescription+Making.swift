internal import Classifier
internal import TorchNN

extension LayerDescription {
    /// Creates the layer, freshly initialized, for a size that `outputSize` has checked.
    func makeModule(for input: FeatureSize, classes: Int) throws -> any Module {
        switch self {
        case .linear(let outputs, let hasBias): try Linear(input.count, outputs, bias: hasBias)
        case .linearToClasses: try Linear(input.count, classes)
        case .convolution(let layer):
            try Conv2d(
                input.channels, layer.channels, kernelSize: Size2D(layer.kernel), stride: Size2D(layer.stride),
                padding: Size2D(layer.padding), dilation: Size2D(layer.dilation), groups: layer.groups,
                bias: layer.hasBias)
        case .maxPool(let window):
            MaxPool2d(
                Size2D(window.side), stride: Size2D(window.stride), padding: Size2D(window.padding),
                ceilMode: window.ceilMode)
        case .averagePool(let window):
            AvgPool2d(
                Size2D(window.side), stride: Size2D(window.stride), padding: Size2D(window.padding),
                ceilMode: window.ceilMode)
        case .globalPool: AdaptiveAvgPool2d(1)
        case .adaptivePool(let side): AdaptiveAvgPool2d(Size2D(side))
        case .flatten: Flatten()
        case .batchNorm:
            switch input {
            case .map(let channels, _, _): try BatchNorm2d(channels)
            case .features(let count): try BatchNorm1d(count)
            }
        case .layerNorm: try LayerNorm(input.count)
        case .dropout(let probability): Dropout(probability)
        case .relu: ReLU()
        case .relu6: ReLU6()
        case .leakyReLU(let slope): LeakyReLU(slope: slope)
        case .elu(let alpha): ELU(alpha: alpha)
        case .gelu: GELU()
        case .silu: SiLU()
        case .hardswish: Hardswish()
        case .tanh: Tanh()
        case .sigmoid: Sigmoid()
        }
    }
}
