import Torch
import TorchNN

/// Every kind of member: parameters and buffers with and without a custom name, an optional one, modules, arrays.
final class Everything: Module {
    let head: Linear
    @Submodule("ln_1") var norm: BatchNorm2d
    let blocks: [any Module]
    let shortcut: Linear?
    let missing: Linear?
    @Buffer var table: Tensor
    @Parameter("gamma") var scale: Tensor
    @Parameter var shift: Tensor
    @Parameter var unused: Tensor?
    let count = 3

    init() throws {
        head = try Linear(2, 3)
        blocks = [try Linear(3, 3), ReLU(), try Linear(3, 1, bias: false)]
        shortcut = try Linear(1, 1)
        missing = nil
        table = try Tensor([1, 2])
        shift = try Tensor.zeros([4])
        unused = nil
        scale = try Tensor.ones([4])
        norm = try BatchNorm2d(2)
    }

    func forward(_ input: Tensor) throws -> Tensor { input }
}

/// A backbone with batch normalization and dropout, and a head.
final class Classifier: Module {
    let features: Sequential
    let fc: Linear

    init() throws {
        features = try Sequential(Conv2d(3, 4, kernelSize: 3, bias: false), BatchNorm2d(4), ReLU(), Dropout(0.5))
        fc = try Linear(4 * 4, 2)
    }

    func forward(_ input: Tensor) throws -> Tensor { try fc(features(input).flatten(from: 1)) }
}

/// A base class of modules.
class Base: Module {
    @Parameter final var scale: Tensor
    final let fc: Linear

    init() throws {
        scale = try Tensor.ones([2])
        fc = try Linear(2, 2)
    }

    func forward(_ input: Tensor) throws -> Tensor { try fc(input) * scale }
}

/// A module with members of its own and of its superclass.
final class Derived: Base {
    @Parameter var shift: Tensor
    let head: Linear

    override init() throws {
        shift = try Tensor.zeros([2])
        head = try Linear(2, 1)
        try super.init()
    }
}
