internal import Checkpoints
internal import Torch
public import TorchNN

/// The structure of a network and the costs of a forward pass, layer by layer, for one image.
///
/// ```swift
/// let network = try withDefaultDevice(.meta) { try AnimalsCNN(classes: 10) }  // no memory, no time
/// print(try NetworkSummary(of: network, inputShape: [3, 256, 256]))
/// ```
///
/// It contains the same information as torchinfo and torchsummary for PyTorch.
public struct NetworkSummary: Sendable, Equatable, Codable {
    /// The type of the network, or the given name.
    public let name: String
    /// The shape of one image, `[3, 224, 224]`.
    public let inputShape: [Int]
    /// The network itself, then its modules; each comes before its children.
    public let layers: [Layer]
    /// The number of parameters.
    public let parameters: Int
    /// The number of trainable parameters; the others are frozen.
    public let trainableParameters: Int
    /// The multiply-adds of convolutions, linear layers and matrix products.
    public let multiplyAdds: Int
    /// The memory of one input image, in bytes.
    public let inputBytes: Int
    /// The memory of all results of a forward pass, in bytes, which training keeps for the backward pass. Prediction
    /// keeps little of it.
    public let activationBytes: Int
    /// The memory of the parameters and buffers, in bytes.
    public let parameterBytes: Int

    /// A module of the network.
    public struct Layer: Sendable, Equatable, Codable {
        /// The path in the network, `layer1.0.conv1`; empty for the network itself.
        public let name: String
        /// The type, `Conv2d`.
        public let type: String
        /// The number of modules above it.
        public let depth: Int
        /// The shape of its result for a batch of one image; nil if the forward pass does not call it.
        public let outputShape: [Int]?
        /// The parameters of the module, including its children.
        public let parameters: Int
        /// The trainable parameters among them.
        public let trainableParameters: Int
        /// The multiply-adds of the module, including its children.
        public let multiplyAdds: Int
    }

    /// Analyzes a network in evaluation mode with a forward pass.
    ///
    /// The modes of the modules are restored afterwards. On `.meta` nothing is computed.
    ///
    /// - Parameters:
    ///   - network: A network for images `[N, …]`.
    ///   - inputShape: The shape of one image: `[3, 224, 224]`.
    ///   - name: The name of the network; by default its type.
    /// - Throws: The network's error for images of that shape; `GraphError` if it cannot be traced.
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

    /// The summary with layers up to a depth; nil keeps all.
    public func limited(toDepth depth: Int?) -> NetworkSummary {
        guard let depth else { return self }
        return NetworkSummary(
            name: name, inputShape: inputShape, layers: layers.filter { $0.depth <= depth }, parameters: parameters,
            trainableParameters: trainableParameters, multiplyAdds: multiplyAdds, inputBytes: inputBytes,
            activationBytes: activationBytes, parameterBytes: parameterBytes)
    }

    /// The total of input, activations and parameters, in bytes.
    public var totalBytes: Int { inputBytes + activationBytes + parameterBytes }
}

/// Runs `body` with a network in evaluation mode, and restores the mode of each module.
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
            // A module with the same name as its parent is part of the parent. If it is the only one, the parent is a
            // wrapper for it.
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

    /// The parent paths of a path, nearest first: for `layer1.0.conv1` they are `layer1.0`, `layer1` and the empty
    /// path.
    static func ancestors(of name: String) -> [String] {
        let parts = name.split(separator: ".")
        return (0..<parts.count).reversed().map { parts[..<$0].joined(separator: ".") }
    }

    func layers(of graph: Graph, networkName: String) -> [NetworkSummary.Layer] {
        var shapes: [String: [Int]] = [:]
        // The network itself is called once, and before children with its name.
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
    /// The operators whose result is a view of their argument.
    private static let views: Set<String> = [
        "chunk", "expand", "flatten", "narrow", "permute", "reshape", "select", "slice", "split", "split_with_sizes",
        "squeeze", "t", "transpose", "unbind", "unflatten", "unsqueeze", "view",
    ]

    /// The memory of the results of all operators for one image, in bytes.
    fileprivate var activationBytes: Int {
        nodes.lazy.filter { !Self.views.contains($0.name) }.flatMap(\.outputs).reduce(0) { sum, value in
            sum + self[value].shape.reduce(self[value].dtype.byteCount) { $0 * $1.size(batch: 1) }
        }
    }
}
