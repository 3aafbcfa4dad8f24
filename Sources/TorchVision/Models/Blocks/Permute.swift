internal import Torch
internal import TorchNN

/// Another order of the dimensions, as `torchvision.ops.Permute`.
final class Permute: Module {
    private let dimensions: [Int]

    init(_ dimensions: Int...) { self.dimensions = dimensions }

    func forward(_ input: Tensor) throws -> Tensor { try input.permute(dimensions) }
}
