public import ONNX
internal import Torch

extension ONNXModel {
    /// Converts a graph to ONNX operators.
    ///
    /// - Parameters:
    ///   - graph: A network's forward pass in evaluation mode.
    ///   - inputs: A name for each input.
    ///   - outputs: A name for each output.
    ///   - metadata: Keys and values to store with the graph: class names, preprocessing.
    /// - Throws: `ONNXError` with operator, module and shapes if an operator has no counterpart, and for invalid names;
    ///   `TorchError` if the memory is not available.
    public init(
        _ graph: Graph, inputs: [String] = ["input"], outputs: [String] = ["logits"], metadata: [String: String] = [:]
    ) throws {
        let builder = try ONNXBuilder(graph, inputs: inputs, outputs: outputs)
        try builder.build(outputs: outputs)

        var model = Onnx_ModelProto()
        model.irVersion = 8
        model.producerName = "Apus"
        var operators = Onnx_OperatorSetIdProto()
        operators.domain = ""
        operators.version = Int64(Self.operatorSet)
        model.opsetImport = [operators]
        model.metadataProps = metadata.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) }
        model.graph.name = "network"
        model.graph.node = builder.nodes
        model.graph.input = zip(graph.inputs, inputs).map { .init(graph[$0], name: $1) }
        model.graph.output = zip(graph.outputs, outputs).map { .init(graph[$0], name: $1) }
        self.init(message: model, initializers: builder.initializers.map { ($0.name, .init($0.tensor)) })
    }
}

extension ONNXTensor {
    /// A tensor's elements, which are not copied.
    fileprivate init(_ tensor: Tensor) {
        self.init(
            type: tensor.dtype.onnx, shape: tensor.shape, byteCount: tensor.count * tensor.dtype.byteCount,
            withBytes: { try tensor.withUnsafeBytes($0) })
    }
}

extension Onnx_ValueInfoProto {
    fileprivate init(_ description: Graph.ValueDescription, name: String) {
        self.init()
        self.name = name
        type.tensorType.elemType = description.dtype.onnx
        type.tensorType.shape.dim = description.shape.map { extent in
            var dimension = Onnx_TensorShapeProto.Dimension()
            if extent.perImage == 0 {
                dimension.dimValue = Int64(extent.constant)
            } else {
                dimension.dimParam = extent.description
            }
            return dimension
        }
    }
}
