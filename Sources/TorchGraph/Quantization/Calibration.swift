internal import Torch

/// What values a network's tensors take on real pictures, from which quantisation chooses its scales.
///
/// ```swift
/// let calibration = try Calibration(graph)
/// for pixels in batches { try calibration.observe { _ = try network(pixels) } }
/// let quantized = try graph.quantized(calibratedBy: calibration)
/// ```
///
/// Of each tensor the least and the greatest value of every picture are taken, and averaged: a rare outlier then does not
/// coarsen the scale for all. On MobileNetV2 that kept more accuracy than the overall extremes, percentiles, or the range
/// of least squared error did.
public final class Calibration {
    /// How many pictures were observed.
    public private(set) var pictureCount = 0

    /// The graph with batch normalisation folded, which is quantised.
    let folded: Graph
    let plan: QuantizationPlan
    private let graph: Graph
    /// Tensors to take the range of.
    private let ranged: Set<Graph.Value>
    /// Inputs of weights, with the dimension of their channels counted from the end.
    private let averaged: [Graph.Value: Int]
    private var extremes: [Graph.Value: (low: Double, high: Double)] = [:]
    private var sums: [Graph.Value: Tensor] = [:]

    /// Prepares to observe the network that `graph` was traced from.
    ///
    /// - Throws: `TorchError` where memory is not to be had.
    public init(_ graph: Graph) throws {
        self.graph = graph
        folded = try graph.foldingBatchNorm()
        plan = QuantizationPlan(folded)
        ranged = Set(plan.groups.joined())
        averaged = Dictionary(
            plan.weightedNodes.compactMap { [folded] place in
                let node = folded.nodes[place]
                return node.inputs.first.map { ($0, node.name == "conv2d" ? 3 : 1) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Watches one forward pass of the network, in evaluation mode, on a batch of pictures; `pass` must call no other
    /// operators.
    ///
    /// - Throws: `GraphError` where `pass` computes something else than the graph, and what `pass` throws.
    public func observe(_ pass: () throws -> Void) throws {
        var place = 0
        try withOperatorObserver { call in
            guard let name = GraphBuilder.nodeName(call.name, call.arguments, call.results) else { return }
            guard place < self.graph.nodes.count, self.graph.nodes[place].qualifiedName == name else {
                throw GraphError(
                    "\(call.name) was called where the traced network does not: calibrate with the same one")
            }
            try self.take(call, as: self.graph.nodes[place], isFirst: place == 0)
            place += 1
        } _: {
            try withInferenceMode { try pass() }
        }
        guard place == graph.nodes.count else {
            throw GraphError("a pass made \(place) of the traced network's \(graph.nodes.count) calls")
        }
    }

    /// The range of a group of tensors, which holds 0; nil for one that was never seen.
    func range(of group: [Graph.Value]) -> ClosedRange<Double>? {
        let seen = group.compactMap { extremes[$0] }
        guard pictureCount > 0, seen.count == group.count else { return nil }
        let count = Double(pictureCount)
        let low = seen.map { $0.low / count }.min() ?? 0
        let high = seen.map { $0.high / count }.max() ?? 0
        return min(low, 0)...max(high, 0)
    }

    /// The mean of each channel of a tensor that weights are applied to, float64 `[channels]`.
    func mean(of value: Graph.Value) throws -> Tensor? {
        guard pictureCount > 0 else { return nil }
        return try sums[value].map { try $0 / Double(pictureCount) }
    }

    private func take(_ call: OperatorCall, as node: Graph.Node, isFirst: Bool) throws {
        if isFirst {
            // The network's inputs come from no operator.
            for case (.value(let value), .tensor(let tensor)) in zip(node.arguments, call.arguments)
            where graph.inputs.contains(value) {
                pictureCount += batch(of: tensor, value)
                try take(tensor, as: value)
            }
        }
        for (value, tensor) in zip(node.outputs, call.results) { try take(tensor, as: value) }
    }

    private func take(_ tensor: Tensor, as value: Graph.Value) throws {
        if ranged.contains(value) {
            let parts = try Operator("aten::aminmax").tensors(
                tensor.reshape([batch(of: tensor, value), -1]), 1, false)
            let low: Double = try parts[0].sum().item()
            let high: Double = try parts[1].sum().item()
            let old = extremes[value] ?? (0, 0)
            extremes[value] = (old.low + low, old.high + high)
        }
        if let fromEnd = averaged[value] {
            let channels = tensor.rank - fromEnd
            let others = (0..<tensor.rank).filter { $0 != channels }
            let mean = try tensor.mean(dims: others).to(.float64) * Double(batch(of: tensor, value))
            sums[value] = try sums[value].map { try $0 + mean } ?? mean
        }
    }

    /// How many pictures a tensor has elements of.
    private func batch(of tensor: Tensor, _ value: Graph.Value) -> Int {
        guard let extent = graph[value].shape.first, extent.perPicture > 0, extent.constant == 0 else { return 1 }
        return tensor.shape[0] / extent.perPicture
    }
}
