internal import ONNX
internal import Torch

extension ONNXOperators {
    static let normalizations: [String: Writer] = [
        "batch_norm": batchNorm, "layer_norm": layerNorm, "dropout": dropout,
    ]

    /// `batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)`.
    @Sendable private static func batchNorm(_ call: ONNXCall) throws {
        guard try !call.bool(5, default: false), call.has(3), call.has(4) else {
            throw call.error("it uses the batch's own statistics; set the network to evaluation mode first")
        }
        let statistics = try call.value(3)
        let (channels, dtype) = (try call.fixedSize(statistics, 0), call.dtype(statistics))
        func parameter(_ place: Int, _ value: Double, _ name: String) throws -> String {
            if call.has(place) { return try call.input(place) }
            return call.constant(try Tensor.full([channels], value, dtype: dtype), name)
        }
        try call.finish(
            "BatchNormalization",
            [
                try call.input(0), try parameter(1, 1, "ones"), try parameter(2, 0, "zeros"), try call.input(3),
                try call.input(4),
            ], ["epsilon": .float(try call.number(7, default: 1e-5))])
    }

    /// `layer_norm(input, normalized_shape, weight, bias, eps, cudnn_enabled)`.
    @Sendable private static func layerNorm(_ call: ONNXCall) throws {
        let shape = try call.ints(1)
        let scale =
            call.has(2)
            ? try call.input(2)
            : call.constant(try Tensor.full(shape, 1, dtype: call.outputType), "ones")
        let bias = call.has(3) ? [try call.input(3)] : []
        try call.finish(
            "LayerNormalization", [try call.input(0), scale] + bias,
            ["axis": .int(-shape.count), "epsilon": .float(try call.number(4, default: 1e-5))])
    }

    /// `dropout(input, p, train)`.
    @Sendable private static func dropout(_ call: ONNXCall) throws {
        guard try !call.bool(2, default: true) else {
            throw call.error("it drops elements at random; set the network to evaluation mode first")
        }
        try call.finish(with: call.input(0))
    }
}

extension ONNXOperators {
    static let attention: [String: Writer] = ["scaled_dot_product_attention": scaledDotProductAttention]

    /// `scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale)`:
    /// softmax(query keyᵀ scale + mask) value.
    @Sendable private static func scaledDotProductAttention(_ call: ONNXCall) throws {
        guard try call.number(4, default: 0) == 0 else {
            throw call.error("it drops elements at random; set the network to evaluation mode first")
        }
        guard try !call.bool(5, default: false) else { throw call.error("a causal mask is not supported") }
        let (query, key) = (try call.value(0), try call.value(1))
        let rank = call.shape(query).count
        let scale = try call.number(6, default: 1 / Double(call.fixedSize(query, rank - 1)).squareRoot())
        var order = Array(0..<call.shape(key).count)
        order.swapAt(order.count - 1, order.count - 2)
        let scaled = call.add("Mul", [try call.input(0), try call.scalar(scale, call.dtype(query))])
        let transposed = call.add("Transpose", [try call.input(1)], ["perm": .ints(order)])
        var scores = call.add("MatMul", [scaled, transposed])
        if call.has(3) {
            guard call.dtype(try call.value(3)).isFloatingPoint else {
                throw call.error("a Boolean mask is not supported; use a mask with minus infinity instead")
            }
            scores = call.add("Add", [scores, try call.input(3)])
        }
        let weights = call.add("Softmax", [scores], ["axis": .int(-1)])
        try call.finish("MatMul", [weights, try call.input(2)])
    }
}
