internal import ONNX
internal import Torch

/// Collects the nodes and constant tensors of an ONNX graph from a `Graph`.
///
/// Tensors are identified by name. A value of the graph keeps its name, including names that the caller chose for
/// inputs and outputs. Values between the nodes of one operator are named after the module that called it.
final class ONNXBuilder {
    let graph: Graph
    private(set) var nodes: [Onnx_NodeProto] = []
    /// The constant tensors in the order of their first use.
    private(set) var initializers: [(name: String, tensor: Tensor)] = []
    private var names: [Graph.Value: String] = [:]
    private var takenNames: Set<String> = []
    private var nodeNames: Set<String> = []
    private var declared: Set<Graph.Value> = []
    private var batchSizeName: String?

    init(_ graph: Graph, inputs: [String], outputs: [String]) throws {
        self.graph = graph
        guard inputs.count == graph.inputs.count, outputs.count == graph.outputs.count else {
            throw ONNXError(
                "the network has \(graph.inputs.count) inputs and \(graph.outputs.count) outputs, but "
                    + "\(inputs.count) and \(outputs.count) names are given")
        }
        for (value, tensor) in graph.constants where tensor.count > 0 {
            names[value] = graph[value].name
            takenNames.insert(graph[value].name)
        }
        for name in inputs + outputs where !takenNames.insert(name).inserted {
            throw ONNXError("the name '\(name)' of an input or output is already used: choose another")
        }
        for (value, name) in zip(graph.inputs, inputs) { names[value] = name }
        for (value, name) in zip(graph.outputs, outputs) where isComputed(value) && names[value] == nil {
            names[value] = name
        }
        for index in graph.values.indices where names[Graph.Value(index: index)] == nil {
            names[Graph.Value(index: index)] = unusedName(graph.values[index].name)
        }
    }

    /// Whether operators compute the value.
    func isComputed(_ value: Graph.Value) -> Bool { graph.constants[value] == nil && !graph.inputs.contains(value) }

    /// Converts the graph.
    func build(outputs: [String]) throws {
        for node in graph.nodes {
            guard let write = ONNXOperators.all[node.name] else {
                throw ONNXError(node, in: graph, "it has no ONNX counterpart")
            }
            try write(ONNXCall(node, self))
        }
        for (value, name) in zip(graph.outputs, outputs) where try self.name(of: value) != name {
            add("Identity", [try self.name(of: value)], module: "", outputs: [name])
        }
    }

    /// The name of a value. A constant becomes part of the model at its first use.
    func name(of value: Graph.Value) throws -> String {
        guard let name = names[value] else {
            throw ONNXError("the value '\(graph[value].name)' is empty, which ONNX does not support")
        }
        if let tensor = graph.constants[value], declared.insert(value).inserted {
            initializers.append((name, tensor))
        }
        return name
    }

    /// Gives a value the name of a tensor that it equals.
    func identify(_ value: Graph.Value, with name: String, module: String) {
        // An output of the model keeps the name that the caller chose.
        if graph.outputs.contains(value), let own = names[value] {
            add("Identity", [name], module: module, outputs: [own])
        } else {
            names[value] = name
        }
    }

    /// Adds a node.
    ///
    /// - Parameters:
    ///   - inputs: Names; an empty name means an omitted optional input.
    ///   - outputs: Names, or nil for a new unique name.
    /// - Returns: The name of the first output.
    @discardableResult
    func add(
        _ operatorType: String, _ inputs: [String], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:],
        module: String, outputs: [String]? = nil
    ) -> String {
        var node = Onnx_NodeProto()
        node.opType = operatorType
        let title = module.isEmpty ? operatorType : "\(module)/\(operatorType)"
        node.name = Self.unused(title, in: &nodeNames)
        node.input = inputs
        node.output = outputs ?? [unusedName(node.name)]
        node.attribute = attributes.map { $0.value.message(named: $0.key) }
        nodes.append(node)
        return node.output[0]
    }

    /// Adds a constant tensor.
    ///
    /// - Returns: Its name.
    func constant(_ tensor: Tensor, named name: String) -> String {
        let name = unusedName(name)
        initializers.append((name, tensor))
        return name
    }

    /// The batch size, int64 `[1]`, read from the input when the network runs.
    func batchSize() throws -> String {
        if let batchSizeName { return batchSizeName }
        for input in graph.inputs {
            let batch = Graph.Extent(0, perImage: 1)
            guard let dimension = graph[input].shape.firstIndex(of: batch) else { continue }
            let shape = add("Shape", [try name(of: input)], module: "")
            let index = constant(try Tensor([dimension]), named: "batch_dimension")
            let name = add(
                "Gather", [shape, index], ["axis": .int(0)], module: "", outputs: [unusedName("batch_size")])
            batchSizeName = name
            return name
        }
        throw ONNXError("a size depends on the batch, but no input has a dimension for it")
    }

    func unusedName(_ name: String) -> String { Self.unused(name, in: &takenNames) }

    private static func unused(_ name: String, in taken: inout Set<String>) -> String {
        var (candidate, number) = (name, 1)
        while !taken.insert(candidate).inserted {
            number += 1
            candidate = "\(name)_\(number)"
        }
        return candidate
    }
}
