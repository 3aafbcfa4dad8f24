import Classifier
import Foundation
import TestSupport
import Testing

@testable import Serving

@Suite("Configurations of servers") struct ServingConfigurationTests {
    private func read(_ text: String) throws -> ServingConfiguration {
        let folder = try TemporaryFolder()
        return try ServingConfiguration.read(folder.write("serve.json", text.utf8))
    }

    private func error(_ text: String) -> ApusError? {
        #expect(throws: ApusError.self) { try read(text) }
    }

    @Test("A file changes the settings that it has, and leaves the others at their defaults") func file() throws {
        var expected = ServingConfiguration()
        #expect(try read("{}") == expected)
        expected.models = [try ModelSpecification(name: "pets", version: "2", model: "a.onnx")]
        (expected.host, expected.port, expected.grpcPort, expected.reload) = ("::1", 0, nil, true)
        (expected.limits.timeout, expected.limits.maxBody) = (.milliseconds(2500), 1000)
        (expected.compute.maxBatch, expected.compute.batchDelay) = (16, .milliseconds(2))
        expected.security.allowedOrigin = "https://example.org"
        (expected.observation.metricsPort, expected.observation.accessLog) = (9090, .json)
        let found = try read(
            """
            {
              "models": ["pets@2=a.onnx"], "host": "::1", "port": 0, "grpcPort": null, "reload": true,
              "limits": {"timeout": 2.5, "maxBody": 1000},
              "compute": {"maxBatch": 16, "batchDelay": 0.002},
              "security": {"allowedOrigin": "https://example.org"},
              "observation": {"metricsPort": 9090, "accessLog": "json"}
            }
            """)
        #expect(found == expected)
    }

    @Test("A configuration that is written and read is the same") func roundTrip() throws {
        var configuration = ServingConfiguration()
        configuration.grpcPort = nil
        configuration.limits.drain = .milliseconds(1500)
        configuration.security.apiKeys = "keys"
        let text = try String(decoding: JSONEncoder().encode(configuration), as: UTF8.self)
        #expect(text.contains(#""drain":1.5"#) && text.contains(#""grpcPort":null"#))
        #expect(text.contains("apiKeys") && !text.contains("tlsKey") && !text.contains("metricsPort"))
        #expect(try read(text) == configuration)
    }

    @Test("An unknown setting is refused, with the name that was likely meant") func unknown() {
        let nested = error(#"{"limits": {"maxbody": 5}}"#)
        #expect(nested?.code == .invalidConfiguration && nested?.name == "limits.maxbody")
        #expect(nested?.suggestions == ["maxBody"])
        #expect(error(#"{"ports": 5}"#)?.suggestions == ["port"])
        #expect(error(#"{"zzzzzzzzz": 5}"#)?.description.contains("grpcPort") == true)
    }

    @Test(
        "A setting with an invalid value is named",
        arguments: [
            (#"{"port": "http"}"#, "port"), (#"{"port": 65536}"#, "port"), (#"{"port": null}"#, "port"),
            (#"{"grpcPort": -1}"#, "grpcPort"), (#"{"host": ""}"#, "host"), (#"{"reload": 1}"#, "reload"),
            (#"{"models": "a.onnx"}"#, "models"), (#"{"models": [{"name": "a"}]}"#, "models"),
            (#"{"models": ["a b=c.onnx"]}"#, "models"), (#"{"limits": 5}"#, "limits"),
            (#"{"limits": {"timeout": 0}}"#, "limits.timeout"), (#"{"limits": {"timeout": 1e300}}"#, "limits.timeout"),
            (#"{"limits": {"timeout": "10s"}}"#, "limits.timeout"),
            (#"{"limits": {"maxQueue": 0}}"#, "limits.maxQueue"),
            (#"{"compute": {"batchDelay": -1}}"#, "compute.batchDelay"),
            (#"{"security": {"allowedOrigin": "example.org"}}"#, "security.allowedOrigin"),
            (#"{"security": {"allowedOrigin": "https://example.org/"}}"#, "security.allowedOrigin"),
            (#"{"security": {"allowedOrigin": "https://"}}"#, "security.allowedOrigin"),
            (#"{"security": {"apiKeys": null}}"#, "security.apiKeys"),
            (#"{"observation": {"metricsPort": null}}"#, "observation.metricsPort"),
            (#"{"observation": {"accessLog": "xml"}}"#, "observation.accessLog"),
        ])
    func invalid(_ text: String, name: String) {
        let error = error(text)
        #expect(error?.code == .invalidConfiguration && error?.name == name)
    }

    @Test("A file that is missing or not a JSON object is an error with its path") func unreadable() throws {
        let missing = #expect(throws: ApusError.self) { try ServingConfiguration.read(nowhere) }
        #expect(missing?.code == .unreadableFile && missing?.path == nowhere)
        #expect(error("{")?.code == .damagedFile)
        #expect(error("[]")?.code == .invalidConfiguration)
    }

    @Test("Values that a program sets are checked, too") func validation() throws {
        func name(_ change: (inout ServingConfiguration) throws -> Void) throws -> String? {
            var configuration = ServingConfiguration()
            try change(&configuration)
            let error = #expect(throws: ApusError.self) { try configuration.validate() }
            return error?.name
        }
        try ServingConfiguration().validate()
        #expect(try name { $0.limits.maxPixels = 0 } == "limits.maxPixels")
        #expect(try name { $0.compute.workers = -1 } == "compute.workers")
        #expect(try name { $0.security.tlsKey = "key.pem" } == "security.tlsKey")
        #expect(try name { $0.grpcPort = $0.port } == "port")
        let model = try ModelSpecification(name: "a", model: "a.onnx")
        #expect(try name { $0.models = [model, try ModelSpecification(name: "a", model: "b.onnx")] } == "models")
        var configuration = ServingConfiguration()
        configuration.models = [model, try ModelSpecification(name: "a", version: "2", model: "a.onnx")]
        (configuration.port, configuration.grpcPort, configuration.observation.metricsPort) = (0, 0, 0)
        try configuration.validate()
    }

    @Test("Codes have the status of HTTP, and unknown ones are failures of the server") func status() {
        #expect(ServingError(.imageTooLarge, "").status == 413 && ServingError(.queueFull, "").status == 429)
        #expect(ServingError(.draining, "").status == 503 && ServingError(.deadlineExceeded, "").status == 504)
        #expect(ServingError(.init(rawValue: "other"), "").status == 500)
    }
}
