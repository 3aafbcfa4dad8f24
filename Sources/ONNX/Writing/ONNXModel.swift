@_exported public import Platform

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A network as an ONNX model, which other programs can run: ONNX Runtime, OpenVINO, TensorRT, a browser.
///
/// It uses ONNX's operator set 17 and IR version 8. Parameters have their names in the state dict, nodes those of the
/// modules that called them (`layer1.0.conv1/Conv`). The first dimension of inputs and outputs is named `N`: the batch
/// size is variable. Values are those of the network, bit for bit.
///
/// ```swift
/// let graph = try Graph(tracing: network, inputShape: [3, 224, 224])
/// try ONNXModel(graph, metadata: ["classes": #"["cat", "dog"]"#]).write(to: "network.onnx")
/// ```
public struct ONNXModel {
    /// The version of ONNX's operator set in which models are written.
    public static let operatorSet = 17

    /// The model without its constant tensors, which are large and written directly from their memory.
    package let message: Onnx_ModelProto
    package let initializers: [(name: String, tensor: ONNXTensor)]

    /// A model from its message and its constant tensors.
    package init(message: Onnx_ModelProto, initializers: [(name: String, tensor: ONNXTensor)]) {
        (self.message, self.initializers) = (message, initializers)
    }

    /// The model as the bytes of a file.
    ///
    /// - Throws: `ONNXError` if the model exceeds the format's limit of 2 GiB.
    public func bytes() throws -> [UInt8] {
        let encoding = try ONNXEncoding(self)
        guard encoding.byteCount <= ONNXEncoding.limit else {
            throw ONNXError(
                "the model needs \(encoding.byteCount) bytes, but a single ONNX file has at most \(ONNXEncoding.limit)"
                    + ": write it to a file, which stores the weights in a second file")
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

    /// Writes the model to a file, atomically and without copying the weights.
    ///
    /// A model that exceeds the format's limit of 2 GiB keeps its weights in a second file next to it, with `.data` at
    /// the end of its name.
    ///
    /// - Throws: `FileError` if the disk reports an error.
    public func write(to path: String) throws { try write(to: path, limit: ONNXEncoding.limit) }

    /// Writes the model to a file that another library reads at once and that is then removed: it is not flushed to the
    /// disk.
    ///
    /// - Throws: `FileError` if the disk reports an error.
    package func writeTemporary(to path: String) throws {
        try write(to: path, limit: ONNXEncoding.limit, flushes: false)
    }

    /// Writes the model, with its weights in a second file if it exceeds the limit.
    func write(to path: String, limit: Int, flushes: Bool = true) throws {
        let encoding = try ONNXEncoding(self)
        guard encoding.byteCount > limit else { return try encoding.write(to: path, flushes: flushes) }
        let folderEnd = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
        let name = path[(folderEnd ?? path.startIndex)...] + ".data"
        var sum = Digest64.Stream()
        try writeAtomically(to: path + ".data", flushes: flushes) { file in
            for (_, tensor) in initializers {
                try tensor.withBytes { bytes in
                    sum.add(bytes)
                    try file.write(bytes)
                }
            }
        }
        try ONNXEncoding(self, data: (String(name), sum.finish())).write(to: path, flushes: flushes)
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
    /// Reads the keys and values that a file stores with its graph.
    ///
    /// - Throws: `ONNXError` for a file that cannot be read or is not an ONNX model.
    public static func readMetadata(of path: String) throws -> [String: String] {
        try ONNXFile(contentsOf: path).metadata
    }
}

/// A constant tensor of a model: its description and the location of its elements.
package struct ONNXTensor {
    package let type: Onnx_TensorProto.DataType
    package let shape: [Int]
    package let byteCount: Int
    /// Passes the elements to its argument, in row-major order and little-endian.
    package let withBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// A tensor whose elements `withBytes` passes to its argument.
    package init(
        type: Onnx_TensorProto.DataType, shape: [Int], byteCount: Int,
        withBytes: @escaping ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        (self.type, self.shape, self.byteCount, self.withBytes) = (type, shape, byteCount, withBytes)
    }
}

/// A constant attribute of an ONNX operator.
package enum ONNXAttribute {
    case int(Int)
    case ints([Int])
    case float(Double)
    case string(String)

    /// The attribute with its name, as in the file.
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
