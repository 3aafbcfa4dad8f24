internal import ONNX
internal import Torch

extension ONNXOperators {
    static let quantizations: [String: Writer] = [
        "fake_quantize_per_tensor_affine": perTensor, "fake_quantize_per_channel_affine": perChannel,
    ]

    /// `fake_quantize_per_tensor_affine(input, scale, zero_point, quant_min, quant_max)`.
    @Sendable private static func perTensor(_ call: ONNXCall) throws {
        let zero = try call.int(2)
        let zeroPoint: Tensor
        switch (try call.int(3), try call.int(4)) {
        case (0, 255): zeroPoint = try Tensor([UInt8(clamping: zero)], shape: [])
        case (-128, 127): zeroPoint = try Tensor([Int8(clamping: zero)], shape: [])
        default: throw call.error("only the full range of uint8 or int8 is supported")
        }
        let scale = call.constant(try Tensor.full([], call.number(1)), "scale")
        let zeroName = call.constant(zeroPoint, "zero_point")
        let quantized = call.add("QuantizeLinear", [try call.input(0), scale, zeroName])
        try call.finish("DequantizeLinear", [quantized, scale, zeroName])
    }

    /// `fake_quantize_per_channel_affine(input, scale, zero_point, axis, quant_min, quant_max)` of constant weights,
    /// which are written as int8.
    @Sendable private static func perChannel(_ call: ONNXCall) throws {
        let constants = call.builder.graph.constants
        let (low, high) = (try call.int(4), try call.int(5))
        guard let weights = constants[try call.value(0)], let scales = constants[try call.value(1)],
            let zeroPoints = constants[try call.value(2)], low >= -128, high <= 127
        else { throw call.error("only constant weights in int8 are supported") }
        let axis = try call.dimension(3, of: call.value(0))
        var shape = Array(repeating: 1, count: weights.rank)
        shape[axis] = -1
        let numbers = try weights.detach() / scales.reshape(shape)
        try Operator("aten::round_").run(numbers)
        try numbers += zeroPoints.reshape(shape)
        try Operator("aten::clamp_").run(numbers, Double(low), Double(high))
        let name = call.builder.graph[try call.value(0)].name
        let quantized = call.builder.constant(try numbers.to(.int8), named: "\(name)/int8")
        let zeroName = call.constant(try zeroPoints.to(.int8), "zero_point")
        try call.finish("DequantizeLinear", [quantized, try call.input(1), zeroName], ["axis": .int(axis)])
    }
}
