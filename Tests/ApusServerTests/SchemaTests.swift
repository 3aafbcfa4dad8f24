import Classifier
import Foundation
import Platform
import Serving
import TestSupport
import Testing

@testable import ApusServer

/// `docs/schemas` describe what a server answers and logs.
@Suite("Schemas of answers") struct SchemaTests {
    private func text(of value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }

    @Test("Predictions fit their schema, and so do images of a list that failed") func predictions() async throws {
        let schema = try JSONSchema("serve-classify")
        try await HTTPTestServer.run(
            configure: { $0.limits.maxPixels = 500 }, explainer: { _, _, _, _ in [1, 2, 3] }
        ) { server in
            for query in ["", "?top=1&crops=five&logits=true&explain=grad-cam"] {
                let answer = try await server.ask("POST", "/classify\(query)", body: TestImages.png)
                #expect(answer.status == 200)
                #expect(try schema.problems(in: answer.text) == [])
            }
            let files = [("a.png", TestImages.png), ("b.txt", Array("nonsense".utf8)), ("c.png", TestImages.large)]
            let list = try await server.ask(
                "POST", "/classify", TestImages.formType, body: TestImages.form(files.map { ($0.0, $0.1) })
            ).list
            #expect(list.map { $0["code"] as? String } == [nil, "unreadableImage", "imageTooLarge"])
            for item in list { #expect(try schema.problems(in: text(of: item)) == []) }
        }
    }

    @Test("The models fit their schema, ready or not") func models() async throws {
        let schema = try JSONSchema("serve-models")
        let gate = Gate()
        try await HTTPTestServer.run(
            configure: { $0.models.append(try ModelSpecification(name: "broken", model: nowhere)) },
            waitsForModels: false,
            open: { path in
                await gate.pass()
                return try await ImageClassifier(contentsOf: path)
            }
        ) { server in
            let loading = try await server.ask("GET", "/v1/models")
            gate.open()
            await server.events.wait(for: 2)
            let loaded = try await server.ask("GET", "/v1/models")
            for (answer, states) in [(loading, ["loading", "loading"]), (loaded, ["ready", "failed"])] {
                #expect(try schema.problems(in: answer.text) == [])
                let models = try #require(answer.json["models"] as? [[String: Any]])
                #expect(models.map { $0["state"] as? String } == states)
            }
            let one = try await server.ask("GET", "/v1/models/flowers")
            #expect(try schema.problems(in: "{\"models\": [\(one.text)]}") == [])
        }
    }

    @Test("Errors and the access log fit their schemas, over HTTP and gRPC") func failures() async throws {
        let (errors, lines) = (try JSONSchema("serve-error"), try JSONSchema("serve-log"))
        let folder = try TemporaryFolder()
        // The key is `open sesame`.
        let keys = try folder.write(
            "keys", "alice:41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb".utf8)
        let trace = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
        try await HTTPTestServer.run(configure: { $0.security.apiKeys = keys }) { server in
            let key = ["X-API-Key": "open sesame"].merging(trace) { $1 }
            for (method, path, headers, status) in [
                ("GET", "/nothing", [:], 404), ("GET", "/classify", [:], 405), ("POST", "/classify", [:], 401),
                ("POST", "/classify", key, 400), ("POST", "/v2/models/flowers/infer", key, 400),
                ("POST", "/classify?explain=grad-cam", key, 400), ("GET", "/v1/models/roses", key, 404),
            ] as [(String, String, [String: String], Int)] {
                let answer = try await server.ask(method, path, headers)
                #expect(answer.status == status, "\(method) \(path)")
                #expect(try errors.problems(in: answer.text) == [], "\(method) \(path)")
            }
            #expect(try await server.ask("POST", "/classify", key, body: TestImages.png).status == 200)
            let log = server.log.withLock { $0 }
            #expect(log.count == 8 && log.contains { $0.contains("alice") && $0.contains("\"trace\"") })
            for line in log { #expect(try lines.problems(in: line) == [], "\(line)") }
        }
        let written = Monitor<[String]>([])
        AccessLog(.json) { line in written.update { $0.append(line) } }.log(
            AccessLog.Entry(id: "1", method: "gRPC", path: "/service/Method", code: "ok", milliseconds: 1.5))
        let line = try #require(written.withLock { $0.first })
        #expect(try lines.problems(in: line) == [] && !line.contains("status"))
    }
}
