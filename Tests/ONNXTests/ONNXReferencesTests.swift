import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import ONNX

/// Graphs as in model files, which are completed with the tensors of the same file.
@Suite("Graphs whose tensors are in a safetensors file")
struct ONNXReferencesTests {
    private let base = ONNXFileTests()

    /// A model with different numbers in each tensor.
    private func model(_ change: (inout Onnx_ModelProto) -> Void = { _ in }) -> ONNXModel {
        var message = base.sound()
        for index in message.graph.initializer.indices where message.graph.initializer[index].dataType == .float {
            let count = message.graph.initializer[index].rawData.count / 4
            let values = (0..<count).map { Float(100 * index + $0) }
            message.graph.initializer[index].rawData = values.withUnsafeBytes { Data($0) }
        }
        change(&message)
        let tensors = message.graph.initializer.map { ($0.name, tensor($0)) }
        message.graph.initializer = []
        return ONNXModel(message: message, initializers: tensors)
    }

    private func tensor(_ proto: Onnx_TensorProto) -> ONNXTensor {
        let data = proto.rawData
        return ONNXTensor(type: proto.dataType, shape: proto.dims.map { Int($0) }, byteCount: data.count) { body in
            try data.withUnsafeBytes { try body($0) }
        }
    }

    /// The graph of a model in a file that has all tensors except the shape. One of them has another name there.
    private func graph(_ model: ONNXModel) throws -> [UInt8] {
        try model.graph { name, _ in name == "shape" ? nil : name == "weight" ? "head.weight" : name }
    }

    private func complete(_ graph: [UInt8], with model: ONNXModel) throws(ONNXError) -> ONNXModel {
        try ONNXModel(graph: graph) { name throws(ONNXError) in
            guard let found = model.initializers.first(where: { $0.name == (name == "head.weight" ? "weight" : name) })
            else { throw ONNXError("no '\(name)'") }
            return found.tensor
        }
    }

    @Test("A graph has no weights, and gives the same model with the tensors of the file")
    func roundTrip() throws {
        let original = model()
        let bytes = try graph(original)
        #expect(try ONNXFile(graph: bytes).checkGraph())
        #expect(try bytes.count < original.bytes().count)
        let proto = try Onnx_ModelProto(serializedBytes: bytes)
        #expect(proto.metadataProps.isEmpty)
        let pairs = proto.graph.initializer.map { $0.externalData.map { "\($0.key)=\($0.value)" } }
        let here = "location=apus:safetensors"
        #expect(pairs == [[here], [here], [here, "tensor=head.weight"], [here], []])
        #expect(proto.graph.initializer.map(\.hasRawData) == [false, false, false, false, true])
        let completed = try complete(bytes, with: original)
        #expect(try completed.bytes() == original.with(metadata: [:]).bytes())
        #expect(try completed.with(metadata: ["a": "b"]).bytes() == original.bytes())
        #expect(try graph(completed) == bytes)
    }

