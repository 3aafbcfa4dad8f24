/// A module whose state has changed its meaning in the course of time, so that a state dict tells its version.
public protocol VersionedModule: Module {
    /// PyTorch's `_version`, which its `load_state_dict` looks at.
    var stateVersion: Int { get }
}

extension BatchNorm1d: VersionedModule {
    /// 2: `num_batches_tracked` is there.
    public var stateVersion: Int { 2 }
}

extension BatchNorm2d: VersionedModule {
    /// 2: `num_batches_tracked` is there.
    public var stateVersion: Int { 2 }
}

extension Module {
    /// The version of this module's state (under the empty name) and of all below it, as PyTorch's `state_dict` notes them
    /// in `_metadata`: 1 unless a module says otherwise.
    public var moduleVersions: [(module: String, version: Int)] {
        var names: Set<String> = []
        // A child under the empty name is a part of its parent, which is told.
        return namedModules.filter { names.insert($0.name).inserted }.map { name, module in
            (name, (module as? any VersionedModule)?.stateVersion ?? 1)
        }
    }
}
