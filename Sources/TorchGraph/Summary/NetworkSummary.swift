internal import Checkpoints
internal import Torch
public import TorchNN

/// What a network is made of and what a forward pass costs, layer by layer, for one picture.
///
/// ```swift
/// let network = try withDefaultDevice(.meta) { try AnimalsCNN(classes: 10) }  // no memory, no time
/// print(try NetworkSummary(of: network, inputShape: [3, 256, 256]))
/// ```
///
/// It tells what torchinfo and torchsummary tell PyTorch's users.
public struct NetworkSummary: Sendable, Equatable, Codable {
    /// The network's type, or the name that it was given.
    public let name: String
    /// The shape of one picture, `[3, 224, 224]`.
    public let inputShape: [Int]
    /// The network itself, then its modules, each before those within it.
    public let layers: [Layer]
    /// The numbers that are learned.
    public let parameters: Int
    /// Those of them that training changes: the others are frozen.
    public let trainableParameters: Int
    /// The multiplications, each with its addition, of convolutions, linear layers and products of matrices.
    public let multiplyAdds: Int
    /// The memory of one picture, in bytes.
    public let inputBytes: Int
    /// The memory of all that a forward pass computes, in bytes: what training keeps for the way back. Prediction keeps
    /// little of it.
    public let activationBytes: Int
    /// The memory of the parameters and of the statistics beside them, in bytes.
    public let parameterBytes: Int

    /// A module of the network.
    public struct Layer: Sendable, Equatable, Codable {
        /// The path in the network, `layer1.0.conv1`; empty for the network itself.
        public let name: String
        /// The type, `Conv2d`.
        public let type: String
        /// How many modules stand above it.
        public let depth: Int
        /// The shape of its result for a batch of one picture; nil where the forward pass leaves it out.
        public let outputShape: [Int]?
        /// The parameters of the module and of those within it.
        public let parameters: Int
        /// Those of them that training changes.
        public let trainableParameters: Int
        /// The multiply-adds of the module and of those within it.
        public let multiplyAdds: Int
    }

    /// Looks at a network in evaluation mode, through a forward pass.
    ///
    /// Modes are afterwards as they were before. On `.meta` nothing is computed; elsewhere the pass is made.
    ///
    /// - Parameters:
    ///   - network: from pictures `[N, …]`.
    ///   - inputShape: the shape of one picture: `[3, 224, 224]`.
    ///   - name: what it is called; the type unless given.
    /// - Throws: what the network throws for pictures of that shape; `GraphError` where it can't be traced.
    public init(of network: any Module, inputShape: [Int], name: String? = nil) throws {
        let graph = try inEvaluationMode(network) { try Graph(tracing: network, inputShape: inputShape) }
        let name = name ?? typeName(network)
        let layers = LayerTree(of: network).layers(of: graph, networkName: name)
        let whole = layers[0]
        self.init(
            name: name, inputShape: inputShape, layers: layers, parameters: whole.parameters,
            trainableParameters: whole.trainableParameters, multiplyAdds: whole.multiplyAdds,
            inputBytes: inputShape.reduce(DType.float32.byteCount, *), activationBytes: graph.activationBytes,
            parameterBytes: network.stateDict.reduce(0) { $0 + $1.tensor.count * $1.tensor.dtype.byteCount })
    }

    private init(
        name: String, inputShape: [Int], layers: [Layer], parameters: Int, trainableParameters: Int, multiplyAdds: Int,
        inputBytes: Int, activationBytes: Int, parameterBytes: Int
    ) {
        (self.name, self.inputShape, self.layers) = (name, inputShape, layers)
        (self.parameters, self.trainableParameters) = (parameters, trainableParameters)
        self.multiplyAdds = multiplyAdds
        (self.inputBytes, self.activationBytes, self.parameterBytes) = (inputBytes, activationBytes, parameterBytes)
    }

