internal import Torch

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
                throw call.error("a mask of truth values is not supported; add minus infinity instead")
            }
            scores = call.add("Add", [scores, try call.input(3)])
        }
        let weights = call.add("Softmax", [scores], ["axis": .int(-1)])
        try call.finish("MatMul", [weights, try call.input(2)])
    }
}
