public import Torch

extension Module {
    /// Copies a checkpoint into this module's parameters and buffers, converting their types.
    ///
    /// Names may have what wrappers of PyTorch's put before them (`module.` of `DataParallel`, `_orig_mod.` of
    /// `torch.compile`), unless this module's own have it.
    ///
    /// - Parameter isStrict: whether every name must find its like. If not, what fits is loaded and the report tells the
    ///   rest.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not fit.
    @discardableResult
    public func load(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        try load(checkpoint.unwrapped(for: self).entries, isStrict: isStrict)
    }
}

extension Checkpoint {
    /// The state of a module as `torch.save(module.state_dict(), path)` has it: tensors and versions.
    public init(of module: any Module, metadata: [String: String] = [:]) {
        self.init(entries: module.stateDict, metadata: metadata, moduleVersions: module.moduleVersions)
    }

    /// Without wrappers' names, unless the module has such names itself.
    public func unwrapped(for module: any Module) -> Checkpoint {
        let isWrapper = module.stateDict.contains { $0.name.hasPrefix("module.") || $0.name.contains("_orig_mod.") }
        return isWrapper ? self : unwrapped()
    }
}
