internal import Torch

extension ONNXOperators {
    static let arithmetic: [String: Writer] = [
        "add": { try binary($0, "Add", scalesSecond: true) },
        "sub": { try binary($0, "Sub", scalesSecond: true) },
        "rsub": { try binary($0, "Sub", scalesSecond: true, reversed: true) },
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
    ///
    /// - Parameters:
    ///   - scalesSecond: the third argument, `alpha`, is a factor of the second.
    ///   - reversed: the second comes first.
    private static func binary(
        _ call: ONNXCall, _ operatorType: String, scalesSecond: Bool = false, reversed: Bool = false
    ) throws {
        let dtype = try call.outputType
        let alpha = scalesSecond ? try call.number(2, default: 1) : 1
        let first = try call.operand(0, dtype)
        var second: String
        if call.isTensor(1) {
            second = try call.operand(1, dtype)
            if alpha != 1 { second = call.add("Mul", [second, try call.scalar(alpha, dtype)]) }
        } else {
            second = try call.scalar(call.number(1) * alpha, dtype)
        }
        try call.finish(operatorType, reversed ? [second, first] : [first, second])
    }

    /// `div(input, other, rounding_mode)`.
    @Sendable private static func divide(_ call: ONNXCall) throws {
        guard call.text(2) == nil else { throw call.error("a quotient that is rounded is not supported") }
        try binary(call, "Div")
    }
}

extension ONNXCall {
    /// A tensor, or a number as one, in a type.
    fileprivate func operand(_ place: Int, _ dtype: DType) throws -> String {
        isTensor(place) ? try input(place, as: dtype) : try scalar(number(place), dtype)
    }
}
