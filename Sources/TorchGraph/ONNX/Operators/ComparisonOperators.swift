internal import Torch

extension ONNXOperators {
    static let comparisons: [String: Writer] = [
        "eq": { try compare($0, "Equal") },
        "lt": { try compare($0, "Less") },
        "gt": { try compare($0, "Greater") },
        "le": { try compare($0, "LessOrEqual") },
        "ge": { try compare($0, "GreaterOrEqual") },
        "ne": { call in
            let (left, right) = try operands(call)
            try call.finish("Not", [call.add("Equal", [left, right])])
        },
        "logical_not": { try $0.finish("Not", [$0.input(0, as: .bool)]) },
        "where": chooseWhere,
        "masked_fill": maskedFill,
    ]

    private static func compare(_ call: ONNXCall, _ operatorType: String) throws {
        let (left, right) = try operands(call)
        try call.finish(operatorType, [left, right])
    }

    /// Both sides in the type of the left one. A right side of another type is not supported.
    private static func operands(_ call: ONNXCall) throws -> (String, String) {
        let dtype = call.dtype(try call.value(0))
        guard call.isTensor(1) else { return (try call.input(0), try call.scalar(call.number(1), dtype)) }
        guard call.dtype(try call.value(1)) == dtype else { throw call.error("both sides must have the same type") }
        return (try call.input(0), try call.input(1))
    }

    /// `where(condition, self, other)`.
    @Sendable private static func chooseWhere(_ call: ONNXCall) throws {
        let dtype = try call.outputType
        try call.finish(
            "Where", [try call.input(0, as: .bool), try call.input(1, as: dtype), try call.input(2, as: dtype)])
    }

    /// `masked_fill(input, mask, value)`.
    @Sendable private static func maskedFill(_ call: ONNXCall) throws {
        let dtype = try call.outputType
        let filling = call.isTensor(2) ? try call.input(2, as: dtype) : try call.scalar(call.number(2), dtype)
        try call.finish("Where", [try call.input(1, as: .bool), filling, try call.input(0)])
    }
}
