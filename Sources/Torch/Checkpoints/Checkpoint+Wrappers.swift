extension Checkpoint {
    /// The same without what wrappers of PyTorch's put before or into names: `module.` of `DataParallel`, where every
    /// name begins with it, and `_orig_mod.` of `torch.compile`, wherever it stands.
    ///
    /// Where that would make one name of two, they stay as they are.
    public func unwrapped() -> Checkpoint {
        var copy = self
        _ = copy.rename { name in
            name.split(separator: ".", omittingEmptySubsequences: false).filter { $0 != "_orig_mod" }
                .joined(separator: ".")
        }
        let prefix = "module."
        while !copy.entries.isEmpty, copy.entries.allSatisfy({ $0.name.hasPrefix(prefix) }) {
            let isDone = copy.rename { name in
                // The wrapped network itself has a version and no parameters.
                name + "." == prefix ? "" : name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            }
            guard isDone else { break }
        }
        return copy
    }

    /// Renames all or none: false where two names would be equal.
    private mutating func rename(_ rename: (String) -> String) -> Bool {
        let names = entries.map { rename($0.name) }
        guard Set(names.map(ExactString.init)).count == names.count else { return false }
        entries = zip(names, entries).map { ($0, $1.tensor) }
        // A wrapper comes before what it wraps; the inner version counts.
        let renamed = moduleVersions.map { (module: ExactString(rename($0.module)), version: $0.version) }
        let versions = Dictionary(renamed.map { ($0.module, $0.version) }) { _, inner in inner }
        var seen: Set<ExactString> = []
        moduleVersions = renamed.filter { seen.insert($0.module).inserted }
            .map { ($0.module.text, versions[$0.module] ?? $0.version) }
        return true
    }
}
