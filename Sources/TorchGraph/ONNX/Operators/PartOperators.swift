internal import ONNX
internal import Torch

extension ONNXOperators {
    /// Operators that take parts of a tensor, and operators that pad or flip one.
    static let parts: [String: Writer] = [
        "select": select, "slice": slice, "narrow": narrow, "flip": flip, "roll": roll, "index": index,
        "index_select": indexSelect, "gather": gather, "constant_pad_nd": pad, "pad": pad,
    ]

    /// `select(input, dim, index)`.
    @Sendable private static func select(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0))
        let index = call.constant(try Tensor(try call.int(2)), "index")
        try call.finish("Gather", [try call.input(0), index], ["axis": .int(axis)])
    }

    /// `slice(input, dim, start, end, step)`.
    @Sendable private static func slice(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0), default: 0)
        let start = try call.int(2, default: 0)
        let end = try call.int(3, default: Int.max)
        try call.finishPart(from: start, to: end, step: call.int(4, default: 1), along: axis)
    }

    /// `narrow(input, dim, start, length)`.
    @Sendable private static func narrow(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0))
        let start = try call.int(2)
        // A negative start counts from the end, but 0 would mean the start.
        let end = try start + call.int(3)
        try call.finishPart(from: start, to: start < 0 && end == 0 ? Int.max : end, step: 1, along: axis)
    }

    /// `flip(input, dims)`.
    @Sendable private static func flip(_ call: ONNXCall) throws {
        let rank = call.shape(try call.value(0)).count
        let axes = try call.ints(1).map { try call.dimension($0, rank: rank) }
        let (last, beforeFirst) = (axes.map { _ in -1 }, axes.map { _ in Int.min })
        try call.finish(
            "Slice",
            [try call.input(0)] + [last, beforeFirst, axes, last].map { try call.integers($0) })
    }

    /// `roll(input, shifts, dims)`: the end of a dimension moves to its start.
    @Sendable private static func roll(_ call: ONNXCall) throws {
        let (source, shifts) = (try call.value(0), try call.ints(1))
        let axes = try call.ints(2, default: []).map { try call.dimension($0, rank: call.shape(source).count) }
        guard axes.count == shifts.count else { throw call.error("each shift needs a dimension") }
        var name = try call.input(0)
        for (shift, axis) in zip(shifts, axes) {
            let size = try call.fixedSize(source, axis)
            let cut = size - ((shift % size) + size) % size
            guard cut != size else { continue }
            let (end, beginning) = (
                try call.part(of: name, from: cut, to: Int.max, along: axis),
                try call.part(of: name, from: 0, to: cut, along: axis)
            )
            name = call.add("Concat", [end, beginning], ["axis": .int(axis)])
        }
        try call.finish(with: name)
    }

    /// `index(input, indices)`, if one dimension is indexed by integers.
    @Sendable private static func index(_ call: ONNXCall) throws {
        let indices = try call.values(1)
        let places = indices.indices.filter { indices[$0] != nil }
        guard let axis = places.first, places.count == 1, let index = indices[axis], call.dtype(index) != .bool,
            call.dtype(index) != .uint8
        else { throw call.error("only one dimension can be indexed, by integers") }
        try call.finish(
            "Gather", [try call.input(0), try call.name(of: index, as: .int64)], ["axis": .int(axis)])
    }

    /// `index_select(input, dim, index)`.
    @Sendable private static func indexSelect(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0))
        try call.finish("Gather", [try call.input(0), try call.input(2)], ["axis": .int(axis)])
    }

    /// `gather(input, dim, index)`.
    @Sendable private static func gather(_ call: ONNXCall) throws {
        let axis = try call.dimension(1, of: call.value(0))
        try call.finish("GatherElements", [try call.input(0), try call.input(2)], ["axis": .int(axis)])
    }

    /// `pad(input, pad, mode, value)`, `constant_pad_nd(input, pad, value)`: pairs from the last dimension backwards.
    @Sendable private static func pad(_ call: ONNXCall) throws {
        let isGeneral = call.node.name == "pad"
        guard !isGeneral || !call.has(2) || call.text(2) == "constant" else {
            throw call.error("only padding with a constant is supported")
        }
        let rank = call.shape(try call.value(0)).count
        let pairs = try call.ints(1, count: 2)
        var (begins, ends) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for pair in 0..<min(pairs.count / 2, rank) {
            (begins[rank - 1 - pair], ends[rank - 1 - pair]) = (pairs[2 * pair], pairs[2 * pair + 1])
        }
        let number = try call.number(isGeneral ? 3 : 2, default: 0)
        try call.finish(
            "Pad",
            [try call.input(0), try call.integers(begins + ends), try call.scalar(number, call.outputType)])
    }
}

extension ONNXCall {
    fileprivate func part(of name: String, from start: Int, to end: Int, along axis: Int) throws -> String {
        add("Slice", [name, try integers([start]), try integers([end]), try integers([axis])])
    }

    fileprivate func finishPart(from start: Int, to end: Int, step: Int, along axis: Int) throws {
        let bounds = try [[start], [end], [axis], [step]].map { try integers($0) }
        try finish("Slice", [try input(0)] + bounds)
    }
}
