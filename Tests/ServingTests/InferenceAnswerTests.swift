import Foundation
import TestSupport
import Testing

@testable import Serving

/// Answers of the Open Inference Protocol, version 2, and what a server reports of its models.
@Suite("Inference answers") struct InferenceAnswerTests {
    private func answer(_ outputs: String, id: String = "\"é\\\"\\n\"") throws -> InferenceAnswer {
        let json = """
            {"id":\(id),"outputs":[\(outputs)],
             "inputs":[{"name":"image","shape":[2],"datatype":"BYTES","data":["QQ==","QQ=="]}]}
            """
        let request = try InferenceRequest(body: Array(json.utf8), headerLength: nil, side: 2, maxImages: 4)
        return InferenceAnswer(
            model: "m\"", version: "1", request: request,
            results: .init(
                labels: ["ant", "bée"], indices: [0, 1], probabilities: [0.75, 0.25, 1e-30, 1],
                logits: [1.5, -2, .infinity, .nan]))
    }

    private struct Body: Decodable {
        struct Output: Decodable {
            struct Parameters: Decodable {
                var binary_data_size: Int?
            }

            var name, datatype: String
            var shape: [Int]
            var parameters: Parameters?
        }

        var model_name, model_version: String
        var id: String?
        var outputs: [Output]
    }

    /// The values of an output in JSON.
    private struct Values<Element: Decodable>: Decodable {
        struct Output: Decodable {
            var data: [Element]
        }

        var outputs: [Output]
    }

    @Test("An answer in JSON has the model, the identifier and the outputs in the order of the request")
    func json() throws {
        let (bytes, headerLength) = try answer(#"{"name":"label"},{"name":"index"},{"name":"probabilities"}"#).body()
        #expect(headerLength == nil)
        let body = try JSON.decode(Body.self, String(decoding: bytes, as: UTF8.self))
        #expect(body.model_name == "m\"" && body.model_version == "1" && body.id == "é\"\n")
        #expect(body.outputs.map(\.name) == ["label", "index", "probabilities"])
        #expect(body.outputs.map(\.datatype) == ["BYTES", "INT64", "FP32"])
        #expect(body.outputs.map(\.shape) == [[2, 1], [2, 1], [2, 2]])
        #expect(body.outputs.allSatisfy { $0.parameters == nil })
        #expect(
            try answer("", id: "null").body().bytes.starts(
                with: #"{"model_name":"m\"","model_version":"1","outputs""#.utf8))
    }

    @Test("Values in JSON are exact, and those that are no numbers are null")
    func values() throws {
        func values<Element: Decodable>(_ output: String, _ type: Element.Type) throws -> [Element] {
            let bytes = try answer("{\"name\":\"\(output)\"}").body().bytes
            return try JSON.decode(Values<Element>.self, String(decoding: bytes, as: UTF8.self)).outputs[0].data
        }
        #expect(try values("probabilities", Float.self) == [0.75, 0.25, 1e-30, 1])
        #expect(try values("logits", Float?.self) == [1.5, -2, nil, nil])
        #expect(try values("label", String.self) == ["ant", "bée"])
        #expect(try values("index", Int.self) == [0, 1])
    }

    @Test("Binary data follows the JSON in the order of the outputs")
    func binary() throws {
        let outputs =
            #"{"name":"label","parameters":{"binary_data":true}},{"name":"index"},"#
            + #"{"name":"logits","parameters":{"binary_data":true}}"#
        let (bytes, headerLength) = try answer(outputs).body()
        let length = try #require(headerLength)
        let body = try JSON.decode(Body.self, String(decoding: bytes[..<length], as: UTF8.self))
        #expect(body.outputs.map { $0.parameters?.binary_data_size } == [15, nil, 16])
        let label: [UInt8] = [3, 0, 0, 0] + Array("ant".utf8) + [4, 0, 0, 0] + Array("bée".utf8)
        let logits: [UInt8] = [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0x80, 0x7F, 0, 0, 0xC0, 0x7F]
        #expect(Array(bytes[length...]) == label + logits)
        #expect(try answer(outputs).bytes(.index) == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(try answer(outputs).bytes(.probabilities).prefix(8) == [0, 0, 0x40, 0x3F, 0, 0, 0x80, 0x3E])
    }

    @Test("The metadata are those of the protocol")
    func metadata() throws {
        #expect(
            try JSON.encode(ServerMetadata(version: "1.2"))
                == #"{"extensions":["binary_tensor_data"],"name":"apus","version":"1.2"}"#)
        let model = ModelMetadata(name: "pets", versions: ["1", "2"], side: 224, classes: 37)
        #expect(model.name == "pets" && model.versions == ["1", "2"] && model.platform == "openvino")
        #expect(model.inputs.map(\.name) == ["image", "pixels"])
        #expect(model.inputs.map(\.datatype) == ["BYTES", "UINT8"])
        #expect(model.inputs.map(\.shape) == [[-1], [-1, 224, 224, 3]])
        #expect(model.outputs.map(\.name) == ["probabilities", "logits", "label", "index"])
        #expect(model.outputs.map(\.datatype) == ["FP32", "FP32", "BYTES", "INT64"])
        #expect(model.outputs.map(\.shape) == [[-1, 37], [-1, 37], [-1, 1], [-1, 1]])
    }
}
