internal import ONNX
internal import Torch

extension ONNXOperators {
    static let shapes: [String: Writer] = [
        "view": reshape, "reshape": reshape, "_unsafe_view": reshape, "unflatten": reshape, "flatten": flatten,
        "squeeze": reshape, "unsqueeze": unsqueeze, "permute": permute, "transpose": transpose, "t": transpose,
        "expand": expand, "expand_as": expand, "channel_shuffle": channelShuffle, "contiguous": pass, "clone": pass,
        "detach": pass, "alias": pass, "to": convert, "_to_copy": convert,
    ]

    @Sendable private static func pass(_ call: ONNXCall) throws { try call.finish(with: call.input(0)) }

    /// `to(input, dtype, …)` and similar operators. The device does not matter in ONNX.
    @Sendable private static func convert(_ call: ONNXCall) throws {
        let dtype = try call.outputType
        if call.dtype(try call.value(0)) == dtype { return try pass(call) }
        try call.finish("Cast", [try call.input(0)], ["to": .int(dtype.onnx.rawValue)])
    }

    /// Another shape for the same elements, taken from the trace.
    @Sendable private static func reshape(_ call: ONNXCall) throws {
        let source = try call.value(0)
        let shape = call.shape(try call.output)
        if shape == call.shape(source) { return try pass(call) }
        try call.finish("Reshape", [try call.input(0), try call.shapeOperand(shape, from: call.shape(source))])
    }

    /// `flatten(input, start_dim, end_dim)`.
    @Sendable private static func flatten(_ call: ONNXCall) throws {
        let (source, result) = (call.shape(try call.value(0)), call.shape(try call.output))
        // ONNX's own operator always returns a matrix.
        guard source.count > 2, result.count == 2, source[0] == result[0] else { return try reshape(call) }
        try call.finish("Flatten", [try call.input(0)], ["axis": .int(1)])
    }

    /// `unsqueeze(input, dim)`.
    @Sendable private static func unsqueeze(_ call: ONNXCall) throws {
        let rank = call.shape(try call.output).count
        let axis = try call.dimension(call.int(1), rank: rank)
        try call.finish("Unsqueeze", [try call.input(0), try call.integers([axis])])
    }

    /// `permute(input, dims)`.
    @Sendable private static func permute(_ call: ONNXCall) throws {
        let rank = call.shape(try call.value(0)).count
        let order = try call.ints(1).map { try call.dimension($0, rank: rank) }
        try call.finish("Transpose", [try call.input(0)], ["perm": .ints(order)])
    }

    /// `transpose(input, dim0, dim1)`, `t(input)`.
    @Sendable private static func transpose(_ call: ONNXCall) throws {
        let rank = call.shape(try call.value(0)).count
        var order = Array(0..<rank)
        guard rank > 1 else { return try pass(call) }
        order.swapAt(
            try call.dimension(call.int(1, default: 0), rank: rank),
            try call.dimension(call.int(2, default: 1), rank: rank))
        try call.finish("Transpose", [try call.input(0)], ["perm": .ints(order)])
    }

    /// `expand(input, size)`: dimensions of size 1 repeated.
    @Sendable private static func expand(_ call: ONNXCall) throws {
        let shape = call.shape(try call.output)
        if shape == call.shape(try call.value(0)) { return try pass(call) }
        try call.finish("Expand", [try call.input(0), try call.shapeTensor(shape)])
    }

    /// `channel_shuffle(input, groups)`: channel i of group g moves to i groups + g.
    @Sendable private static func channelShuffle(_ call: ONNXCall) throws {
        let shape = call.shape(try call.value(0))
        guard shape.count == 4 else { throw call.error("rank 4 is required") }
        let groups = try call.int(1)
        let channels = try call.fixedSize(try call.value(0), 1) / groups
        let split = [shape[0], Graph.Extent(groups), Graph.Extent(channels), shape[2], shape[3]]
        let parts = call.add("Reshape", [try call.input(0), try call.shapeOperand(split, from: shape)])
        let shuffled = call.add("Transpose", [parts], ["perm": .ints([0, 2, 1, 3, 4])])
        try call.finish("Reshape", [shuffled, try call.shapeOperand(shape, from: split)])
    }
}

extension ONNXCall {
    /// The shape for `Reshape`: sizes, 0 for an unchanged size, -1 for a size computed from the others.
    func shapeOperand(_ shape: [Graph.Extent], from source: [Graph.Extent]) throws -> String {
        var sizes = shape.map { $0.perImage == 0 ? $0.constant : -1 }
        guard !sizes.contains(0) else { throw error("a size is 0") }
        for place in sizes.indices where sizes.count(where: { $0 == -1 }) > 1 {
            if sizes[place] == -1, place < source.count, source[place] == shape[place] { sizes[place] = 0 }
        }
        return sizes.count(where: { $0 == -1 }) > 1 ? try shapeTensor(shape) : try integers(sizes)
    }

    /// A shape as a tensor, int64 `[rank]`, computed if a size depends on the batch.
    func shapeTensor(_ shape: [Graph.Extent]) throws -> String {
        if shape.allSatisfy({ $0.perImage == 0 }) { return try integers(shape.map(\.constant)) }
        let sizes = try shape.map { extent in
            guard extent.perImage != 0 else { return try integers([extent.constant]) }
            var size = try builder.batchSize()
            if extent.perImage != 1 { size = add("Mul", [size, try integers([extent.perImage])]) }
            if extent.constant != 0 { size = add("Add", [size, try integers([extent.constant])]) }
            return size
        }
        return add("Concat", sizes, ["axis": .int(0)])
    }
}
