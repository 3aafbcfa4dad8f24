import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import ONNX

/// Files that must not reach an engine, each made from a valid one by a single change.
@Suite("Verification of ONNX files")
struct ONNXFileTests {
    /// A convolution, a pool and a linear layer, on pixels.
    func sound() -> Onnx_ModelProto {
        var model = Onnx_ModelProto()
        model.irVersion = 8
        var set = Onnx_OperatorSetIdProto()
        set.version = 17
        model.opsetImport = [set]
        var graph = Onnx_GraphProto()
        var input = Onnx_ValueInfoProto()
        input.name = "pixels"
        input.type.tensorType.elemType = .uint8
        input.type.tensorType.shape.dim = [nil, 8, 8, 3].map { size in
            var dimension = Onnx_TensorShapeProto.Dimension()
            if let size { dimension.dimValue = Int64(size) } else { dimension.dimParam = "N" }
            return dimension
        }
        graph.input = [input]
        var output = Onnx_ValueInfoProto()
        output.name = "logits"
        graph.output = [output]
        graph.initializer = [
            tensor("kernel", [4, 3, 3, 3]), tensor("bias", [4]), tensor("weight", [2, 4]), tensor("more", [2]),
            shape("shape", [-1, 4]),
        ]
        graph.node = [
            node("Cast", ["pixels"], "float", [attribute("to", 1)]),
            node("Transpose", ["float"], "chw", [attribute("perm", [0, 3, 1, 2])]),
            node(
                "Conv", ["chw", "kernel", "bias"], "map",
                [attribute("kernel_shape", [3, 3]), attribute("strides", [1, 1]), attribute("pads", [1, 1, 1, 1])]),
            node("GlobalAveragePool", ["map"], "pool"), node("Reshape", ["pool", "shape"], "row"),
            node("Gemm", ["row", "weight", "more"], "logits", [attribute("transB", 1)]),
        ]
        model.graph = graph
        model.metadataProps = [.init(key: "a", value: "b")]
        return model
    }

