public import Torch

/// The state of a module, an optimizer or an average: tensors with unique names, in order, as PyTorch's `state_dict`.
///
/// It is a value: a copy has its own names and order. The tensors are objects: those of `module.stateDict` are the
/// module's own, and `mapValues` copies them where that matters.
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

    /// Makes a state without tensors.
    public init() {}

    /// Makes a state from names and tensors. Where a name is there twice, the last tensor takes the first one's place.
    public init(_ entries: some Sequence<Element>) {
        for (name, tensor) in entries { self[name] = tensor }
    }

    /// The tensor of a name; nil where there is none.
    ///
    /// A new name is added at the end. Setting nil removes the name.
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

    /// The same names with other tensors: `try state.mapValues { try $0.detach().clone() }` is a copy that stays.
    public func mapValues(_ transform: (Tensor) throws -> Tensor) rethrows -> StateDict {
        StateDict(try entries.map { (name: $0.name, tensor: try transform($0.tensor)) })
    }

    /// The same tensors under names that begin with a prefix: `weight` becomes `network.weight`.
    public func prefixed(_ prefix: String) -> StateDict {
        StateDict(entries.map { (name: prefix + $0.name, tensor: $0.tensor) })
    }

    /// The entries whose names begin with a prefix, without it: the state of a part.
    public func part(_ prefix: String) -> StateDict {
        StateDict(
            entries.filter { $0.name.hasPrefix(prefix) }
                .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) })
    }

    /// The entries of both; where a name is in both, the tensor of `other`.
    public func merging(_ other: StateDict) -> StateDict { StateDict(entries + other.entries) }
}

extension StateDict: RandomAccessCollection {
    /// A name and its tensor.
    public typealias Element = (name: String, tensor: Tensor)
    /// 0.
    public var startIndex: Int { 0 }
    /// The number of entries.
    public var endIndex: Int { entries.count }
    /// The entry at a position, in order.
    public subscript(position: Int) -> Element { entries[position] }
}

extension StateDict: ExpressibleByDictionaryLiteral {
    /// Makes a state from a literal: `["weight": weight, "bias": bias]`.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        self.init(elements.map { (name: $0.0, tensor: $0.1) })
    }
}

extension StateDict: CustomStringConvertible {
    /// A line for each entry: `conv1.weight float32[64, 3, 7, 7]`.
    public var description: String {
        entries.map { "\($0.name) \($0.tensor.dtype.name)\($0.tensor.shape)" }.joined(separator: "\n")
    }
}

extension Checkpoint {
    /// Makes a checkpoint of a state.
    ///
    /// - Parameters:
    ///   - state: the tensors and their names.
    ///   - metadata: texts next to the tensors; safetensors files keep them.
    ///   - moduleVersions: the versions of modules; PyTorch's files keep them.
    public init(
        _ state: StateDict, metadata: [String: String] = [:], moduleVersions: [(module: String, version: Int)] = []
    ) {
        self.init(entries: Array(state), metadata: metadata, moduleVersions: moduleVersions)
    }

    /// Makes a checkpoint of the state of a module as `torch.save(module.state_dict(), path)` has it: tensors and versions.
    public init(of module: any Module, metadata: [String: String] = [:]) {
        self.init(module.stateDict, metadata: metadata, moduleVersions: module.moduleVersions)
    }

    /// The tensors and their names. Where the file has a name twice, the last tensor counts.
    public var stateDict: StateDict { StateDict(entries) }

    /// The same with the names of a module: without the prefixes of wrappers and of other libraries.
    ///
    /// - Throws: `AmbiguousNamesError` where several parts of the checkpoint fit.
    public func matched(to module: any Module) throws -> (checkpoint: Checkpoint, match: NameMatch) {
        try matched(to: module.stateDict.map { ($0.name, $0.tensor.shape) })
    }
}
