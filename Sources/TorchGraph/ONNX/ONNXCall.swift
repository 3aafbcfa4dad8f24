internal import Checkpoints
internal import ONNX
internal import Torch

/// A call of an operator during its conversion to ONNX nodes: reads its arguments and adds nodes.
struct ONNXCall {
    let node: Graph.Node
    let builder: ONNXBuilder

    init(_ node: Graph.Node, _ builder: ONNXBuilder) {
        self.node = node
        self.builder = builder
    }

    func error(_ reason: String) -> ONNXError { ONNXError(node, in: builder.graph, reason) }

    // MARK: - Arguments

    /// The argument at an index, or nil if it is omitted or PyTorch's `None`.
    private subscript(place: Int) -> Graph.Argument? {
        guard place < node.arguments.count else { return nil }
        return switch node.arguments[place] {
        case .none, .default: nil
        case let argument: argument
        }
    }

    func has(_ place: Int) -> Bool { self[place] != nil }

    private func wrongArgument(_ place: Int, _ wanted: String) -> ONNXError {
        error("its argument \(place + 1) must be \(wanted)")
    }

    func value(_ place: Int) throws -> Graph.Value {
        guard case .value(let value) = self[place] else { throw wrongArgument(place, "a tensor") }
        return value
    }

    func values(_ place: Int) throws -> [Graph.Value?] {
        guard case .values(let values) = self[place] else { throw wrongArgument(place, "a list of tensors") }
        return values
    }

    func isTensor(_ place: Int) -> Bool {
        if case .value = self[place] { true } else { false }
    }

    /// The name of a tensor.
    func input(_ place: Int) throws -> String { try builder.name(of: value(place)) }

    /// The name of a tensor, converted if it has another type.
    func input(_ place: Int, as dtype: DType) throws -> String { try name(of: value(place), as: dtype) }

    /// The name of a tensor; empty, as in ONNX, if it is omitted.
    func optionalInput(_ place: Int) throws -> String { has(place) ? try input(place) : "" }

    func name(of value: Graph.Value, as dtype: DType) throws -> String {
        let name = try builder.name(of: value)
        return builder.graph[value].dtype == dtype ? name : cast(name, to: dtype)
    }

    func int(_ place: Int, default fallback: Int? = nil) throws -> Int {
        guard let argument = self[place] else {
            guard let fallback else { throw wrongArgument(place, "an integer") }
            return fallback
        }
        guard case .int(let extent) = argument, extent.perImage == 0 else {
            throw wrongArgument(place, "an integer that does not depend on the batch")
        }
        return extent.constant
    }

    /// A list of integers. A single integer is repeated `count` times.
    func ints(_ place: Int, count: Int = 1, default fallback: [Int]? = nil) throws -> [Int] {
        switch self[place] {
        case nil:
            guard let fallback else { throw wrongArgument(place, "a list of integers") }
            return fallback
        case .int(let extent) where extent.perImage == 0:
            return Array(repeating: extent.constant, count: count)
        case .ints(let extents) where extents.allSatisfy { $0.perImage == 0 }:
            let values = extents.map(\.constant)
            if values.isEmpty, let fallback { return fallback }
            return values.count == 1 ? Array(repeating: values[0], count: count) : values
        default:
            throw wrongArgument(place, "a list of integers that do not depend on the batch")
        }
    }

    func number(_ place: Int, default fallback: Double? = nil) throws -> Double {
        switch self[place] {
        case nil:
            guard let fallback else { throw wrongArgument(place, "a number") }
            return fallback
        case .double(let number): return number
        case .int(let extent) where extent.perImage == 0: return Double(extent.constant)
        case .bool(let flag): return flag ? 1 : 0
        default: throw wrongArgument(place, "a number")
        }
    }

    func bool(_ place: Int, default fallback: Bool) throws -> Bool {
        switch self[place] {
        case nil: return fallback
        case .bool(let flag): return flag
        case .int(let extent) where extent.perImage == 0: return extent.constant != 0
        default: throw wrongArgument(place, "true or false")
        }
    }

    /// The text at an index, or nil if there is none.
    func text(_ place: Int) -> String? {
        if case .string(let text) = self[place] { text } else { nil }
    }

    // MARK: - Shapes and types

    func shape(_ value: Graph.Value) -> [Graph.Extent] { builder.graph[value].shape }

    func dtype(_ value: Graph.Value) -> DType { builder.graph[value].dtype }

    /// The value that the operator computes.
    var output: Graph.Value {
        get throws {
            guard let output = node.outputs.first else { throw error("it has no tensor as a result") }
            return output
        }
    }

    /// The type of the operator's result.
    var outputType: DType { get throws { dtype(try output) } }

    /// Returns a size that must be the same for every batch.
    func fixedSize(_ value: Graph.Value, _ dimension: Int) throws -> Int {
        let size = shape(value)[dimension]
        guard size.perImage == 0 else { throw error("dimension \(dimension) must not depend on the batch") }
        return size.constant
    }

    /// Returns a dimension counted from the first, for a rank.
    func dimension(_ number: Int, rank: Int) throws -> Int {
        let dimension = number < 0 ? number + rank : number
        guard (0..<max(rank, 1)).contains(dimension) else { throw error("it has no dimension \(number)") }
        return dimension
    }

    /// Returns the dimension at an index, counted from the first, for a tensor's rank.
    func dimension(_ place: Int, of value: Graph.Value, default fallback: Int? = nil) throws -> Int {
        try dimension(int(place, default: fallback), rank: shape(value).count)
    }

    // MARK: - Nodes

    /// Adds a node whose result is the input of another node.
    func add(
        _ operatorType: String, _ inputs: [String], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
    ) -> String {
        builder.add(operatorType, inputs, attributes, module: node.module)
    }

    /// Adds the node that computes the operator's results, all of them or the first.
    func finish(
        _ operatorType: String, _ inputs: [String], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
    ) throws {
        let outputs = try node.outputs.map(builder.name(of:))
        builder.add(operatorType, inputs, attributes, module: node.module, outputs: outputs)
    }

    /// Uses an existing tensor as the operator's result.
    func finish(with name: String) throws { builder.identify(try output, with: name, module: node.module) }

    func cast(_ name: String, to dtype: DType) -> String {
        add("Cast", [name], ["to": .int(dtype.onnx.rawValue)])
    }

    /// A scalar tensor, of rank 0.
    func scalar(_ number: Double, _ dtype: DType) throws -> String {
        constant(try Tensor.full([], number, dtype: dtype), "scalar")
    }

    /// Integers as a tensor of rank 1.
    func integers(_ numbers: [Int]) throws -> String { constant(try Tensor(numbers), "sizes") }

    /// A constant tensor.
    func constant(_ tensor: Tensor, _ name: String) -> String {
        builder.constant(tensor, named: node.module.isEmpty ? name : "\(node.module)/\(name)")
    }
}

extension DType {
    /// ONNX's number for the type.
    var onnx: Onnx_TensorProto.DataType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .float32: .float
        case .float64: .double
        case .bool: .bool
        case .bfloat16: .bfloat16
        }
    }
}

/// The conversion of each LibTorch operator to ONNX, by its name without namespace and overload.
enum ONNXOperators {
    /// Adds an operator's nodes.
    typealias Writer = @Sendable (ONNXCall) throws -> Void

    static let all: [String: Writer] = {
        let groups = [
            convolutions, normalizations, activations, poolings, shapes, parts, joins, arithmetic, comparisons,
            reductions, attention, quantizations,
        ]
        return groups.reduce(into: [:]) { table, group in table.merge(group) { first, _ in first } }
    }()
}
