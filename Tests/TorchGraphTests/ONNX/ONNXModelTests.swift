import Foundation
import SwiftProtobuf
import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

@testable import ONNX
@testable import TorchGraph

@Suite("ONNX models")
struct ONNXModelTests {
    /// A convolution, batch normalization, a sum and a head: `[N, 3, 8, 8]` to `[N, 5]`.
    private final class Small: Module {
        let conv: Conv2d
        let norm: BatchNorm2d
        let fc: Linear

        init() throws {
            conv = try Conv2d(3, 4, kernelSize: 3, padding: 1)
            norm = try BatchNorm2d(4)
            fc = try Linear(4, 5)
        }

        func forward(_ input: Tensor) throws -> Tensor {
            let x = try norm(conv(input)).relu()
            return try fc((x + x).mean(dims: [2, 3]))
        }
    }

    private static func model(_ bytes: [UInt8]) throws -> Onnx_ModelProto {
        try Onnx_ModelProto(serializedBytes: bytes)
    }

    private func small(_ metadata: [String: String] = [:]) throws -> (network: Small, model: ONNXModel) {
        let network = try Formula.fill(Small())
        network.eval()
        return (network, try ONNXModel(Graph(tracing: network, inputShape: [3, 8, 8]), metadata: metadata))
    }

