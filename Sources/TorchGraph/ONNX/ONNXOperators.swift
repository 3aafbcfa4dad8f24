/// How each operator of LibTorch is written in ONNX, by its name without namespace and overload.
enum ONNXOperators {
    /// Adds an operator's nodes.
    typealias Writer = @Sendable (ONNXCall) throws -> Void

    static let all: [String: Writer] = {
        let groups = [
            convolutions, normalizations, activations, poolings, shapes, parts, joins, arithmetic, comparisons,
            reductions, attention, quantizations,
        ]
        return groups.reduce(into: [:]) { table, group in table.merge(group) { first, _ in first } }
    }()
}
