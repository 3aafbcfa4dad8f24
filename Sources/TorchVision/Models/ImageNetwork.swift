// Programs that import `TorchVision` also use declarations of the targets below it: network descriptions, images,
// layers, tensors.
@_exported public import Classifier
@_exported public import Images
@_exported public import Torch
@_exported public import TorchNN

/// A network that computes a logit for each class of an image: `[N, 3, H, W]` to `[N, classes]`.
public protocol ImageNetwork: Module {
    /// The parts that are frozen or trained as a whole, from the input to the head, which is last.
    var stages: [Stage] { get }
    /// The number of input features of a custom head: the pooled features of the last convolution or block.
    var headInputs: Int { get }
    /// The name of the layer whose activation maps are best for explanations. Nil, the default, selects the last layer
    /// with spatial positions.
    var mapLayer: String? { get }
    /// Computes the features before the head: all stages except the last, without dropout between them and the head.
    /// `[N, 3, H, W]` to `[N, …]`; with a custom head to `[N, headInputs]`.
    func extractFeatures(_ input: Tensor) throws -> Tensor
    /// Computes the logits from features, `[N, …]` to `[N, classes]`, including the dropout before the head.
    func classify(_ features: Tensor) throws -> Tensor
    /// Replaces the last layer with a new, freshly initialized one for this number of classes, and likewise in each
    /// auxiliary head.
    ///
    /// It requires a network with its original head; `replaceHead(_:classes:)` works for any.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    func replaceLastLayer(classes: Int) throws
    /// Replaces all layers after the pooled features with a module, `[N, headInputs]` to `[N, classes]`.
    ///
    /// `replaceHead(with:)` does the same and checks the module.
    func putHead(_ module: any Module)
    /// Converts the entries of a checkpoint to this network's names and shapes, which differ in older files.
    ///
    /// - Throws: `TorchError` if LibTorch cannot convert a tensor.
    func adapt(_ state: StateDict) throws -> StateDict
}

/// A network that is trained with auxiliary heads, whose losses are added.
public protocol AuxiliaryNetwork: ImageNetwork {
    /// Whether the network has its auxiliary heads.
    var hasAuxiliaryHeads: Bool { get }
    /// Replaces the last layer of each auxiliary head with a new one for this number of classes.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    func replaceAuxiliaryHeads(classes: Int) throws
    /// Computes, for training, the logits and those of each auxiliary head that is not frozen, with the weight of its
    /// loss.
    func forwardWithAuxiliaries(
        _ input: Tensor
    ) throws -> (logits: Tensor, auxiliaries: [(logits: Tensor, weight: Double)])
}

/// A part of a network.
public struct Stage {
    /// The name that PyTorch users know: `layer4`, `features.3`, `fc`.
    public let name: String
    /// The modules of the part.
    public let modules: [any Module]

    /// Creates a part from these modules.
    public init(_ name: String, _ modules: any Module...) { self.init(name, modules) }

    /// Creates a part from these modules.
    public init(_ name: String, _ modules: [any Module]) {
        self.name = name
        self.modules = modules
    }

    /// The parameters of all modules.
    public var parameters: [Tensor] { modules.flatMap(\.parameters) }
}

extension ImageNetwork {
    /// The last layer with spatial positions.
    public var mapLayer: String? { nil }

    /// `[N, 3, H, W]` to `[N, classes]`.
    public func forward(_ input: Tensor) throws -> Tensor { try classify(extractFeatures(input)) }

    /// The unchanged entries.
    public func adapt(_ state: StateDict) throws -> StateDict {
        state
    }

    /// Loads the entries of a checkpoint of this network, written by PyTorch or Apus, of any age.
    ///
    /// - Throws: The same errors as `load`.
    @discardableResult
    public func loadWeights(_ state: StateDict, isStrict: Bool = true) throws -> LoadReport {
        try load(adapt(state), isStrict: isStrict)
    }

    /// Makes only the last `count` stages trainable, including the head, and freezes the others.
    ///
    /// Frozen parts stay in evaluation mode after every `train()`. A dropout outside the stages belongs to the stage
    /// declared after it.
    ///
    /// - Parameter count: The number of stages, from 1 (only the head) to all.
    public func trainLastStages(_ count: Int) throws {
        precondition((1...stages.count).contains(count), "there are \(stages.count) stages, not \(count)")
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
