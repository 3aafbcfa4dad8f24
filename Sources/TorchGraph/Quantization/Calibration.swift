internal import Torch

/// The value ranges of a network's tensors on real images, from which quantization chooses its scales.
///
/// ```swift
/// let calibration = try Calibration(graph)
/// for pixels in batches { try calibration.observe { _ = try network(pixels) } }
/// let quantized = try graph.quantized(calibratedBy: calibration)
/// ```
///
/// The minimum and maximum of each tensor are averaged over the images, so that a rare outlier does not coarsen the
/// scale. On MobileNetV2 this kept more accuracy than the overall extremes, percentiles, or the range with the least
/// squared error.
public final class Calibration {
    /// The number of observed images.
    public private(set) var imageCount = 0

    /// The graph to quantize, with batch normalization folded.
    let folded: Graph
    let plan: QuantizationPlan
    private let graph: Graph
    /// The tensors whose range is recorded.
    private let ranged: Set<Graph.Value>
    /// The inputs of weights, with the dimension of their channels counted from the end.
    private let averaged: [Graph.Value: Int]
    private var extremes: [Graph.Value: (low: Double, high: Double)] = [:]
    private var sums: [Graph.Value: Tensor] = [:]

    /// Prepares to observe the network of a traced `graph`.
    ///
    /// - Throws: `TorchError` if the memory is not available.
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

    /// Observes one forward pass of the network, in evaluation mode, on a batch of images. `pass` must not call other
    /// operators.
    ///
    /// - Throws: `GraphError` if `pass` computes something other than the graph, and errors of `pass`.
    public func observe(_ pass: () throws -> Void) throws {
        var place = 0
        try withOperatorObserver { call in
            guard let name = GraphBuilder.nodeName(call.name, call.arguments, call.results) else { return }
            guard place < self.graph.nodes.count, self.graph.nodes[place].qualifiedName == name else {
                throw GraphError(
                    "\(call.name) is not called there in the traced network: calibrate with the same network")
            }
            try self.take(call, as: self.graph.nodes[place], isFirst: place == 0)
            place += 1
        } _: {
            try withInferenceMode { try pass() }
        }
        guard place == graph.nodes.count else {
            throw GraphError("a pass made \(place) of the \(graph.nodes.count) calls of the traced network")
        }
    }

    /// The range of a group of tensors, which includes 0; nil for a group that was never observed.
    func range(of group: [Graph.Value]) -> ClosedRange<Double>? {
        let seen = group.compactMap { extremes[$0] }
        guard imageCount > 0, seen.count == group.count else { return nil }
        let count = Double(imageCount)
        let low = seen.map { $0.low / count }.min() ?? 0
        let high = seen.map { $0.high / count }.max() ?? 0
        return min(low, 0)...max(high, 0)
    }

    /// The mean of each channel of a tensor that is the input of weights, float64 `[channels]`.
    func mean(of value: Graph.Value) throws -> Tensor? {
        guard imageCount > 0 else { return nil }
        return try sums[value].map { try $0 / Double(imageCount) }
    }

    private func take(_ call: OperatorCall, as node: Graph.Node, isFirst: Bool) throws {
        if isFirst {
            // The network's inputs are not results of operators.
            for case (.value(let value), .tensor(let tensor)) in zip(node.arguments, call.arguments)
            where graph.inputs.contains(value) {
                imageCount += batch(of: tensor, value)
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

    /// The number of images in a tensor.
    private func batch(of tensor: Tensor, _ value: Graph.Value) -> Int {
        guard let extent = graph[value].shape.first, extent.perImage > 0, extent.constant == 0 else { return 1 }
        return tensor.shape[0] / extent.perImage
    }
}
