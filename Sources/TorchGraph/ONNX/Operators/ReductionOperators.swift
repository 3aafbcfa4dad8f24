internal import ONNX
internal import Torch

extension ONNXOperators {
    static let reductions: [String: Writer] = [
        "mean": { try reduce($0, "ReduceMean") },
        "amax": { try reduce($0, "ReduceMax") },
        "amin": { try reduce($0, "ReduceMin") },
        "sum": sum,
        "linalg_vector_norm": vectorNorm,
        "argmax": { try place($0, "ArgMax") },
        "argmin": { try place($0, "ArgMin") },
    ]

    /// `mean(input)`, `mean(input, dim, keepdim, dtype)` and similar operators.
    private static func reduce(
        _ call: ONNXCall, _ operatorType: String, axesAt place: Int = 1, keepsAt keepPlace: Int = 2
    ) throws {
        let input = try call.input(0, as: call.outputType)
        let keeps = ONNXAttribute.int(try keepsDimensions(call, place: keepPlace) ? 1 : 0)
        guard let axes = try axes(call, place: place) else {
            return try call.finish(operatorType, [input], ["keepdims": keeps])
        }
        try call.finish(operatorType, [input], ["axes": .ints(axes), "keepdims": keeps])
    }

    /// `sum(input)`, `sum(input, dim, keepdim, dtype)`. In this version of ONNX its axes are already a tensor.
    @Sendable private static func sum(_ call: ONNXCall) throws {
        var inputs = [try call.input(0, as: call.outputType)]
        if let axes = try axes(call, place: 1) { inputs.append(try call.integers(axes)) }
        try call.finish("ReduceSum", inputs, ["keepdims": .int(try keepsDimensions(call, place: 2) ? 1 : 0)])
    }

    /// `linalg_vector_norm(input, ord, dim, keepdim, dtype)`.
    @Sendable private static func vectorNorm(_ call: ONNXCall) throws {
        switch try call.number(1, default: 2) {
        case 1: try reduce(call, "ReduceL1", axesAt: 2, keepsAt: 3)
        case 2: try reduce(call, "ReduceL2", axesAt: 2, keepsAt: 3)
        case let order: throw call.error("a norm of order \(order) is not supported")
        }
    }

    /// `argmax(input, dim, keepdim)`.
    private static func place(_ call: ONNXCall, _ operatorType: String) throws {
        guard call.has(1) else { throw call.error("a dimension is required") }
        let axis = try call.dimension(1, of: call.value(0))
        let keeps = try call.bool(2, default: false)
        try call.finish(operatorType, [try call.input(0)], ["axis": .int(axis), "keepdims": .int(keeps ? 1 : 0)])
    }

    /// The dimensions, counted from the first; nil for all.
    private static func axes(_ call: ONNXCall, place: Int) throws -> [Int]? {
        guard hasDimensions(call), call.has(place) else { return nil }
        let rank = call.shape(try call.value(0)).count
        let axes = try call.ints(place).map { try call.dimension($0, rank: rank) }
        return axes.isEmpty ? nil : axes
    }

    private static func keepsDimensions(_ call: ONNXCall, place: Int) throws -> Bool {
        try hasDimensions(call) && call.bool(place, default: false)
    }

    /// Whether the overload is one with dimensions: `sum(input, dtype)` has none.
    private static func hasDimensions(_ call: ONNXCall) -> Bool {
        call.node.qualifiedName.contains(".") || !["mean", "sum"].contains(call.node.name)
    }
}
