public import Torch

/// The direct members of one module.
struct ModuleMembers {
    var parameters: [(name: String, tensor: Tensor)] = []
    var buffers: [(name: String, tensor: Tensor)] = []
    var children: [(name: String, module: any Module)] = []

    init(of module: any Module) {
        let mirrors = sequence(first: Mirror(reflecting: module), next: \.superclassMirror)
        for (label, value) in mirrors.reversed().flatMap(\.children) {
            guard let label else { continue }
            let name = label.hasPrefix("_") ? String(label.dropFirst()) : label
            switch value {
            case let slot as any NamedModuleSlot:
                addChildren(slot.content as Any, name: slot.explicitName)
            case let slot as any NamedSlot:
                guard let tensor = slot.slotTensor else { continue }
                if slot is any BufferSlot {
                    buffers.append((slot.explicitName ?? name, tensor))
                } else {
                    parameters.append((slot.explicitName ?? name, tensor))
                }
            default:
                addChildren(value, name: name)
            }
        }
        if let container = module as? any ModuleContainer {
            children = container.namedChildren
        }
    }

    private mutating func addChildren(_ value: Any, name: String) {
        if let module = value as? any Module {
            children.append((name, module))
        } else if let modules = value as? [any Module] {
            for (index, module) in modules.enumerated() {
                children.append(("\(name).\(index)", module))
            }
        }
    }
}

/// Distinguishes buffers from parameters.
private protocol BufferSlot {}
extension Buffer: BufferSlot {}

extension Module {
    /// The direct children, in the order of declaration.
    public var children: [(name: String, module: any Module)] { ModuleMembers(of: self).children }

    /// This module (with the empty name) and all modules below it, each with its full name, parents first.
    public var namedModules: [(name: String, module: any Module)] {
        [("", self)]
            + children.flatMap { name, child in
                child.namedModules.map { (join(name, $0.name), $0.module) }
            }
    }

    /// All parameters with their full names (`layer1.0.conv1.weight`), in PyTorch's order.
    public var namedParameters: [(name: String, tensor: Tensor)] {
        let members = ModuleMembers(of: self)
        return members.parameters
            + members.children.flatMap { name, child in
                child.namedParameters.map { (join(name, $0.name), $0.tensor) }
            }
    }

    /// All parameters, in PyTorch's order.
    public var parameters: [Tensor] { namedParameters.map(\.tensor) }

    /// The trainable parameters: those that require a gradient.
    public var trainableParameters: [Tensor] { parameters.filter(\.requiresGradient) }

    /// All parameters and buffers with their full names, in the order of PyTorch's `state_dict`.
    ///
    /// The tensors are the module's own, which training changes.
    public var stateDict: StateDict { StateDict(namedTensors) }

    /// The entries of `stateDict` one by one.
    var namedTensors: [(name: String, tensor: Tensor)] {
        let members = ModuleMembers(of: self)
        return members.parameters + members.buffers
            + members.children.flatMap { name, child in
                child.namedTensors.map { (join(name, $0.name), $0.tensor) }
            }
    }

    /// The version of this module's state (with the empty name) and of all modules below it, as PyTorch's `state_dict`
    /// stores them in `_metadata`. The default is 1.
    public var moduleVersions: [(module: String, version: Int)] {
        var names: Set<String> = []
        // A child with the empty name is part of its parent, which is already included.
        return namedModules.filter { names.insert($0.name).inserted }.map { name, module in
            (name, (module as? any VersionedModule)?.stateVersion ?? 1)
        }
    }
}

/// A child with the empty name has the names of its parent.
private func join(_ parent: String, _ child: String) -> String {
    parent.isEmpty || child.isEmpty ? parent + child : "\(parent).\(child)"
}
