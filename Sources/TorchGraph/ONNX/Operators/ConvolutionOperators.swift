internal import ONNX
internal import Torch

extension ONNXOperators {
    static let convolutions: [String: Writer] = ["conv2d": conv2d, "linear": linear]

    /// `conv2d(input, weight, bias, stride, padding, dilation, groups)`.
    @Sendable private static func conv2d(_ call: ONNXCall) throws {
        let shape = call.shape(try call.value(1))
        guard shape.count == 4 else { throw call.error("a weight of rank 4 is required") }
        let kernel = shape.suffix(2).map(\.constant)
        let dilation = try call.ints(5, count: 2, default: [1, 1])
        var inputs = [try call.input(0), try call.input(1)]
        if call.has(2) { inputs.append(try call.input(2)) }
        try call.finish(
            "Conv", inputs,
            [
                "kernel_shape": .ints(kernel),
                "strides": .ints(try call.ints(3, count: 2, default: [1, 1])),
                "pads": .ints(try padding(call, kernel: kernel, dilation: dilation)),
                "dilations": .ints(dilation),
                "group": .int(try call.int(6, default: 1)),
            ])
    }

    /// The padding at the start of each dimension, then at the end of each. PyTorch also accepts `same` and `valid`.
    private static func padding(_ call: ONNXCall, kernel: [Int], dilation: [Int]) throws -> [Int] {
        guard call.text(4) == nil else {
            let total = zip(kernel, dilation).map { call.text(4) == "same" ? $1 * ($0 - 1) : 0 }
            return total.map { $0 / 2 } + total.map { $0 - $0 / 2 }
        }
        let padding = try call.ints(4, count: 2, default: [0, 0])
        return padding + padding
    }

    /// `linear(input, weight, bias)`: the weight is `[outputs, inputs]`.
    @Sendable private static func linear(_ call: ONNXCall) throws {
        let bias = call.has(2) ? [try call.input(2)] : []
        if call.shape(try call.value(0)).count == 2 {
            return try call.finish("Gemm", [try call.input(0), try call.input(1)] + bias, ["transB": .int(1)])
        }
        let weight = call.add("Transpose", [try call.input(1)], ["perm": .ints([1, 0])])
        let factors = [try call.input(0), weight]
        guard let bias = bias.first else { return try call.finish("MatMul", factors) }
        try call.finish("Add", [call.add("MatMul", factors), bias])
    }
}
