// Programs that import `TorchVision` use values of the targets below it: networks' descriptions, images, layers, tensors.
@_exported public import Classifier
@_exported public import Images
@_exported public import Torch
@_exported public import TorchNN

/// A network that gives a logit for each class of a picture: `[N, 3, H, W]` to `[N, classes]`.
public protocol ImageNetwork: Module {
    /// The parts that are frozen and trained as wholes, from the input to the head, which is the last.
    var stages: [Stage] { get }
    /// The number of features that a head of one's own gets: those of the last convolution or block, pooled.
    var headInputs: Int { get }
    /// The name of the layer whose maps show best where the network looks; nil, as it is unless a network says otherwise,
    /// leaves it to the last layer that tells places apart.
    var mapLayer: String? { get }
    /// What the network makes of pictures before the head: all stages but the last, and nothing random between them and
    /// it. `[N, 3, H, W]` to `[N, …]`; with a head of one's own to `[N, headInputs]`.
    func extractFeatures(_ input: Tensor) throws -> Tensor
    /// What the head makes of features, `[N, …]` to `[N, classes]`, with the dropout before it.
    func classify(_ features: Tensor) throws -> Tensor
    /// Puts a new last layer for so many classes in place of the present one, freshly initialised, and likewise in each
    /// auxiliary head.
    ///
    /// It follows a network that still has its own head; `replaceHead(_:classes:)` serves any.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    func replaceLastLayer(classes: Int) throws
    /// Puts a module in place of all layers after the pooled features, `[N, headInputs]` to `[N, classes]`.
    ///
    /// `replaceHead(with:)` is the same with a check.
    func putHead(_ module: any Module)
    /// The entries of a checkpoint as this network wants them: older files have other names, or other shapes.
    ///
    /// - Throws: `TorchError` where LibTorch refuses to convert a tensor.
    func adapt(_ state: StateDict) throws -> StateDict
}

/// A network that is trained with more heads than the last, which share its loss.
public protocol AuxiliaryNetwork: ImageNetwork {
    /// Whether the auxiliary heads are there.
    var hasAuxiliaryHeads: Bool { get }
    /// Puts a fresh last layer for so many classes in place in each auxiliary head that is there.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    func replaceAuxiliaryHeads(classes: Int) throws
    /// For training: the logits, and those of each auxiliary head that is not frozen, with the share of its loss in the
    /// whole.
    func forwardWithAuxiliaries(
        _ input: Tensor
    ) throws -> (logits: Tensor, auxiliaries: [(logits: Tensor, share: Double)])
}

/// A part of a network.
public struct Stage {
    /// The name, as PyTorch's users know the part: `layer4`, `features.3`, `fc`.
    public let name: String
    /// The modules that belong to it.
    public let modules: [any Module]

    /// A part of these modules.
    public init(_ name: String, _ modules: any Module...) { self.init(name, modules) }

    /// A part of these modules.
    public init(_ name: String, _ modules: [any Module]) {
        self.name = name
        self.modules = modules
    }

    /// The parameters of all modules.
    public var parameters: [Tensor] { modules.flatMap(\.parameters) }
}

extension ImageNetwork {
    /// The last layer that tells places apart.
    public var mapLayer: String? { nil }

    /// `[N, 3, H, W]` to `[N, classes]`.
    public func forward(_ input: Tensor) throws -> Tensor { try classify(extractFeatures(input)) }

    /// The entries as they are.
    public func adapt(_ state: StateDict) throws -> StateDict {
        state
    }

    /// Loads the entries of a checkpoint that PyTorch or Apus wrote for this network, however old.
    ///
    /// - Throws: as `load` does.
    @discardableResult
    public func loadWeights(_ state: StateDict, isStrict: Bool = true) throws -> LoadReport {
        try load(adapt(state), isStrict: isStrict)
    }

    /// Lets training change the last `count` stages alone, the head among them, and freezes the others.
    ///
    /// Frozen parts stay in evaluation mode after every `train()`. A dropout that no stage names belongs to the stage
    /// that is declared after it.
    ///
    /// - Parameter count: from 1, the head alone, to the number of stages, everything.
    public func trainLastStages(_ count: Int) throws {
        precondition((1...stages.count).contains(count), "the last \(count) of \(stages.count) stages")
        let stages = stages
        try freeze()
        for stage in stages.suffix(count) {
            for module in stage.modules { try module.unfreeze() }
        }
        func members(_ stages: some Sequence<Stage>) -> Set<ObjectIdentifier> {
            Set(stages.flatMap(\.modules).flatMap(\.namedModules).map { ObjectIdentifier($0.module) })
        }
        let (trained, frozen) = (members(stages.suffix(count)), members(stages.dropLast(count)))
        var isTrained = true
        for (_, module) in namedModules.reversed() {
            let identity = ObjectIdentifier(module)
            if trained.contains(identity) {
                isTrained = true
            } else if frozen.contains(identity) {
                isTrained = false
            } else if isTrained, let module = module as? any FreezableModule {
                module.isFrozen = false
            }
        }
    }
}