    @Test("A temporary file is a complete model") func temporaryFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "network.onnx").path
            try model().writeTemporary(to: path)
            #expect(try ONNXFile(contentsOf: path).check(path: path))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["network.onnx"])
        }
    }

    @Test("Large constants with equal elements are stored once") func sharedConstants() throws {
        let masks = model { model in
            for (index, dims) in [[256], [256], [16, 16]].enumerated() {
                model.graph.initializer.append(base.tensor("mask\(index)", dims.map(Int64.init)))
                model.graph.node.insert(base.node("Relu", ["mask\(index)"], "use\(index)"), at: 0)
            }
            // Too small to matter.
            for name in ["one", "two"] { model.graph.initializer.append(base.tensor(name, [1])) }
        }
        let bytes = try masks.graph { name, tensor in name == "shape" || tensor.byteCount == 1024 ? nil : name }
        let proto = try Onnx_ModelProto(serializedBytes: bytes)
        #expect(proto.graph.initializer.map(\.name).suffix(4) == ["mask0", "mask2", "one", "two"])
        #expect(proto.graph.node.prefix(3).map(\.input) == [["mask2"], ["mask0"], ["mask0"]])
        #expect(try ONNXFile(graph: bytes).checkGraph())
    }

    private func refusal(_ change: (inout Onnx_ModelProto) -> Void) throws -> String {
        let original = model()
        var proto = try Onnx_ModelProto(serializedBytes: graph(original))
        change(&proto)
        let bytes: [UInt8] = try proto.serializedBytes()
        do {
            _ = try ONNXFile(graph: bytes).checkGraph()
        } catch {
            return "checked: \(error)"
        }
        do {
            _ = try complete(bytes, with: original)
            return "(accepted)"
        } catch {
            return "completed: \(error)"
        }
    }

    @Test("Tensors in other places are refused") func otherPlaces() throws {
        for location in ["weights.bin", "", "*/_ORT_MEM_ADDR_/*", "apus:safetensors/..", "/etc/passwd"] {
            let refusal = try refusal { $0.graph.initializer[0].externalData[0].value = location }
            #expect(refusal.contains("the tensor 'kernel' is at '\(location)', not in the same safetensors file"))
            #expect(refusal.hasPrefix("checked"))
        }
        for key in ["offset", "length", "checksum"] {
            let refusal = try refusal { $0.graph.initializer[0].externalData.append(.init(key: key, value: "432")) }
            #expect(refusal.contains("not in the same safetensors file"), "\(key): \(refusal)")
        }
        let twice = try refusal {
            $0.graph.initializer[0].externalData.append(.init(key: "location", value: "apus:safetensors"))
        }
        #expect(twice.contains("two values for 'location'"), "\(twice)")
        let both = try refusal { $0.graph.initializer[1].rawData = Data(count: 16) }
        #expect(both.contains("values both in the file and in an external file"), "\(both)")
        // An attribute of an operator: fields 1, 5 (the tensor) and 20 (the type).
        let attribute = try refusal { model in
            let tensor: [UInt8]? = try? model.graph.initializer[1].serializedBytes()
            guard let tensor, tensor.count < 128 else { return }
            let bytes = [0x0A, 5] + Array("value".utf8) + [0x2A, UInt8(tensor.count)] + tensor + [0xA0, 1, 4]
            guard let attribute = try? Onnx_AttributeProto(serializedBytes: bytes) else { return }
            model.graph.node.append(base.node("Constant", [], "constant", [attribute]))
        }
        #expect(attribute.contains("Constant '': the tensor 'bias' is in an external file"), "\(attribute)")
    }

    @Test("Tensors that the file does not have, or has with another type or shape, are refused")
    func mismatches() throws {
        let missing = try refusal { $0.graph.initializer[2].externalData[1].value = "other" }
        #expect(missing == "completed: no 'other'")
        let renamed = try refusal { $0.graph.initializer[2].externalData.removeLast() }
        #expect(renamed == "(accepted)")
        let shape = try refusal { $0.graph.initializer[3].dims = [1, 2] }
        #expect(shape.contains("'more' must be float of sizes [1, 2], but 'more' in the file is float of sizes [2]"))
        let type = try refusal { $0.graph.initializer[3].dataType = .int32 }
        #expect(type.contains("'more' must be int32 of sizes [2], but 'more' in the file is float of sizes [2]"))
        // Integers in `int64_data`, field 7.
        let list = try refusal { model in
            model.graph.initializer[4].clearRawData()
            if let bytes: [UInt8] = try? model.graph.initializer[4].serializedBytes(),
                let tensor = try? Onnx_TensorProto(serializedBytes: bytes + [0x38, 1, 0x38, 4])
            {
                model.graph.initializer[4] = tensor
            }
        }
        #expect(list == "completed: the tensor 'shape' has no raw data")
    }

    @Test("Damaged graphs are refused or complete") func damage() throws {
        let original = model()
        let bytes = try graph(original)
        func attempt(_ bytes: [UInt8]) {
            if (try? ONNXFile(graph: bytes).checkGraph()) != nil, let completed = try? complete(bytes, with: original) {
                #expect(throws: Never.self) { try completed.bytes() }
            }
        }
        for count in bytes.indices { attempt(Array(bytes[..<count])) }
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                attempt(changed)
            }
        }
    }

    @Test("The ends of a classifier are its pixels and its logits") func ends() throws {
        func ends(_ change: (inout Onnx_ModelProto) -> Void = { _ in }) throws -> String? {
            let bytes = try graph(
                model { model in
                    model.graph.output[0].type.tensorType.elemType = .float
                    model.graph.output[0].type.tensorType.shape.dim = ([0, 2] as [Int64]).map { size in
                        var dimension = Onnx_TensorShapeProto.Dimension()
                        if size > 0 { dimension.dimValue = size } else { dimension.dimParam = "N" }
                        return dimension
                    }
                    change(&model)
                })
            return try ONNXFile(graph: bytes).classifierEnds.map { ends in
                func text(_ sizes: [Int?]) -> String {
                    sizes.map { $0.map { String($0) } ?? "N" }.joined(separator: " ")
                }
                return "\(ends.input.name) \(text(ends.input.sizes)), \(ends.output.name) \(text(ends.output.sizes))"
            }
        }
        #expect(try ends() == "pixels N 8 8 3, logits N 2")
        #expect(try ends { $0.graph.input[0].type.tensorType.elemType = .float } == nil)
        #expect(try ends { $0.graph.output[0].type.tensorType.elemType = .double } == nil)
        #expect(try ends { $0.graph.output.append($0.graph.output[0]) } == nil)
    }
}
