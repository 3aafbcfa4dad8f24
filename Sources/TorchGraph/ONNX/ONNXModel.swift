internal import Torch

/// A network as an ONNX model, which other programs run: ONNX Runtime, OpenVINO, TensorRT, a browser.
///
/// It is written in ONNX's operator set 17, IR version 8. Parameters have their names in the state dict, nodes those of
/// the modules that called them (`layer1.0.conv1/Conv`), and the first dimension of inputs and outputs is named `N`: any
/// batch size goes. Numbers are those of the network, bit for bit.
///
/// ```swift
/// let graph = try Graph(tracing: network, inputShape: [3, 224, 224])
/// try ONNXModel(graph, metadata: ["classes": #"["cat", "dog"]"#]).write(to: "network.onnx")
/// ```
public struct ONNXModel {
    /// The version of ONNX's operator set that models are written in.
    public static let operatorSet = 17

    /// The model without its fixed tensors, which are large and written from where they lie.
    let message: Onnx_ModelProto
    let initializers: [(name: String, tensor: Tensor)]

    /// Writes a graph in ONNX's operators.
    ///
    /// - Parameters:
    ///   - graph: a network's forward pass in evaluation mode.
    ///   - inputs: a name for each input.
    ///   - outputs: a name for each output.
    ///   - metadata: keys and values to store beside the graph: class names, preprocessing.
    /// - Throws: `ONNXError` with operator, module and shapes where an operator has no counterpart, and for names that do
    ///   not fit; `TorchError` where memory is not to be had.
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
        message = model
        initializers = builder.initializers
    }

    /// The model as the bytes of a file.
    ///
    /// - Throws: `ONNXError` where they would pass the 2 GiB that the format allows.
    public func bytes() throws -> [UInt8] {
        let encoding = try ONNXEncoding(self)
        guard encoding.byteCount <= ONNXEncoding.limit else {
            throw ONNXError(
                "the model takes \(encoding.byteCount) bytes, and an ONNX model in one piece \(ONNXEncoding.limit) at "
                    + "most: write it to a file, which puts the weights into a second one")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoding.byteCount)
        for piece in encoding.pieces {
            switch piece {
            case .bytes(let part): bytes += part
            case .tensor(let tensor): try tensor.withUnsafeBytes { bytes += $0 }
            }
        }
        return bytes
    }

    /// Writes the model to a file, whole or not at all; the weights are not copied on the way.
    ///
    /// A model that would pass the 2 GiB that the format allows keeps its weights in a second file beside it, with
    /// `.data` at the end of its name.
    ///
    /// - Throws: `FileError` where the disk refuses.
    public func write(to path: String) throws { try write(to: path, limit: ONNXEncoding.limit) }

    /// Writes the model with its weights in a second file where it would pass the limit.
    func write(to path: String, limit: Int) throws {
        let encoding = try ONNXEncoding(self)
        guard encoding.byteCount > limit else { return try encoding.write(to: path) }
        let folderEnd = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
        let name = path[(folderEnd ?? path.startIndex)...] + ".data"
        var sum = Digest64.Stream()
        try writeAtomically(to: path + ".data") { file in
            for (_, tensor) in initializers {
                try tensor.withUnsafeBytes { bytes in
                    sum.add(bytes)
                    try file.write(bytes)
                }
            }
        }
        try ONNXEncoding(self, data: (String(name), sum.finish())).write(to: path)
    }
}

extension Onnx_StringStringEntryProto {
    init(key: String, value: String) {
        self.init()
        (self.key, self.value) = (key, value)
    }
}

extension Onnx_ValueInfoProto {
    fileprivate init(_ description: Graph.ValueDescription, name: String) {
        self.init()
        self.name = name
        type.tensorType.elemType = description.dtype.onnx
        type.tensorType.shape.dim = description.shape.map { extent in
            var dimension = Onnx_TensorShapeProto.Dimension()
            if extent.perPicture == 0 {
                dimension.dimValue = Int64(extent.constant)
            } else {
                dimension.dimParam = extent.description
            }
            return dimension
        }
    }
}
