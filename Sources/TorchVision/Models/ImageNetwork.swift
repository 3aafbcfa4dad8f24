public import Torch
public import TorchNN

/// A network that gives a logit for each class of a picture: `[N, 3, H, W]` to `[N, classes]`.
public protocol ImageNetwork: Module {
    /// The parts that are frozen and trained as wholes, from the input to the head, which is the last.
    var stages: [Stage] { get }
    /// The number of features that reach the last layer.
    var headInputs: Int { get }
    /// What the network makes of pictures, `[N, 3, H, W]` to `[N, headInputs]`: all stages but the head, and nothing
    /// random between them and it.
    func extractFeatures(_ input: Tensor) throws -> Tensor
    /// What the head makes of features, `[N, headInputs]` to `[N, classes]`, with the dropout before it.
    func classify(_ features: Tensor) throws -> Tensor
    /// Puts a new last layer for so many classes in place of the present one, freshly initialised.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    func replaceHead(classes: Int) throws
}

/// A part of a network.
public struct Stage {
    /// The name, as PyTorch's users know the part: `layer4`, `features.3`, `fc`.
    public let name: String
    /// The modules that belong to it.
    public let modules: [any Module]

    init(_ name: String, _ modules: any Module...) { self.init(name, modules) }

    init(_ name: String, _ modules: [any Module]) {
        self.name = name
        self.modules = modules
    }

    /// The parameters of all modules.
    public var parameters: [Tensor] { modules.flatMap(\.parameters) }
}

extension ImageNetwork {
    /// `[N, 3, H, W]` to `[N, classes]`.
    public func forward(_ input: Tensor) throws -> Tensor { try classify(extractFeatures(input)) }

    /// Lets training change the last `count` stages alone, the head among them, and freezes the others.
    ///
    /// Frozen parts stay in evaluation mode after every `train()`.
    ///
    /// - Parameter count: from 1, the head alone, to the number of stages, everything.
    public func trainLastStages(_ count: Int) throws {
        precondition((1...stages.count).contains(count), "the last \(count) of \(stages.count) stages")
        try freeze()
        for stage in stages.suffix(count) {
            for module in stage.modules { try module.unfreeze() }
        }
    }
}
