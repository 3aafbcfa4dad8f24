internal import FoundationEssentials
@_exported public import Platform

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
    package let message: Onnx_ModelProto
    package let initializers: [(name: String, tensor: ONNXTensor)]

    /// A model of its message and its fixed tensors.
    package init(message: Onnx_ModelProto, initializers: [(name: String, tensor: ONNXTensor)]) {
        (self.message, self.initializers) = (message, initializers)
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
            case .tensor(let tensor): try tensor.withBytes { bytes += $0 }
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
                try tensor.withBytes { bytes in
                    sum.add(bytes)
                    try file.write(bytes)
                }
            }
        }
        try ONNXEncoding(self, data: (String(name), sum.finish())).write(to: path)
    }
}

extension Onnx_StringStringEntryProto {
    /// A key and its value.
    package init(key: String, value: String) {
        self.init()
        (self.key, self.value) = (key, value)
    }
}

extension ONNXModel {
    /// Reads the keys and values that a file holds beside its graph.
    ///
    /// - Throws: `ONNXError` for a file that can't be read or is no ONNX model.
    public static func readMetadata(of path: String) throws -> [String: String] {
        try ONNXFile(contentsOf: path).metadata
    }
}

/// A fixed tensor of a model: what it is, and its elements where they lie.
package struct ONNXTensor {
    let type: Onnx_TensorProto.DataType
    let shape: [Int]
    let byteCount: Int
    /// Calls its argument with the elements, row by row and little-endian.
    let withBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// A tensor whose elements `withBytes` hands to its argument.
    package init(
        type: Onnx_TensorProto.DataType, shape: [Int], byteCount: Int,
        withBytes: @escaping ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        (self.type, self.shape, self.byteCount, self.withBytes) = (type, shape, byteCount, withBytes)
    }
}

/// A fixed argument of an ONNX operator.
package enum ONNXAttribute {
    case int(Int)
    case ints([Int])
    case float(Double)
    case string(String)

    /// The argument by its name, as the file has it.
    package func message(named name: String) -> Onnx_AttributeProto {
        var message = Onnx_AttributeProto()
        message.name = name
        switch self {
        case .int(let value):
            message.type = .int
            message.i = Int64(value)
        case .ints(let values):
            message.type = .ints
            message.ints = values.map(Int64.init)
        case .float(let value):
            message.type = .float
            message.f = Float(value)
        case .string(let text):
            message.type = .string
            message.s = Data(text.utf8)
        }
        return message
    }
}
