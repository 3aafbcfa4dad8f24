internal import Torch
internal import TorchGraph
internal import TorchNN

extension ParameterGradient {
    /// The multiply-adds that cost about as much as reading and writing an element of a result in memory.
    private static let multiplyAddsPerElement = 30

    /// Returns the gradients of the trainable parameters, in the order in which the backward pass computes them.
    ///
    /// The times are estimated from the multiply-adds of the operators and the sizes of their results: the backward
    /// pass runs them from the last one to the first one with a trainable parameter. If the network can't be traced,
    /// gradients become known in proportion to their bytes.
    ///
    /// - Parameter inputShape: The shape of an image: `[3, H, W]`.
    @TensorActor
    static func all(of network: any Module, inputShape: [Int]) -> [ParameterGradient] {
        let parameters = network.namedParameters.filter(\.tensor.requiresGradient).reversed().map {
            (name: $0.name, bytes: $0.tensor.count * $0.tensor.dtype.byteCount)
        }
        guard let graph = try? Graph(tracing: network, inputShape: inputShape) else {
            let total = Double(max(1, parameters.reduce(0) { $0 + $1.bytes }))
            var known = 0
            return parameters.map {
                known += $0.bytes
                return ParameterGradient(bytes: $0.bytes, readyAt: Double(known) / total)
            }
        }
        let firstUses = graph.firstUses
        let placed = parameters.map { (place: firstUses[$0.name] ?? 0, bytes: $0.bytes) }
        let first = placed.map(\.place).min() ?? 0
        // The costs of each operator and all after it.
        var costs = graph.nodes.map { node in
            Double(graph.multiplyAdds(of: node) + graph.elements(of: node) * multiplyAddsPerElement)
        }
        for place in costs.indices.dropLast().reversed() { costs[place] += costs[place + 1] }
        let total = costs.indices.contains(first) && costs[first] > 0 ? costs[first] : 1
        return placed.enumerated()
            .sorted { ($1.element.place, $0.offset) < ($0.element.place, $1.offset) }
            .map {
                let cost = costs.indices.contains($0.element.place) ? costs[$0.element.place] : total
                return ParameterGradient(bytes: $0.element.bytes, readyAt: min(1, cost / total))
            }
    }
}

extension Graph {
    /// The place of the first operator that uses each tensor with a name.
    fileprivate var firstUses: [String: Int] {
        var places: [String: Int] = [:]
        for (place, node) in nodes.enumerated().reversed() {
            for argument in node.arguments {
                let used: [Value] =
                    switch argument {
                    case .value(let value): [value]
                    case .values(let values): values.compactMap(\.self)
                    default: []
                    }
                for value in used { places[self[value].name] = place }
            }
        }
        return places
    }

    /// The number of elements of the results of an operator for one image.
    fileprivate func elements(of node: Node) -> Int {
        node.outputs.reduce(0) { sum, value in
            sum + self[value].shape.reduce(1) { $0 * $1.size(batch: 1) }
        }
    }
}
