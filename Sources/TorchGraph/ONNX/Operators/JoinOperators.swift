internal import ONNX
internal import Torch

extension ONNXOperators {
    /// Operators that join or split tensors.
    static let joins: [String: Writer] = [
        "cat": cat, "concat": cat, "stack": stack, "split": split, "split_with_sizes": split, "chunk": split,
        "tensor_split": split, "unbind": unbind,
    ]

    /// `cat(tensors, dim)`.
    @Sendable private static func cat(_ call: ONNXCall) throws {
        let rank = call.shape(try call.output).count
        let axis = try call.dimension(call.int(1, default: 0), rank: rank)
        try call.finish("Concat", try inputs(call), ["axis": .int(axis)])
    }

    /// `stack(tensors, dim)`.
    @Sendable private static func stack(_ call: ONNXCall) throws {
        let rank = call.shape(try call.output).count
        let axis = try call.dimension(call.int(1, default: 0), rank: rank)
        let axes = try call.integers([axis])
        let parts = try inputs(call).map { call.add("Unsqueeze", [$0, axes]) }
        try call.finish("Concat", parts, ["axis": .int(axis)])
    }

    private static func inputs(_ call: ONNXCall) throws -> [String] {
        let dtype = try call.outputType
        return try call.values(0).compactMap { $0 }.map { try call.name(of: $0, as: dtype) }
    }

    /// `split(input, size or sizes, dim)`, `chunk(input, count, dim)`: the sizes are those of the results.
    @Sendable private static func split(_ call: ONNXCall) throws {
        let axis = try call.dimension(2, of: call.value(0), default: 0)
        let sizes = try call.node.outputs.map { try call.fixedSize($0, axis) }
        try call.finish("Split", [try call.input(0), try call.integers(sizes)], ["axis": .int(axis)])
    }

    /// `unbind(input, dim)`.
    @Sendable private static func unbind(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0), default: 0)
        let input = try call.input(0)
        for (place, output) in call.node.outputs.enumerated() {
            let index = call.constant(try Tensor(place), "index")
            call.builder.add(
                "Gather", [input, index], ["axis": .int(axis)], module: call.node.module,
                outputs: [try call.builder.name(of: output)])
        }
    }
}
