internal import ONNX
internal import Torch

extension ONNXOperators {
    static let activations: [String: Writer] = [
        "relu": { try $0.finish("Relu", [$0.input(0)]) },
        "relu6": { try clip($0, 0, 6) },
        "hardtanh": { try clip($0, $0.number(1, default: -1), $0.number(2, default: 1)) },
        "clamp": { call in
            try clip(call, call.has(1) ? call.number(1) : nil, call.has(2) ? call.number(2) : nil)
        },
        "clamp_min": { try clip($0, $0.number(1), nil) },
        "clamp_max": { try clip($0, nil, $0.number(1)) },
        "leaky_relu": { try $0.finish("LeakyRelu", [$0.input(0)], ["alpha": .float($0.number(1, default: 0.01))]) },
        "elu": elu,
        "sigmoid": { try $0.finish("Sigmoid", [$0.input(0)]) },
        "tanh": { try $0.finish("Tanh", [$0.input(0)]) },
        "silu": { call in
            let input = try call.input(0)
            try call.finish("Mul", [input, call.add("Sigmoid", [input])])
        },
        "hardsigmoid": {
            try $0.finish("HardSigmoid", [$0.input(0)], ["alpha": .float(1.0 / 6), "beta": .float(0.5)])
        },
        "hardswish": { try $0.finish("HardSwish", [$0.input(0)]) },
        "gelu": gelu,
        "softmax": { try softmax($0, "Softmax") },
        "log_softmax": { try softmax($0, "LogSoftmax") },
    ]

    private static func clip(_ call: ONNXCall, _ low: Double?, _ high: Double?) throws {
        let dtype = try call.outputType
        let bounds = try [low, high].map { try $0.map { try call.scalar($0, dtype) } ?? "" }
        try call.finish("Clip", [try call.input(0, as: dtype)] + bounds)
    }

    /// `elu(input, alpha, scale, input_scale)`.
    @Sendable private static func elu(_ call: ONNXCall) throws {
        guard try call.number(2, default: 1) == 1, try call.number(3, default: 1) == 1 else {
            throw call.error("a custom scale is not supported")
        }
        try call.finish("Elu", [try call.input(0)], ["alpha": .float(try call.number(1, default: 1))])
    }

    /// `gelu(input, approximate)`: x / 2 (1 + erf(x / √2)), or with tanh(√(2/π) (x + 0.044715 x³)) instead of erf.
    @Sendable private static func gelu(_ call: ONNXCall) throws {
        let (input, dtype) = (try call.input(0), try call.outputType)
        func times(_ name: String, _ number: Double) throws -> String {
            call.add("Mul", [name, try call.scalar(number, dtype)])
        }
        let curve: String
        if call.text(1) == "tanh" {
            let cube = call.add("Mul", [call.add("Mul", [input, input]), input])
            let sum = call.add("Add", [input, try times(cube, 0.044715)])
            curve = call.add("Tanh", [try times(sum, (2 / Double.pi).squareRoot())])
        } else {
            // Division instead of multiplication, so that engines recognize the pattern and fuse it.
            curve = call.add("Erf", [call.add("Div", [input, try call.scalar(2.0.squareRoot(), dtype)])])
        }
        let factor = call.add("Add", [curve, try call.scalar(1, dtype)])
        try call.finish("Mul", [call.add("Mul", [input, factor]), try call.scalar(0.5, dtype)])
    }

    /// `softmax(input, dim, dtype)`.
    private static func softmax(_ call: ONNXCall, _ operatorType: String) throws {
        let axis = try call.dimension(1, of: call.value(0))
        try call.finish(operatorType, [try call.input(0, as: call.outputType)], ["axis": .int(axis)])
    }
}
