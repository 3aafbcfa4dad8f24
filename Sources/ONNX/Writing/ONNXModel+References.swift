internal import Platform
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

// A model file contains its network's graph: an ONNX model whose tensors are those of the same safetensors file. Each
// of them has `external_data` with the location `apus:safetensors`, and the name in the file if it is another one.

extension ONNXModel {
    /// The size from which constants with equal elements are stored once, such as the masks of shifted windows.
    private static let smallestShared = 1024

    /// Returns the model without metadata, as bytes that refer to the tensors of a safetensors file.
    ///
    /// - Parameter fileName: Returns a tensor's name in the file; nil if the file does not have it, so that its
    ///   elements become part of the bytes.
    /// - Throws: Errors of `fileName` and of reading the elements.
    package func graph(
        referencing fileName: (_ name: String, _ tensor: ONNXTensor) throws -> String?
    ) throws -> [UInt8] {
        var message = message
        message.metadataProps = []
        message.graph.initializer = []
        var shared: [Onnx_TensorProto: String] = [:]
        var renamed: [String: String] = [:]
        for (name, tensor) in initializers {
            var proto = Onnx_TensorProto(name, tensor)
            if let other = try fileName(name, tensor) {
                proto.dataLocation = .external
                proto.externalData = [.init(key: "location", value: ONNXFile.safetensorsLocation)]
                if !other.utf8.elementsEqual(name.utf8) {
                    proto.externalData.append(.init(key: "tensor", value: other))
                }
            } else {
                var elements = Data(capacity: tensor.byteCount)
                try tensor.withBytes { elements.append(contentsOf: $0) }
                proto.rawData = elements
                if tensor.byteCount >= Self.smallestShared {
                    var anonymous = proto
                    anonymous.clearName()
                    if let first = shared[anonymous] {
                        renamed[name] = first
                        continue
                    }
                    shared[anonymous] = name
                }
            }
            message.graph.initializer.append(proto)
        }
        if !renamed.isEmpty {
            for index in message.graph.node.indices {
                message.graph.node[index].input = message.graph.node[index].input.map { renamed[$0] ?? $0 }
            }
        }
        return try message.serializedBytes()
    }

    /// Creates a model from the bytes of `graph(referencing:)`, which `ONNXFile.checkGraph()` has checked.
    ///
    /// - Parameters:
    ///   - bytes: The graph.
    ///   - tensor: Returns the elements of a tensor of the file, with its type and shape, which must be the declared
    ///     ones.
    /// - Throws: `ONNXError` with the tensor, and errors of `tensor`.
    package init(
        graph bytes: [UInt8], tensor: (_ fileName: String) throws(ONNXError) -> ONNXTensor
    ) throws(ONNXError) {
        var message: Onnx_ModelProto
        do {
            message = try Onnx_ModelProto(serializedBytes: bytes)
        } catch {
            throw ProtobufReader.damage
        }
        var initializers: [(name: String, tensor: ONNXTensor)] = []
        for proto in message.graph.initializer {
            initializers.append((proto.name, try ONNXTensor(proto, from: tensor)))
        }
        message.metadataProps = []
        message.graph.initializer = []
        self.init(message: message, initializers: initializers)
    }

    /// Returns the same model with other metadata.
    package func with(metadata: [String: String]) -> ONNXModel {
        var message = message
        message.metadataProps = metadata.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) }
        return ONNXModel(message: message, initializers: initializers)
    }
}

extension ONNXTensor {
    /// The tensor of a graph: its own elements, or those of the file.
    fileprivate init(
        _ proto: Onnx_TensorProto, from file: (_ fileName: String) throws(ONNXError) -> ONNXTensor
    ) throws(ONNXError) {
        func fault(_ reason: String) -> ONNXError { ONNXError("the tensor '\(proto.name.shown)' \(reason)") }
        let shape = proto.dims.map { Int($0) }
        guard proto.dataLocation == .external else {
            guard proto.hasRawData || shape.contains(0) else { throw fault("has no raw data") }
            let elements = proto.rawData
            self.init(type: proto.dataType, shape: shape, byteCount: elements.count) { body in
                try elements.withUnsafeBytes { try body($0) }
            }
            return
        }
        var values: [String: String] = [:]
        for pair in proto.externalData { values[pair.key] = pair.value }
        guard values.removeValue(forKey: "location") == ONNXFile.safetensorsLocation else {
            throw fault("is not in the same safetensors file")
        }
        let name = values["tensor"] ?? proto.name
        let tensor = try file(name)
        guard tensor.type == proto.dataType, tensor.shape == shape else {
            throw fault(
                "must be \(proto.dataType.title) of sizes \(shape), but '\(name.shown)' in the file is "
                    + "\(tensor.type.title) of sizes \(tensor.shape)")
        }
        self = tensor
    }
}

extension Onnx_TensorProto.DataType {
    /// The name of the type, such as `float`.
    fileprivate var title: String { "\(self)" }
}
