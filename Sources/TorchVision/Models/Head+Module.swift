public import Classifier
internal import Torch
public import TorchNN

extension Head {
    /// Creates the layers, freshly initialized, `[N, inputs]` to `[N, classes]`, named by position.
    ///
    /// - Throws: `HeadError` for a head that does not match; `TorchError` if the memory is not available.
    public func makeModule(inputs: Int, classes: Int) throws -> any Module {
        // Everything is checked before memory is allocated.
        let sizes = try sizes(inputs: inputs, classes: classes)
        return Sequential(
            try zip(complete, sizes).map { layer, size in try layer.makeModule(for: size, classes: classes) })
    }
}

extension ImageNetwork {
    /// Replaces the head with a new, freshly initialized one: the network's default last layer, or custom layers after
    /// the pooled features. Auxiliary heads are replaced for the same classes.
    ///
    /// - Throws: `HeadError` for a head that does not match; `TorchError` if the memory is not available.
    public func replaceHead(_ head: Head, classes: Int) throws {
        guard head != .lastLayer else { return try replaceLastLayer(classes: classes) }
        try demandFeatures()
        try replaceHead(with: head.makeModule(inputs: headInputs, classes: classes), classes: classes)
    }

    /// Replaces all layers after the pooled features with a module: `[N, headInputs]` to `[N, classes]`. Auxiliary
    /// heads are replaced for the same classes.
    ///
    /// Such a network cannot be created again from `NetworkOptions`, which do not contain modules. Recreate it in your
    /// program.
    ///
    /// - Throws: `HeadError` unless the module's first linear layer takes `headInputs` features and its last one
    ///   returns `classes`; a module without linear layers is not checked. `TorchError` if the memory is not available.
    public func replaceHead(with module: any Module, classes: Int) throws {
        try demandFeatures()
        let linear = module.namedModules.compactMap { $0.module as? Linear }
        if let first = linear.first, first.inputs != headInputs {
            throw HeadError("the head expects \(first.inputs) features, but the network has \(headInputs)")
        }
        if let last = linear.last, last.outputs != classes {
            throw HeadError("the head has \(last.outputs) outputs, but there are \(classes) classes")
        }
        putHead(module)
        try (self as? any AuxiliaryNetwork)?.replaceAuxiliaryHeads(classes: classes)
    }

    private func demandFeatures() throws(HeadError) {
        guard headInputs > 0 else {
            throw HeadError("the network does not provide its features, so its head cannot be replaced")
        }
    }
}
