internal import Checkpoints
internal import Torch

extension ONNXOperators {
    static let arithmetic: [String: Writer] = [
        "add": { try scaled($0, "Add") },
        "sub": { try scaled($0, "Sub") },
        "rsub": reverseSubtract,
        "mul": { try binary($0, "Mul") },
        "div": divide,
        "pow": { try binary($0, "Pow") },
        "maximum": { try binary($0, "Max") },
        "minimum": { try binary($0, "Min") },
        "matmul": { try binary($0, "MatMul") },
        "mm": { try binary($0, "MatMul") },
        "bmm": { try binary($0, "MatMul") },
        "neg": { try unary($0, "Neg") },
        "sqrt": { try unary($0, "Sqrt") },
        "exp": { try unary($0, "Exp") },
        "log": { try unary($0, "Log") },
        "abs": { try unary($0, "Abs") },
        "reciprocal": { try unary($0, "Reciprocal") },
        "erf": { try unary($0, "Erf") },
        "rsqrt": { call in try call.finish("Reciprocal", [call.add("Sqrt", [call.input(0, as: call.outputType)])]) },
    ]

    private static func unary(_ call: ONNXCall, _ operatorType: String) throws {
        try call.finish(operatorType, [try call.input(0, as: call.outputType)])
    }

    /// An operator of two tensors, or of a tensor and a number, computed in the type of the result.
    private static func binary(_ call: ONNXCall, _ operatorType: String) throws {
        let dtype = try call.outputType
        try call.finish(operatorType, [try call.operand(0, dtype), try call.operand(1, dtype)])
    }

    /// `add(input, other, alpha)` and `sub`, where `alpha` is the factor of `other`.
    private static func scaled(_ call: ONNXCall, _ operatorType: String) throws {
        let dtype = try call.outputType
        try call.finish(
            operatorType, [try call.operand(0, dtype), try call.operand(1, dtype, times: call.number(2, default: 1))])
    }

    /// `rsub(input, other, alpha)`: other - alpha input.
    @Sendable private static func reverseSubtract(_ call: ONNXCall) throws {
        let dtype = try call.outputType
        try call.finish(
            "Sub", [try call.operand(1, dtype), try call.operand(0, dtype, times: call.number(2, default: 1))])
    }

    /// `div(input, other, rounding_mode)`.
    @Sendable private static func divide(_ call: ONNXCall) throws {
        guard call.text(2) == nil else { throw call.error("a rounded quotient is not supported") }
        try binary(call, "Div")
    }
}

extension ONNXCall {
    /// A tensor, or a number as a tensor, in a type and multiplied by a factor.
    fileprivate func operand(_ place: Int, _ dtype: DType, times factor: Double = 1) throws -> String {
        guard isTensor(place) else { return try scalar(number(place) * factor, dtype) }
        let name = try input(place, as: dtype)
        return factor == 1 ? name : add("Mul", [name, try scalar(factor, dtype)])
    }
}
