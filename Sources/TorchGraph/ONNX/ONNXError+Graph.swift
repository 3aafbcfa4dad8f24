internal import Checkpoints
internal import ONNX
internal import Torch

extension ONNXError {
    /// An error about one call.
    init(_ node: Graph.Node, in graph: Graph, _ reason: String) {
        let arguments = node.arguments.map { graph.summary(of: $0) }.joined(separator: ", ")
        let place = node.module.isEmpty ? "the network's own forward pass" : "'\(node.module)'"
        self.init("\(node.qualifiedName)(\(arguments)) in \(place) cannot be converted to ONNX: \(reason)")
    }
}

extension Graph {
    /// An argument as an error shows it: a tensor by element type and shape.
    fileprivate func summary(of argument: Argument) -> String {
        switch argument {
        case .value(let value): summary(of: value)
        case .values(let values): "[\(values.map { $0.map(summary(of:)) ?? "nil" }.joined(separator: ", "))]"
        case .int(let extent): extent.description
        case .ints(let extents): "\(extents)"
        case .double(let number): "\(number)"
        case .doubles(let numbers): "\(numbers)"
        case .bool(let flag): "\(flag)"
        case .bools(let flags): "\(flags)"
        case .string(let text): text.debugDescription
        case .dtype(let dtype): dtype.name
        case .layout(let name): name
        case .none: "nil"
        case .default: "default"
        }
    }

    private func summary(of value: Value) -> String { "\(self[value].dtype.name)\(self[value].shape)" }
}
