extension Graph {
    /// The multiply-adds of an operator for one image: those of convolutions, linear layers and matrix products, as in
    /// torchvision's published values. Other operators count as zero.
    public func multiplyAdds(of node: Node) -> Int {
        guard let output = node.outputs.first else { return 0 }
        let results = elementCount(output)
        return switch node.name {
        // The weight is [outputs, inputs / groups, height, width] or [outputs, inputs].
        case "conv2d", "linear": results * argumentShape(1, of: node).dropFirst().reduce(1, *)
        case "matmul", "bmm", "mm": results * (argumentShape(0, of: node).last ?? 0)
        // [..., queries, features] by [..., keys, features], and the weights by the values, one for each key.
        case "scaled_dot_product_attention":
            argumentShape(0, of: node).reduce(1, *) * keyCount(of: node) + results * keyCount(of: node)
        default: 0
        }
    }

    /// The multiply-adds of the whole pass for one image.
    public var multiplyAdds: Int { nodes.reduce(0) { $0 + multiplyAdds(of: $1) } }

    private func keyCount(of node: Node) -> Int { argumentShape(1, of: node).dropLast().last ?? 0 }

    private func argumentShape(_ place: Int, of node: Node) -> [Int] {
        guard place < node.arguments.count, case .value(let value) = node.arguments[place] else { return [] }
        return self[value].shape.map { $0.size(batch: 1) }
    }

    private func elementCount(_ value: Value) -> Int {
        self[value].shape.reduce(1) { $0 * $1.size(batch: 1) }
    }
}
