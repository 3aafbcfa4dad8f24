internal import Torch

extension Graph {
    /// Quantizes the graph to 8-bit integers: convolutions, linear layers and sums, with scales from calibration.
    ///
    /// Batch normalization is folded into convolutions first. Weights have a symmetric scale for each output channel;
    /// tensors between layers have one scale and zero point. The result uses PyTorch's `fake_quantize` operators around
    /// unchanged operators. ONNX has them as `QuantizeLinear` and `DequantizeLinear`, and engines convert them to
    /// integer arithmetic. The bias of a layer is corrected for the change of its mean by rounding (M. Nagel et al.:
    /// Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, arXiv:1906.04721, with the
    /// observed means).
    ///
    /// - Parameters:
    ///   - calibration: A calibration that has observed this graph's network on about a hundred images.
    ///   - weightBits: 7 bits keep sums of two products within 16 bits, as processors without VNNI instructions need; 8
    ///     bits are slightly more accurate, but much less accurate on such processors.
    /// - Throws: `GraphError` if nothing was observed; `TorchError` if the memory is not available.
    public func quantized(calibratedBy calibration: Calibration, weightBits: Int = 7) throws -> Graph {
        guard (2...8).contains(weightBits) else { throw GraphError("weights can have 2 to 8 bits, not \(weightBits)") }
        var writer = QuantizedGraphWriter(calibration, weightBits: weightBits)
        return try writer.write()
    }
}

/// Creates a quantized graph from a folded one.
private struct QuantizedGraphWriter {
    private let calibration: Calibration
    private let weightBits: Int
    private var graph: Graph
    /// The quantized version of each tensor that has one.
    private var twins: [Graph.Value: Graph.Value] = [:]

    init(_ calibration: Calibration, weightBits: Int) {
        self.calibration = calibration
        self.weightBits = weightBits
        graph = calibration.folded
    }

    mutating func write() throws -> Graph {
        let plan = calibration.plan
        var scales: [Graph.Value: AffineScale] = [:]
        for group in plan.groups {
            guard let range = calibration.range(of: group) else {
                throw GraphError("the calibration has not observed any images")
            }
            for value in group { scales[value] = AffineScale(range) }
        }

        let nodes = graph.nodes
        let weighted = Set(plan.weightedNodes)
        graph.nodes = []
        for input in graph.inputs { quantize(input, scales[input], module: "") }
        for (place, node) in nodes.enumerated() {
            var arguments = node.arguments
            if plan.quantizedNodes.contains(place) { arguments = arguments.map(twin) }
            if weighted.contains(place) { try quantizeWeights(of: node, &arguments) }
            graph.nodes.append(
                Graph.Node(
                    name: node.name, qualifiedName: node.qualifiedName, arguments: arguments, outputs: node.outputs,
                    module: node.module))
            for output in node.outputs { quantize(output, scales[output], module: node.module) }
        }
        return graph
    }

    private func twin(_ argument: Graph.Argument) -> Graph.Argument {
        switch argument {
        case .value(let value): .value(twins[value] ?? value)
        case .values(let values): .values(values.map { value in value.map { twins[$0] ?? $0 } })
        default: argument
        }
    }

    private mutating func quantize(_ value: Graph.Value, _ scale: AffineScale?, module: String) {
        guard let scale else { return }
        let description = graph[value]
        let output = graph.append(
            Graph.ValueDescription(
                name: "\(description.name)/quantized", dtype: description.dtype, shape: description.shape))
        graph.nodes.append(
            Graph.Node(
                name: "fake_quantize_per_tensor_affine", qualifiedName: "aten::fake_quantize_per_tensor_affine",
                arguments: [
                    .value(value), .double(Double(scale.scale)), .int(Graph.Extent(scale.zeroPoint)),
                    .int(Graph.Extent(0)), .int(Graph.Extent(255)),
                ], outputs: [output], module: module))
        twins[value] = output
    }

