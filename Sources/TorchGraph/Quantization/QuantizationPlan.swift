internal import Torch

/// The tensors of a graph that are quantized.
///
/// These are the inputs of convolutions and linear layers, and both inputs of sums. Operators that only move or select
/// elements also run on quantized tensors: the tensor is quantized once before them, and their results need no own
/// scale. Joined tensors share one scale.
struct QuantizationPlan {
    /// The quantized tensors, in groups that share a scale.
    private(set) var groups: [[Graph.Value]] = []
    /// The indices of the nodes with quantized inputs.
    private(set) var quantizedNodes: Set<Int> = []
    /// The indices of the convolutions and linear layers, whose weights are quantized.
    private(set) var weightedNodes: [Int] = []

    private let graph: Graph
    private var producers: [Graph.Value: Int] = [:]
    private var groupOf: [Graph.Value: Int] = [:]

    private static let movers: Set<String> = [
        "max_pool2d", "flatten", "reshape", "view", "permute", "transpose", "squeeze", "unsqueeze", "contiguous",
        "channel_shuffle",
    ]

    init(_ graph: Graph) {
        self.graph = graph
        for (place, node) in graph.nodes.enumerated() {
            for output in node.outputs { producers[output] = place }
        }
        for (place, node) in graph.nodes.enumerated() where isQuantizable(node) {
            quantizedNodes.insert(place)
            if node.name != "add" { weightedNodes.append(place) }
            for input in node.inputs.prefix(node.name == "add" ? 2 : 1) { _ = join(sources(of: input)) }
        }
        groups = groups.filter { !$0.isEmpty }
    }

    private func isQuantizable(_ node: Graph.Node) -> Bool {
        guard let output = node.outputs.first, graph[output].dtype == .float32, node.arguments.count > 1,
            case .value(let first) = node.arguments[0], graph.constants[first] == nil,
            case .value(let second) = node.arguments[1]
        else { return false }
        switch node.name {
        case "conv2d", "linear": return graph.constants[second] != nil
        case "add":
            let shape = graph[output].shape
            return graph.constants[second] == nil && [first, second].allSatisfy { graph[$0].shape == shape }
        default: return false
        }
    }

    /// The tensors that provide a tensor's elements unchanged.
    private mutating func sources(of value: Graph.Value) -> [Graph.Value] {
        guard let place = producers[value] else { return [value] }
        let node = graph.nodes[place]
        let isMover = Self.movers.contains(node.name)
        guard isMover || node.name == "cat" else { return [value] }
        let inputs = isMover ? Array(node.inputs.prefix(1)) : node.inputs
        guard inputs.allSatisfy({ graph.constants[$0] == nil && graph[$0].dtype == .float32 }) else { return [value] }
        quantizedNodes.insert(place)
        return join(inputs.flatMap { sources(of: $0) })
    }

    /// Merges tensors and their groups into one group.
    private mutating func join(_ values: [Graph.Value]) -> [Graph.Value] {
        guard let first = values.first else { return values }
        let target = groupOf[first] ?? groups.count
        if target == groups.count { groups.append([]) }
        for value in values {
            let members = groupOf[value].map { groups[$0] } ?? [value]
            if let old = groupOf[value] {
                if old == target { continue }
                groups[old] = []
            }
            for member in members { groupOf[member] = target }
            groups[target] += members
        }
        return values
    }
}
