internal import Torch
internal import TorchNN
internal import TorchVision

/// A network that begins at 8-bit pixels, `[N, H, W, 3]`, and ends at logits or at the features before its head.
///
/// Its parameters bear the network's own names.
final class PixelNetwork: ModuleContainer {
    /// Where the computation ends.
    enum Output: String {
        case logits
        case features
    }

    private let normalizer: Normalizer
    private let network: any ImageNetwork
    private let output: Output

    init(_ network: any ImageNetwork, normalizer: Normalizer, output: Output = .logits) {
        (self.network, self.normalizer, self.output) = (network, normalizer, output)
    }

    var namedChildren: [(name: String, module: any Module)] { [("", network)] }

    func forward(_ pixels: Tensor) throws -> Tensor {
        let input = try normalizer(pixels)
        return switch output {
        case .logits: try network(input)
        case .features: try network.extractFeatures(input)
        }
    }
}
