public import Torch

extension Module {
    /// Copies a checkpoint into this module's parameters and buffers, converting their types.
    ///
    /// Names may have prefixes that this module's own do not have, as `Checkpoint.matched(to:)` finds them.
    ///
    /// - Parameter isStrict: whether every name must find its like. If not, what fits is loaded and the report tells the
    ///   rest.
    /// - Throws: `LoadError` before anything is changed, if strict and something does not fit; `AmbiguousNamesError`
    ///   where several parts of the checkpoint fit.
    @discardableResult
    public func load(_ checkpoint: Checkpoint, isStrict: Bool = true) throws -> LoadReport {
        let (matched, match) = try checkpoint.matched(to: self)
        var report = try load(matched.entries, isStrict: isStrict)
        report.match = match
        return report
    }
}

extension Checkpoint {
    /// The state of a module as `torch.save(module.state_dict(), path)` has it: tensors and versions.
    public init(of module: any Module, metadata: [String: String] = [:]) {
        self.init(entries: module.stateDict, metadata: metadata, moduleVersions: module.moduleVersions)
    }

    /// The same with the names of a module: without the prefixes of wrappers and of other libraries.
    ///
    /// - Throws: `AmbiguousNamesError` where several parts of the checkpoint fit.
    public func matched(to module: any Module) throws -> (checkpoint: Checkpoint, match: NameMatch) {
        try matched(to: module.stateDict.map { ($0.name, $0.tensor.shape) })
    }
}