    private mutating func quantizeWeights(of node: Graph.Node, _ arguments: inout [Graph.Argument]) throws {
        guard case .value(let weight) = arguments[1], let tensor = graph.constants[weight] else { return }
        let rounded = try RoundedWeights(tensor, bits: weightBits)
        let description = graph[weight]
        let output = graph.append(
            Graph.ValueDescription(
                name: "\(description.name)/quantized", dtype: description.dtype, shape: description.shape))
        graph.nodes.append(
            Graph.Node(
                name: "fake_quantize_per_channel_affine", qualifiedName: "aten::fake_quantize_per_channel_affine",
                arguments: [
                    .value(weight), .value(graph.appendConstant(rounded.scales, named: "\(description.name)/scale")),
                    .value(graph.appendConstant(rounded.zeroPoints, named: "\(description.name)/zero_point")),
                    .int(Graph.Extent(0)), .int(Graph.Extent(-rounded.greatest)), .int(Graph.Extent(rounded.greatest)),
                ], outputs: [output], module: node.module))
        arguments[1] = .value(output)

        guard let input = node.inputs.first, let mean = try calibration.mean(of: input) else { return }
        var shift = try rounded.outputShift(inputMean: mean)
        var name = node.module.isEmpty ? "bias" : "\(node.module).bias"
        if arguments.count > 2, case .value(let bias) = arguments[2] {
            guard let old = graph.constants[bias] else { return }
            shift = try shift + old.detach().to(.float64)
            name = graph[bias].name + "/corrected"
        }
        while arguments.count < 3 { arguments.append(.none) }
        arguments[2] = .value(graph.appendConstant(try shift.to(tensor.dtype), named: name))
    }
}

/// The mapping of a value range to bytes: value = (byte - zeroPoint) scale, where 0 is exact.
private struct AffineScale {
    let scale: Float
    let zeroPoint: Int

    init(_ range: ClosedRange<Double>) {
        // For a tensor of zeros any scale works.
        let width = range.upperBound - range.lowerBound
        scale = width > 0 && width.isFinite ? max(Float(width / 255), .leastNormalMagnitude) : 1
        zeroPoint = Int((-range.lowerBound / Double(scale)).rounded())
    }
}

/// Weights rounded to a few bits, symmetrically, with a scale for each output channel (dimension 0).
private struct RoundedWeights {
    /// The largest integer of a weight.
    let greatest: Int
    /// float32 `[channels]`.
    let scales: Tensor
    /// int32 `[channels]`, all 0.
    let zeroPoints: Tensor
    /// The rounding error, with the weights' type and shape.
    private let loss: Tensor

    init(_ weights: Tensor, bits: Int) throws {
        greatest = 1 << (bits - 1) - 1
        let channels = weights.shape[0]
        let weights = try weights.detach()
        let extremes = try Operator("aten::aminmax").tensors(weights.reshape([channels, -1]), 1, false)
        let peaks = try (-extremes[0]).maximum(extremes[1])
        // For a channel of zeros any scale works.
        scales = try (peaks / Double(greatest)).clamp(min: Double(Float.leastNormalMagnitude)).to(.float32)
        zeroPoints = try Tensor.zeros([channels], dtype: .int32)
        let rounded = try Operator("aten::fake_quantize_per_channel_affine")(
            weights, scales, zeroPoints, 0, -greatest, greatest)
        loss = try weights - rounded
    }

    /// The decrease of each output channel's mean, float64 `[channels]`. Borders are ignored.
    func outputShift(inputMean mean: Tensor) throws -> Tensor {
        // [outputs, inputs of a group]
        let perInput = try (loss.rank > 2 ? loss.sum(dims: Array(2..<loss.rank)) : loss).to(.float64)
        let (outputs, inputs) = (perInput.shape[0], perInput.shape[1])
        let groups = mean.count / inputs
        let split = try perInput.reshape([groups, outputs / groups, inputs])
        return try split.matmul(mean.reshape([groups, inputs, 1])).reshape([outputs])
    }
}