    /// The same with those layers alone that at most so many modules stand above; nil keeps all.
    public func limited(toDepth depth: Int?) -> NetworkSummary {
        guard let depth else { return self }
        return NetworkSummary(
            name: name, inputShape: inputShape, layers: layers.filter { $0.depth <= depth }, parameters: parameters,
            trainableParameters: trainableParameters, multiplyAdds: multiplyAdds, inputBytes: inputBytes,
            activationBytes: activationBytes, parameterBytes: parameterBytes)
    }

    /// Input, activations and parameters together, in bytes.
    public var totalBytes: Int { inputBytes + activationBytes + parameterBytes }
}

/// Runs `body` with a network in evaluation mode, and puts each module back into the mode that it was in.
private func inEvaluationMode<Result>(_ network: any Module, _ body: () throws -> Result) rethrows -> Result {
    let modules = network.namedModules.compactMap { $0.module as? any ModeDependent }
    let modes = modules.map(\.isTraining)
    defer {
        for (module, mode) in zip(modules, modes) { module.isTraining = mode }
    }
    network.eval()
    return try body()
}

/// The modules of a network by their paths.
private struct LayerTree {
    private struct Entry {
        let name: String
        let module: any Module
        var type: String
        let depth: Int
    }

    private var entries: [Entry] = []

    init(of network: any Module) {
        var depths: [String: Int] = [:]
        for (name, module) in network.namedModules {
            // A module under the name of the one above it is a part of that as far as names go. The only one is what the
            // other stands for.
            if let last = entries.last, depths[name] != nil {
                if last.name == name, last.module.children.count == 1 {
                    entries[entries.count - 1].type = typeName(module)
                }
                continue
            }
            let depth = name.isEmpty ? 0 : (Self.ancestors(of: name).lazy.compactMap { depths[$0] }.first ?? 0) + 1
            depths[name] = depth
            entries.append(Entry(name: name, module: module, type: typeName(module), depth: depth))
        }
    }

    /// The paths above a path, the nearest first: of `layer1.0.conv1` they are `layer1.0`, `layer1` and the empty one.
    static func ancestors(of name: String) -> [String] {
        let parts = name.split(separator: ".")
        return (0..<parts.count).reversed().map { parts[..<$0].joined(separator: ".") }
    }

    func layers(of graph: Graph, networkName: String) -> [NetworkSummary.Layer] {
        var shapes: [String: [Int]] = [:]
        // The network itself is called once, and before parts that bear its name.
        for output in graph.moduleOutputs where !output.module.isEmpty || shapes[""] == nil {
            shapes[output.module] = graph[output.value].shape.map { $0.size(batch: 1) }
        }
        var multiplyAdds: [String: Int] = [:]
        for node in graph.nodes {
            let count = graph.multiplyAdds(of: node)
            guard count > 0 else { continue }
            for name in (node.module.isEmpty ? [] : [node.module]) + Self.ancestors(of: node.module) + [""] {
                multiplyAdds[name, default: 0] += count
                if name.isEmpty { break }
            }
        }
        return entries.map { entry in
            NetworkSummary.Layer(
                name: entry.name, type: entry.name.isEmpty ? networkName : entry.type, depth: entry.depth,
                outputShape: shapes[entry.name], parameters: count(entry.module.parameters),
                trainableParameters: count(entry.module.trainableParameters),
                multiplyAdds: multiplyAdds[entry.name] ?? 0)
        }
    }

    private func count(_ tensors: [Tensor]) -> Int { tensors.reduce(0) { $0 + $1.count } }
}

private func typeName(_ module: any Module) -> String { String(describing: Swift.type(of: module)) }

extension Graph {
    /// The operators whose result is another view of their argument's memory.
    private static let views: Set<String> = [
        "chunk", "expand", "flatten", "narrow", "permute", "reshape", "select", "slice", "split", "split_with_sizes",
        "squeeze", "t", "transpose", "unbind", "unflatten", "unsqueeze", "view",
    ]

    /// The memory that the results of all operators take for one picture, in bytes.
    fileprivate var activationBytes: Int {
        nodes.lazy.filter { !Self.views.contains($0.name) }.flatMap(\.outputs).reduce(0) { sum, value in
            sum + self[value].shape.reduce(self[value].dtype.byteCount) { $0 * $1.size(batch: 1) }
        }
    }
}