    func tensor(_ name: String, _ dims: [Int64], type: Onnx_TensorProto.DataType = .float) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dims = dims
        tensor.dataType = type
        tensor.rawData = Data(count: Int(dims.reduce(1, *)) * (type == .int64 ? 8 : 4))
        return tensor
    }

    func shape(_ name: String, _ values: [Int64]) -> Onnx_TensorProto {
        var tensor = tensor(name, [Int64(values.count)], type: .int64)
        tensor.rawData = values.map(\.littleEndian).withUnsafeBytes { Data($0) }
        return tensor
    }

    func node(
        _ type: String, _ inputs: [String], _ output: String, _ attributes: [Onnx_AttributeProto] = []
    ) -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        (node.opType, node.input, node.output, node.attribute) = (type, inputs, [output], attributes)
        return node
    }

    func attribute(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.i) = (name, .int, value)
        return attribute
    }

    private func attribute(_ name: String, _ values: [Int64]) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.ints) = (name, .ints, values)
        return attribute
    }

    /// Whether everything in the changed file is known; throws if it is refused.
    private func check(path: String? = nil, _ change: (inout Onnx_ModelProto) -> Void = { _ in }) throws -> Bool {
        var model = sound()
        change(&model)
        let bytes: [UInt8] = try model.serializedBytes()
        return try bytes.withUnsafeBytes { try ONNXFile($0).check(path: path) }
    }

    private func refusal(_ change: (inout Onnx_ModelProto) -> Void) -> String {
        do {
            _ = try check(change)
            return "(accepted)"
        } catch {
            return "\(error)"
        }
    }

    @Test("A valid file is accepted, and its input and metadata are read")
    func validFile() throws {
        #expect(try check())
        let bytes: [UInt8] = try sound().serializedBytes()
        let file = try bytes.withUnsafeBytes { try ONNXFile($0) }
        #expect(file.metadata == ["a": "b"])
        #expect(file.pixelSizes == [nil, 8, 8, 3])
    }

    @Test("NaN and infinite weights are named and counted")
    func nonFinite() {
        let raw = refusal { model in
            let values: [Float] = [1, .nan, -.infinity, 2]
            model.graph.initializer[1].rawData = values.withUnsafeBytes { Data($0) }
        }
        #expect(raw.contains("2 of 4 values of the tensor 'bias'"), "\(raw)")
        let list = refusal { model in
            // `float_data`, field 4, which Apus never writes: eight packed bytes.
            model.graph.initializer[3].clearRawData()
            let numbers: [Float] = [.infinity, 1]
            let field: [UInt8] = [0x22, 8] + numbers.withUnsafeBytes { Array($0) }
            if let bytes: [UInt8] = try? model.graph.initializer[3].serializedBytes(),
                let tensor = try? Onnx_TensorProto(serializedBytes: bytes + field)
            {
                model.graph.initializer[3] = tensor
            }
        }
        #expect(list.contains("1 of 2 values of the tensor 'more'"), "\(list)")
        // The same, unpacked, and `double_data`, field 10.
        for (number, numbers) in [
            (UInt8(0x25), [Float.infinity, .nan].map { withUnsafeBytes(of: $0, Array.init) }),
            (0x51, [Double.infinity, .nan].map { withUnsafeBytes(of: $0, Array.init) }),
        ] as [(UInt8, [[UInt8]])] {
            let single = refusal { model in
                model.graph.initializer[3].clearRawData()
                if number == 0x51 { model.graph.initializer[3].dataType = .double }
                let fields = numbers.flatMap { [number] + $0 }
                if let bytes: [UInt8] = try? model.graph.initializer[3].serializedBytes(),
                    let tensor = try? Onnx_TensorProto(serializedBytes: bytes + fields)
                {
                    model.graph.initializer[3] = tensor
                }
            }
            #expect(single.contains("2 of 2 values of the tensor 'more'"), "\(single)")
        }
        #expect(NonFiniteCount.of(UnsafeRawBufferPointer(start: nil, count: 0), type: 1) == 0)
        let halves: [UInt16] = [0x7C00, 0x7BFF, 0xFE00]
        #expect(halves.withUnsafeBytes { NonFiniteCount.of($0, type: 10) } == 2)
        #expect(halves.withUnsafeBytes { NonFiniteCount.of($0, type: 5) } == 0)
    }

    @Test("Every network that Apus writes is accepted, with internal and external weights")
    func ownFiles() throws {
        let golden = Goldens.url("onnx/network.onnx").path
        #expect(try ONNXFile(contentsOf: golden).check(path: golden))
    }

    @Test("Operators without inputs or attributes, or with wrong types, are refused")
    func operators() {
        #expect(refusal { $0.graph.node[1].opType = "Pad" }.contains("Pad '': it has 1 inputs, but needs at least 2"))
        #expect(refusal { $0.graph.node[2].input = ["chw"] }.contains("it has 1 inputs, but needs at least 2"))
        #expect(refusal { $0.graph.node[2].input = ["", "kernel"] }.contains("is missing, at position 1"))
        #expect(refusal { $0.graph.node[5].input.append("bias") }.contains("at most 3"))
        #expect(refusal { $0.graph.node[0].attribute = [] }.contains("'to' is missing"))
        #expect(refusal { $0.graph.node[0].attribute[0] = attribute("to", [1]) }.contains("wrong type"))
        #expect(refusal { $0.graph.node[0].attribute[0].type = .ints }.contains("another than the declared type"))
        #expect(
            refusal { $0.graph.node[3].attribute = [attribute("axis", 1)] }.contains(
                "which this operator does not have"))
        #expect(refusal { $0.graph.node[5].attribute += [attribute("transB", 0)] }.contains("twice"))
    }

    @Test("Cycles, undefined names and names defined twice are refused")
    func graph() {
        #expect(refusal { $0.graph.node[1].input = ["row"] }.contains("not computed before"))
        #expect(refusal { $0.graph.node[1].input = ["chw"] }.contains("not computed before"))
        #expect(refusal { $0.graph.node[4].output = ["map"] }.contains("occurs twice"))
        #expect(refusal { $0.graph.initializer[1].name = "kernel" }.contains("occurs twice"))
        #expect(refusal { $0.graph.output[0].name = "nothing" }.contains("never computed"))
        #expect(refusal { $0.graph.output = [] }.contains("has no outputs"))
    }

    @Test("Tensors have the number of values that their shape requires")
    func tensors() {
        #expect(refusal { $0.graph.initializer[0].dims = [4, 3, 3, 4] }.contains("needs 576 bytes, but has 432"))
        #expect(refusal { $0.graph.initializer[0].dims = [1 << 40, 1 << 40] }.contains("invalid sizes"))
        #expect(refusal { $0.graph.initializer[0].dims = [-1, 3] }.contains("invalid sizes"))
        #expect(refusal { $0.graph.initializer[1].clearRawData() }.contains("4 elements, but has 0"))
        #expect(refusal { $0.graph.initializer[0].dims = Array(repeating: 1, count: 17) }.contains("16 dimensions"))
    }

    @Test("Invalid windows, permutations and sizes beyond memory are refused")
    func sizes() {
        #expect(refusal { $0.graph.node[2].attribute[0] = attribute("kernel_shape", [5, 5]) }.contains("kernel_shape"))
        #expect(
            refusal { $0.graph.node[2].attribute[1] = attribute("strides", [0, 1]) }.contains("are not a valid window"))
        #expect(
            refusal { $0.graph.node[2].attribute[2] = attribute("pads", [1 << 40, 1, 1, 1]) }.contains(
                "not a valid window"))
        #expect(refusal { $0.graph.node[2].attribute.append(attribute("group", 3)) }.contains("3 groups"))
        #expect(refusal { $0.graph.node[2].attribute.append(attribute("group", 0)) }.contains("0 groups"))
        #expect(refusal { $0.graph.initializer[1] = tensor("bias", [5]) }.contains("bias"))
        #expect(
            refusal { $0.graph.node[1].attribute[0] = attribute("perm", [0, 3, 3, 2]) }.contains("not a permutation"))
        #expect(
            refusal { $0.graph.initializer[4] = shape("shape", [1 << 20, 1 << 20]) }.contains("too large"))
        #expect(refusal { $0.graph.initializer[4] = shape("shape", [-5, 4]) }.contains("too large"))
    }

    @Test("Operators of newer or other sets are skipped and reported as unknown")
    func unknownOperators() throws {
        #expect(try !check { $0.graph.node[3].opType = "Novelty" })
        #expect(try !check { $0.opsetImport[0].version = 99 })
    }

    @Test("Invalid bytes and truncated models are refused")
    func damage() throws {
        let bytes: [UInt8] = try sound().serializedBytes()
        for count in 0..<bytes.count - 40 {
            #expect(throws: ONNXError.self, "\(count)") {
                try Array(bytes[..<count]).withUnsafeBytes { try ONNXFile($0).check(path: nil) }
            }
        }
        // A loop is a graph in an attribute, regardless of its contents.
        let loop: [UInt8] =
            [0x3A, 0x0E, 0x0A, 0x0C, 0x22, 0x02] + Array("If".utf8) + [0x2A, 0x06, 0x0A, 0x01, 0x67, 0x32, 0x01, 0x00]
        #expect(throws: ONNXError.self) { try loop.withUnsafeBytes { try ONNXFile($0).check(path: nil) } }
    }

    @Test("Sparse tensors and types as attributes are refused") func otherAttributes() throws {
        // The fields `sparse_tensor` (22) and `tp` (14), each empty, and the type (20).
        for (field, type) in [([0xB2, 1], 11), ([0x72], 13)] as [([UInt8], UInt8)] {
            let bytes: [UInt8] = [0x0A, 12] + Array("sparse_value".utf8) + field + [0, 0xA0, 1, type]
            let attribute = try Onnx_AttributeProto(serializedBytes: bytes)
            for operation in ["Constant", "Unknown"] {
                let refusal = refusal { $0.graph.node.append(node(operation, [], "constant", [attribute])) }
                #expect(refusal.contains("'sparse_value' is a sparse tensor or a type"), "\(refusal)")
            }
        }
    }

    @Test("Fields that readers understand differently are refused") func ambiguousFields() {
        // The sizes [1], float, and four bytes.
        let tensor: [UInt8] = [0x08, 1, 0x10, 1, 0x4A, 4, 0, 0, 0, 0]
        func accepts(_ content: [UInt8], in fields: [UInt8]) -> Bool {
            let bytes = fields.reversed().reduce(content) { [$1, UInt8($0.count)] + $0 }
            return (try? bytes.withUnsafeBytes { try ONNXFile($0) }) != nil
        }
        // The place of a tensor of the graph: here, in a file, and values that some readers take for one of these or
        // omit.
        let place: UInt8 = 0x70
        #expect(accepts(tensor + [place, 0], in: [0x3A, 0x2A]) && accepts(tensor + [place, 1], in: [0x3A, 0x2A]))
        #expect(!accepts(tensor + [place, 1, place, 2], in: [0x3A, 0x2A]))
        #expect(!accepts(tensor + [place, 0x81, 0x80, 0x80, 0x80, 0x10], in: [0x3A, 0x2A]))
        // A second type, which some readers do not know.
        #expect(!accepts(tensor + [0x10, 4], in: [0x3A, 0x2A]))
        // An operator's attribute with one tensor, and with two, which some readers merge.
        let (name, type, field): ([UInt8], [UInt8], UInt8) = ([0x0A, 1, 0x76], [0xA0, 1, 4], 0x2A)
        let value = [field, UInt8(tensor.count)] + tensor
        #expect(accepts(name + value + type, in: [0x3A, 0x0A, 0x2A]))
        #expect(!accepts(name + value + value + type, in: [0x3A, 0x0A, 0x2A]))
    }

    @Test("External weights must be complete and inside the file's folder, despite links and dots")
    func external() throws {
        try withTemporaryFolder { folder in
            let inner = folder.appending(path: "model")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            try Data(count: 100).write(to: inner.appending(path: "weights.bin"))
            try Data(count: 100).write(to: folder.appending(path: "secret"))
            try FileManager.default.createSymbolicLink(
                atPath: inner.appending(path: "link").path, withDestinationPath: "../secret")
            let path = inner.appending(path: "network.onnx").path
            func place(_ location: String, offset: String = "0", length: String? = nil) -> String {
                do {
                    let isKnown = try check(path: path) { model in
                        model.graph.initializer[3].clearRawData()
                        model.graph.initializer[3].dataLocation = .external
                        model.graph.initializer[3].externalData =
                            [.init(key: "location", value: location), .init(key: "offset", value: offset)]
                            + (length.map { [.init(key: "length", value: $0)] } ?? [])
                    }
                    return isKnown ? "" : "unknown"
                } catch {
                    return "\(error)"
                }
            }
            #expect(place("weights.bin") == "")
            #expect(place("weights.bin", offset: "92", length: "8") == "")
            #expect(place("weights.bin", offset: "96").contains("which has 100"))
            #expect(place("weights.bin", length: "9").contains("needs 8 bytes, but declares 9"))
            #expect(place("weights.bin", offset: "-4").contains("not a number of bytes"))
            #expect(place("weights.bin", offset: "9223372036854775807").contains("which has 100"))
            // Two numbers from the ninth byte on, one of them infinite.
            let numbers: [Float] = [.nan, 0, 1, -.infinity]
            try numbers.withUnsafeBytes { try Data($0).write(to: inner.appending(path: "wrong.bin")) }
            #expect(place("wrong.bin", offset: "4") == "")
            #expect(place("wrong.bin", offset: "8").contains("1 of 2 values of the tensor 'more' are NaN or infinite"))
            #expect(place("missing.bin").contains("does not exist"))
            #expect(place("link").contains("outside the model's folder"))
            // ONNX Runtime and OpenVINO would read memory at the offset, although the file exists.
            for folder in ["*", "*/_ORT_MEM_ADDR_", "*/_ORT_NATIVE_ENDIAN_MEM_ADDR_"] {
                try FileManager.default.createDirectory(
                    at: inner.appending(path: folder), withIntermediateDirectories: true)
                try Data(count: 100).write(to: inner.appending(path: "\(folder)/*"))
                #expect(place("\(folder)/*").contains("a memory address instead of a file"), "\(folder)")
            }
            #expect(place("_ORT_NEW_MEM_ADDR_").contains("a memory address instead of a file"))
            for location in ["../secret", "/etc/passwd", "", ".", "a/../../secret", "a//b", "..", "a\\b"] {
                #expect(place(location).contains("must be a file in the model's folder"), "\(location)")
            }
            // A folder is not a file.
            try FileManager.default.createDirectory(
                at: inner.appending(path: "sub"), withIntermediateDirectories: true)
            #expect(place("sub").contains("not a regular file"))
        }
    }
}
