public import Classifier
internal import Torch
public import TorchNN

extension Head {
    /// Makes the layers, freshly initialised, `[N, inputs]` to `[N, classes]`, named by position.
    ///
    /// - Throws: `HeadError` for a head that does not fit, `TorchError` where the memory is not to be had.
    public func makeModule(inputs: Int, classes: Int) throws -> any Module {
        // All is looked at before memory is taken for any.
        let sizes = try sizes(inputs: inputs, classes: classes)
        return Sequential(
            try zip(complete, sizes).map { layer, size in try layer.makeModule(for: size, classes: classes) })
    }
}

extension ImageNetwork {
    /// Puts a new head in place of the present one, freshly initialised: the network's own last layer, or layers of
    /// one's own after the pooled features. Auxiliary heads are made anew for the same classes.
    ///
    /// - Throws: `HeadError` for a head that does not fit, `TorchError` where the memory is not to be had.
    public func replaceHead(_ head: Head, classes: Int) throws {
        guard head != .lastLayer else { return try replaceLastLayer(classes: classes) }
        try demandFeatures()
        try replaceHead(with: head.makeModule(inputs: headInputs, classes: classes), classes: classes)
    }

    /// Puts a module in place of all layers after the pooled features: `[N, headInputs]` to `[N, classes]`. Auxiliary
    /// heads are made anew for the same classes.
    ///
    /// A network made so is not made again from `NetworkOptions`, which knows no modules: keep it in one's own program.
    ///
    /// - Throws: `HeadError` unless the module's first linear layer takes `headInputs` features and its last gives
    ///   `classes`; a module without any is taken at its word. `TorchError` where the memory is not to be had.
    public func replaceHead(with module: any Module, classes: Int) throws {
        try demandFeatures()
        let linear = module.namedModules.compactMap { $0.module as? Linear }
        if let first = linear.first, first.inputs != headInputs {
            throw HeadError("the head takes \(first.inputs) features, and the network gives \(headInputs)")
        }
        if let last = linear.last, last.outputs != classes {
            throw HeadError("the head gives \(last.outputs) outputs, and there are \(classes) classes")
        }
        putHead(module)
        try (self as? any AuxiliaryNetwork)?.replaceAuxiliaryHeads(classes: classes)
    }

    private func demandFeatures() throws(HeadError) {
        guard headInputs > 0 else {
            throw HeadError("the network does not tell its features, so it takes no other head")
        }
    }
}
