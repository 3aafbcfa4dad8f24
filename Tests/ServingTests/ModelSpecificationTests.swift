import Foundation
import Testing

@testable import Serving

@Suite("Models to serve, as arguments") struct ModelSpecificationTests {
    @Test(
        "An argument has a file or a network, and optionally a name and a version",
        arguments: [
            ("flowers.safetensors", "flowers", "1", "flowers.safetensors"),
            ("models/Flowers v2.onnx", "Flowers-v2", "1", "models/Flowers v2.onnx"),
            ("mobilenet_v2", "mobilenet_v2", "1", "mobilenet_v2"),
            ("net.int8.onnx", "net.int8", "1", "net.int8.onnx"),
            ("runs/pets/best.safetensors", "pets", "1", "runs/pets/best.safetensors"),
            ("runs/pets/last.safetensors", "pets", "1", "runs/pets/last.safetensors"),
            ("best.safetensors", "best", "1", "best.safetensors"),
            ("../best.safetensors", "best", "1", "../best.safetensors"),
            ("pets=best.safetensors", "pets", "1", "best.safetensors"),
            ("pets@2=runs/lr=0.1/best.safetensors", "pets", "2", "runs/lr=0.1/best.safetensors"),
            ("runs/lr=0.1/best.safetensors", "lr-0.1", "1", "runs/lr=0.1/best.safetensors"),
            ("./lr=0.1.onnx", "lr-0.1", "1", "./lr=0.1.onnx"),
        ])
    func arguments(_ argument: String, name: String, version: String, model: String) throws {
        let found = try ModelSpecification(argument: argument)
        #expect((found.name, found.version, found.model) == (name, version, model))
    }

    @Test(
        "Names and versions that can't be part of a URL are refused",
        arguments: ["", "=a.onnx", "a=", "a@=b.onnx", "a@1@2=b.onnx", "a b=c.onnx", "..=a.onnx", "a%2F=b.onnx"])
    func invalid(_ argument: String) {
        let error = #expect(throws: ServingError.self) { try ModelSpecification(argument: argument) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("A configuration file has arguments, or objects with the same parts") func json() throws {
        func decode(_ text: String) throws -> ModelSpecification {
            try JSONDecoder().decode([ModelSpecification].self, from: Data("[\(text)]".utf8))[0]
        }
        let expected = try ModelSpecification(name: "pets", version: "2", model: "a.onnx")
        #expect(try decode(#""pets@2=a.onnx""#) == expected)
        #expect(try decode(#"{"name": "pets", "version": "2", "model": "a.onnx"}"#) == expected)
        #expect(try decode(#"{"model": "a.onnx"}"#) == ModelSpecification(name: "a", model: "a.onnx"))
        #expect(try decode(String(decoding: JSONEncoder().encode(expected), as: UTF8.self)) == expected)
        let error = #expect(throws: ServingError.self) { try decode(#"{"model": "a.onnx", "path": "b"}"#) }
        #expect(error?.message.contains("'path'") == true)
        #expect(throws: ServingError.self) { try decode(#"{"model": "a.onnx", "name": "a/b"}"#) }
        #expect(throws: DecodingError.self) { try decode(#"{"name": "a"}"#) }
    }
}
