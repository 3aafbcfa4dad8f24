public import Torch

/// The state of a module, an optimizer or an average: tensors with unique names, in order, as in PyTorch's
/// `state_dict`.
///
/// It is a value: a copy has its own names and order. The tensors are objects: those of `module.stateDict` are the
/// module's own. Use `mapValues` to copy them.
///
/// ```swift
/// var state = model.stateDict
/// print(state["fc.weight"]?.shape ?? [])
/// state["fc.weight"] = nil
/// for (name, tensor) in state { print(name, tensor.shape) }
/// try other.load(state, isStrict: false)
/// ```
public struct StateDict {
    private var entries: [Element] = []
    private var positions: [String: Int] = [:]

    /// Creates an empty state.
    public init() {}

    /// Creates a state from names and tensors. For a duplicate name, the last tensor replaces the first.
    public init(_ entries: some Sequence<Element>) {
        for (name, tensor) in entries { self[name] = tensor }
    }

    /// The tensor with this name, or nil if there is none.
    ///
    /// Setting a new name appends it. Setting nil removes the name.
    public subscript(name: String) -> Tensor? {
        get { positions[name].map { entries[$0].tensor } }
        set {
            switch (positions[name], newValue) {
            case (let position?, let tensor?): entries[position].tensor = tensor
            case (nil, let tensor?):
                positions[name] = entries.count
                entries.append((name, tensor))
            case (let position?, nil):
                entries.remove(at: position)
                positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
            case (nil, nil): break
            }
        }
    }

    /// The names, in order.
    public var names: [String] { entries.map(\.name) }

    /// The entries for which `isIncluded` is true.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> StateDict {
        StateDict(try entries.filter(isIncluded))
    }

    /// Returns the same names with other tensors: `try state.mapValues { try $0.detach().clone() }` is an independent
    /// copy.
    public func mapValues(_ transform: (Tensor) throws -> Tensor) rethrows -> StateDict {
        StateDict(try entries.map { (name: $0.name, tensor: try transform($0.tensor)) })
    }

    /// Returns the same tensors with a prefix before the names: `weight` becomes `network.weight`.
    public func prefixed(_ prefix: String) -> StateDict {
        StateDict(entries.map { (name: prefix + $0.name, tensor: $0.tensor) })
    }

    /// Returns the entries whose names start with a prefix, without the prefix: the state of a part.
    public func part(_ prefix: String) -> StateDict {
        StateDict(
            entries.filter { $0.name.hasPrefix(prefix) }
                .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) })
    }

    /// Returns the entries of both. If a name is in both, the tensor of `other` is used.
    public func merging(_ other: StateDict) -> StateDict { StateDict(entries + other.entries) }
}

extension StateDict: RandomAccessCollection {
    /// A name and its tensor.
    public typealias Element = (name: String, tensor: Tensor)
    /// The first position, 0.
    public var startIndex: Int { 0 }
    /// The number of entries.
    public var endIndex: Int { entries.count }
    /// The entry at a position, in order.
    public subscript(position: Int) -> Element { entries[position] }
}

extension StateDict: ExpressibleByDictionaryLiteral {
    /// Creates a state from a literal: `["weight": weight, "bias": bias]`.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        self.init(elements.map { (name: $0.0, tensor: $0.1) })
    }
}

extension StateDict: CustomStringConvertible {
    /// One line for each entry: `conv1.weight float32[64, 3, 7, 7]`.
    public var description: String {
        entries.map { "\($0.name) \($0.tensor.dtype.name)\($0.tensor.shape)" }.joined(separator: "\n")
    }
}

extension Checkpoint {
    /// Creates a checkpoint from a state.
    ///
    /// - Parameters:
    ///   - state: The tensors and their names.
    ///   - metadata: Texts stored with the tensors; safetensors files keep them.
    ///   - moduleVersions: The versions of modules; PyTorch files keep them.
    public init(
        _ state: StateDict, metadata: [String: String] = [:], moduleVersions: [(module: String, version: Int)] = []
    ) {
        self.init(entries: Array(state), metadata: metadata, moduleVersions: moduleVersions)
    }

    /// Creates a checkpoint of a module's state as `torch.save(module.state_dict(), path)` does: tensors and versions.
    public init(of module: any Module, metadata: [String: String] = [:]) {
        self.init(module.stateDict, metadata: metadata, moduleVersions: module.moduleVersions)
    }

    /// The tensors and their names. For a duplicate name in the file, the last tensor is used.
    public var stateDict: StateDict { StateDict(entries) }

    /// Returns the checkpoint with the names of a module: without the prefixes of wrappers and other libraries.
    ///
    /// - Throws: `AmbiguousNamesError` if several parts of the checkpoint match.
    public func matched(to module: any Module) throws -> (checkpoint: Checkpoint, match: NameMatch) {
        try matched(to: module.stateDict.map { ($0.name, $0.tensor.shape) })
    }
}
