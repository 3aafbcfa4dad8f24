internal import Checkpoints
internal import Torch
internal import TorchNN

/// Creates a graph from the recordings of two passes, one for one image and one for two.
struct GraphBuilder {
    private(set) var graph = Graph()
    private let parameters: [TensorIdentity: String]
    /// The addresses of the parameters, which must stay valid.
    private let held: [Tensor]
    private var valueOf: [TensorIdentity: Graph.Value] = [:]
    private var namesTaken: Set<String> = []

    init(parameters: StateDict) {
        self.parameters = Dictionary(
            parameters.map { ($0.tensor.identity, $0.name) }, uniquingKeysWith: { first, _ in first })
        held = parameters.map(\.tensor)
        namesTaken = Set(parameters.map(\.name))
    }

    mutating func build(_ one: Recording, _ two: Recording) throws {
        guard one.calls.map(\.operatorName) == two.calls.map(\.operatorName) else {
            throw GraphError("the network calls different operators for one image and for two; it has no single graph")
        }
        let input = try value(named: "input", one.input, [one.input.shape], [two.input.shape], at: 0)
        valueOf[one.input.identity] = input
        graph.inputs = [input]
        for (call, twin) in zip(one.calls, two.calls) { try add(call, twin) }
        graph.outputs = [try value(of: one.output)]
        graph.moduleOutputs = one.visits.compactMap { visit in
            // A result that no operator computed is left out, for example when a module does not return a tensor.
            visit.result.flatMap { valueOf[$0.identity] }.map { Graph.ModuleOutput(module: visit.module, value: $0) }
        }
    }

    private mutating func add(_ call: Recording.Call, _ twin: Recording.Call) throws {
        let arguments = try zip(call.arguments, twin.arguments).map { try argument($0, $1, of: call) }
        guard let name = Self.nodeName(call.operatorName, call.arguments, call.results) else { return }
        let base = name.split(separator: ":").last?.split(separator: ".").first.map(String.init) ?? name
        var outputs: [Graph.Value] = []
        for (place, result) in call.results.enumerated() {
            let output = try value(
                named: call.module.isEmpty ? base : "\(call.module)/\(base)", result, call.resultShapes,
                twin.resultShapes, at: place)
            valueOf[result.identity] = output
            outputs.append(output)
        }
        graph.nodes.append(
            Graph.Node(
                name: base, qualifiedName: name, arguments: arguments, outputs: outputs, module: call.module))
    }

    /// The name of the operator that a call becomes a node of, or nil for a call that returns its argument, such as
    /// `to` without a change of type and dropout in evaluation.
    static func nodeName(_ operatorName: String, _ arguments: [OperatorValue], _ results: [Tensor]) -> String? {
        let (name, isInPlace) = functionalName(operatorName)
        let given = Set(arguments.flatMap(\.tensors).map(\.identity))
        if !isInPlace, !results.isEmpty, results.allSatisfy({ given.contains($0.identity) }) { return nil }
        return name
    }

    /// `aten::div_.Tensor` is `aten::div.Tensor` whose result replaces its first argument.
    private static func functionalName(_ name: String) -> (name: String, isInPlace: Bool) {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard let base = parts.first, base.hasSuffix("_") else { return (name, false) }
        return (([String(base.dropLast())] + parts.dropFirst()).joined(separator: "."), true)
    }

    private mutating func argument(
        _ one: OperatorValue, _ two: OperatorValue, of call: Recording.Call
    ) throws -> Graph.Argument {
        switch (one, two) {
        case (.tensor(let tensor), _): .value(try value(of: tensor))
        case (.tensors(let tensors), _):
            .values(
                try tensors.map { tensor in
                    guard let tensor else { return nil }
                    return try value(of: tensor)
                })
        case (.int(let first), .int(let second)): .int(extent(first, second))
        case (.ints(let first), .ints(let second)) where first.count == second.count:
            .ints(zip(first, second).map(extent))
        case (.double(let value), _): .double(value)
        case (.doubles(let values), _): .doubles(values)
        case (.bool(let value), _): .bool(value)
        case (.bools(let values), _): .bools(values)
        case (.string(let text), _): .string(text)
        case (.dtype(let dtype), _): .dtype(dtype)
        case (.device, _), (.memoryFormat, _): .layout(one.description)
        case (.none, _): .none
        case (.default, _): .default
        case (.int, _), (.ints, _):
            throw GraphError(
                "\(call.operatorName) in '\(call.module)' has different arguments for two images (\(two)) and for one "
                    + "(\(one))")
        }
    }

    private func extent(_ one: Int, _ two: Int) -> Graph.Extent {
        Graph.Extent(one - (two - one), perImage: two - one)
    }

    /// The value of a tensor. A new one is a parameter or a constant.
    private mutating func value(of tensor: Tensor) throws -> Graph.Value {
        if let known = valueOf[tensor.identity] { return known }
        let name = parameters[tensor.identity]
        let value = append(
            name ?? unique("constant"), tensor.dtype, tensor.shape.map { Graph.Extent($0) })
        graph.constants[value] = tensor
        valueOf[tensor.identity] = value
        return value
    }

    private mutating func value(
        named name: String, _ tensor: Tensor, _ shapes: [[Int]], _ twins: [[Int]], at place: Int
    ) throws -> Graph.Value {
        guard place < twins.count, shapes[place].count == twins[place].count else {
            throw GraphError(
                "'\(name)' has different ranks for one image and for two, so the network has no single graph")
        }
        return append(unique(name), tensor.dtype, zip(shapes[place], twins[place]).map(extent))
    }

    private mutating func append(_ name: String, _ dtype: DType, _ shape: [Graph.Extent]) -> Graph.Value {
        namesTaken.insert(name)
        graph.values.append(Graph.ValueDescription(name: name, dtype: dtype, shape: shape))
        return Graph.Value(index: graph.values.count - 1)
    }

    private func unique(_ name: String) -> String {
        guard namesTaken.contains(name) else { return name }
        return (2...).lazy.map { "\(name)_\($0)" }.first { !namesTaken.contains($0) } ?? name
    }
}

extension OperatorValue {
    fileprivate var tensors: [Tensor] {
        switch self {
        case .tensor(let tensor): [tensor]
        case .tensors(let tensors): tensors.compactMap { $0 }
        default: []
        }
    }
}