    @Test("A file has versions, metadata, inputs and outputs with a free batch, and operators by module")
    func structure() async throws {
        try await TensorActor.run {
            let metadata = ["classes": #"["cat","dög"]"#, "apus.preprocessing": "{}"]
            let model = try Self.model(small(metadata).model.bytes())
            #expect(model.irVersion == 8)
            #expect(model.producerName == "Apus")
            #expect(model.opsetImport.map(\.version) == [17])
            #expect(model.metadataProps.map(\.key) == ["apus.preprocessing", "classes"])
            #expect(model.metadataProps.map(\.value) == ["{}", #"["cat","dög"]"#])

            let graph = model.graph
            #expect(graph.node.map(\.opType) == ["Conv", "BatchNormalization", "Relu", "Add", "ReduceMean", "Gemm"])
            #expect(
                graph.node.map(\.name) == [
                    "conv/Conv", "norm/BatchNormalization", "Relu", "Add", "ReduceMean", "fc/Gemm",
                ])
            #expect(graph.node[0].input == ["input", "conv.weight", "conv.bias"])
            #expect(
                graph.node[1].input.dropFirst() == [
                    "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
                ])
            #expect(graph.node[5].output == ["logits"])
            let pads = try #require(graph.node[0].attribute.first { $0.name == "pads" })
            #expect(pads.type == .ints)
            #expect(pads.ints == [1, 1, 1, 1])
            let epsilon = try #require(graph.node[1].attribute.first { $0.name == "epsilon" })
            #expect(epsilon.type == .float)
            #expect(epsilon.f == Float(1e-5))

            #expect(graph.input.map(\.name) == ["input"])
            #expect(graph.input[0].type.tensorType.elemType == .float)
            let dimensions = graph.input[0].type.tensorType.shape.dim
            #expect(dimensions.map(\.dimParam) == ["N", "", "", ""])
            #expect(dimensions.map(\.dimValue) == [0, 3, 8, 8])
            #expect(graph.output[0].type.tensorType.shape.dim.map(\.dimValue) == [0, 5])
        }
    }

    @Test("Parameters have the state dict's names, shapes and bits, and unused ones are left out")
    func parameters() async throws {
        try await TensorActor.run {
            let (network, model) = try small()
            let tensors = try Self.model(model.bytes()).graph.initializer
            let state = network.stateDict.filter { !$0.name.hasSuffix("num_batches_tracked") }
            #expect(Set(tensors.map(\.name)) == Set(state.map(\.name)))
            for (name, tensor) in state {
                let written = try #require(tensors.first { $0.name == name })
                #expect(written.dims.map(Int.init) == tensor.shape)
                #expect(written.dataType == .float)
                #expect(written.dataLocation == .default)
                try tensor.withUnsafeBytes { #expect(written.rawData.elementsEqual($0), "\(name)") }
            }
        }
    }

    @Test("A file holds the bytes of the model, replaces an older one, and needs an existing folder")
    func file() async throws {
        try await TensorActor.run {
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "network.onnx").path
                try Data("old".utf8).write(to: URL(filePath: path))
                let model = try small().model
                try model.write(to: path)
                let written = try Data(contentsOf: URL(filePath: path))
                #expect(try written.dropLast(ONNXChecksum.byteCount).elementsEqual(model.bytes()))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["network.onnx"])
                #expect(throws: FileError.self) { try model.write(to: folder.path + "/none/network.onnx") }
            }
        }
    }

    @Test("A flipped bit anywhere in a file is noticed")
    func flippedBits() async throws {
        try await TensorActor.run {
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "network.onnx").path
                try small(["classes": "[]"]).model.write(to: path)
                #expect(try ONNXModel.readMetadata(of: path) == ["classes": "[]"])
                let whole = try Data(contentsOf: URL(filePath: path))
                // The last digits belong to the checksum.
                let places = Array(stride(from: 0, to: whole.count - ONNXChecksum.byteCount, by: 7)) + [whole.count - 1]
                for place in places {
                    var damaged = whole
                    damaged[place] ^= 1 << (place % 8)
                    try damaged.write(to: URL(filePath: path))
                    let error = #expect(throws: ONNXError.self, "byte \(place)") { try ONNXFile(contentsOf: path) }
                    #expect(error.map { "\($0)".contains("checksum does not match") } == true)
                }
            }
        }
    }

    @Test("External weights are stored in a second file at the given offsets")
    func dataFile() async throws {
        try await TensorActor.run {
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "network.onnx").path
                let (network, model) = try small()
                try model.write(to: path, limit: 1000)
                let data = try Data(contentsOf: URL(filePath: path + ".data"))
                let tensors = try Self.model(Array(Data(contentsOf: URL(filePath: path)))).graph.initializer
                #expect(tensors.count == 8)
                let state = Dictionary(uniqueKeysWithValues: network.stateDict.map { ($0.name, $0.tensor) })
                for written in tensors {
                    #expect(written.dataLocation == .external)
                    #expect(!written.hasRawData)
                    let place = Dictionary(uniqueKeysWithValues: written.externalData.map { ($0.key, $0.value) })
                    #expect(place["location"] == "network.onnx.data")
                    let offset = try #require(place["offset"].flatMap { Int($0) })
                    let length = try #require(place["length"].flatMap { Int($0) })
                    try #require(state[written.name]).withUnsafeBytes {
                        #expect(data[offset..<offset + length].elementsEqual($0), "\(written.name)")
                    }
                }
            }
        }
    }

    @Test("A flipped bit in the weights file is noticed, and the error names the file")
    func flippedBitsInDataFile() async throws {
        try await TensorActor.run {
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "network.onnx").path
                try small(["classes": "[]"]).model.write(to: path, limit: 1000)
                let file = try ONNXFile(contentsOf: path)
                #expect(file.metadata == ["classes": "[]"])
                #expect(try file.check(path: path))
                let whole = try Data(contentsOf: URL(filePath: path + ".data"))
                for place in [0, whole.count / 2, whole.count - 1] {
                    var damaged = whole
                    damaged[place] ^= 1
                    try damaged.write(to: URL(filePath: path + ".data"))
                    let error = #expect(throws: ONNXError.self) { try file.check(path: path) }
                    #expect(
                        error.map { "\($0)" }
                            == "the checksum of the weights in \(path).data does not match")
                }
            }
        }
    }

    @Test("An Apus file that another program has changed and rewritten is read", arguments: [1000, 1_000_000])
    func rewritten(limit: Int) async throws {
        try await TensorActor.run {
            try withTemporaryFolder { folder in
                let path = folder.appending(path: "network.onnx").path
                try small(["classes": "[]"]).model.write(to: path, limit: limit)
                var model = try Self.model(Array(Data(contentsOf: URL(filePath: path))))
                model.graph.node[0].name = "another"
                try Data(model.serializedBytes() as [UInt8]).write(to: URL(filePath: path))
                let file = try ONNXFile(contentsOf: path)
                #expect(file.metadata == ["classes": "[]"])
                // The other program can also put other weights next to it.
                if limit == 1000 {
                    var data = try Data(contentsOf: URL(filePath: path + ".data"))
                    data[0] ^= 1
                    try data.write(to: URL(filePath: path + ".data"))
                }
                #expect(try file.check(path: path))
            }
        }
    }

    /// The smallest network of each family and of each kind of block.
    private static let lightest = [
        "alexnet", "vgg11_bn", "resnet18", "resnet50", "densenet121", "googlenet", "inception_v3", "mnasnet0_5",
        "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "efficientnet_b0",
        "efficientnet_v2_s", "convnext_tiny", "regnet_y_400mf", "vit_b_32", "swin_t", "swin_v2_t", "small_cnn",
    ]

    @Test("Every network is written with known operators and named parameters", arguments: lightest)
    func networks(_ name: String) async throws {
        try await TensorActor.run {
            let architecture = try #require(Architecture.named(name))
            let network = try architecture.makeNetwork(classes: 7)
            network.eval()
            let side = architecture.preprocessing.cropSize
            let model = try ONNXModel(Graph(tracing: network, inputShape: [3, side, side]))
            // Auxiliary heads are not part of evaluation.
            let names = network.stateDict.map(\.name)
                .filter { !$0.hasSuffix("num_batches_tracked") && !$0.lowercased().hasPrefix("aux") }
            let written = Set(model.initializers.map(\.name))
            #expect(written.isSuperset(of: names))
            // In addition only numbers, sizes, and the masks of shifted windows.
            let others = model.initializers.filter { !names.contains($0.name) }.map(\.tensor)
            #expect(
                others.allSatisfy {
                    $0.shape.isEmpty || $0.type == .int64 || (name.hasPrefix("swin") && $0.shape.count == 4)
                })
            let nodes = model.message.graph.node
            #expect(Set(nodes.map(\.name)).count == nodes.count)
            #expect(nodes.last?.output == ["logits"])
        }
    }

    // MARK: - Unsupported networks

    private final class Body: Module {
        private let body: (Tensor) throws -> Tensor
        init(_ body: @escaping (Tensor) throws -> Tensor) { self.body = body }
        func forward(_ input: Tensor) throws -> Tensor { try body(input) }
    }

    private final class Outer: Module {
        let inner: Body
        init(_ inner: Body) { self.inner = inner }
        func forward(_ input: Tensor) throws -> Tensor { try inner(input) }
    }

    @Test("The error for an operator without an ONNX counterpart gives module and shapes")
    func unknownOperator() async throws {
        try await TensorActor.run {
            let network = Outer(Body { try Operator("aten::cumsum")($0, 1) })
            let graph = try Graph(tracing: network, inputShape: [6])
            let error = #expect(throws: ONNXError.self) { try ONNXModel(graph) }
            let text = error?.description ?? ""
            #expect(text.contains("aten::cumsum(float32[N, 6], 1) in 'inner'"))
        }
    }

    @Test("Dropout and batch normalization in training mode are refused with advice")
    func training() async throws {
        try await TensorActor.run {
            for module: any Module in [Outer(Body { try Dropout()($0) }), try BatchNorm2d(3)] {
                let graph = try Graph(tracing: module, inputShape: [3, 4, 4])
                let error = #expect(throws: ONNXError.self) { try ONNXModel(graph) }
                #expect(error?.description.contains("set the network to evaluation mode first") == true)
            }
        }
    }

    @Test("Input and output names must match in number and be unique")
    func names() async throws {
        try await TensorActor.run {
            let network = try Small()
            network.eval()
            let graph = try Graph(tracing: network, inputShape: [3, 8, 8])
            #expect(throws: ONNXError.self) { try ONNXModel(graph, inputs: []) }
            #expect(throws: ONNXError.self) { try ONNXModel(graph, outputs: ["a", "b"]) }
            #expect(throws: ONNXError.self) { try ONNXModel(graph, inputs: ["x"], outputs: ["x"]) }
            #expect(throws: ONNXError.self) { try ONNXModel(graph, outputs: ["fc.weight"]) }
        }
    }

    @Test("An output that is an input or a parameter goes through an Identity node")
    func identity() async throws {
        try await TensorActor.run {
            let through = try ONNXModel(Graph(tracing: Body { $0 }, inputShape: [3])).message.graph
            #expect(through.node.map(\.opType) == ["Identity"])
            #expect(through.node[0].input == ["input"])
            #expect(through.node[0].output == ["logits"])
        }
    }
}
