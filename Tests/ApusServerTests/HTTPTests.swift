import Classifier
import Foundation
import Images
import Platform
import Serving
import TestSupport
import Testing

@testable import ApusServer

@Suite("Answers over HTTP") struct HTTPTests {
    /// What `apus predict --format json` prints for an image, without the time.
    private func prediction(of image: [UInt8], named name: String = "image", top: Int = 5) async throws -> String {
        let classifier = try await ImageClassifier(contentsOf: HTTPTestServer.model)
        let text = try jsonText(try await classifier.predict(image, named: name, top: top))
        var object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        object["milliseconds"] = nil
        return try self.text(of: object)
    }

    private func text(of object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
    }

    /// The prediction in an answer, without what only servers add.
    private func prediction(in answer: [String: Any]) throws -> String {
        #expect(answer["model"] as? String == "flowers" && answer["version"] as? String == "1")
        #expect(answer["milliseconds"] as? Double ?? 0 > 0)
        return try text(of: answer.filter { !["model", "version", "milliseconds"].contains($0.key) })
    }

    @Test("An image, a form and JSON have the answer of the command predict") func classify() async throws {
        let expected = try await prediction(of: TestImages.large)
        let named = try await prediction(of: TestImages.large, named: "a.png", top: 2)
        let base64 = Data(TestImages.large).base64EncodedString()
        try await HTTPTestServer.run { server in
            let image = try await server.ask("POST", "/classify", body: TestImages.large)
            #expect(image.status == 200 && image.headers["content-type"] == "application/json")
            #expect(try prediction(in: image.json) == expected)
            for path in ["/v1/models/flowers/classify", "/v1/models/flowers/versions/1/classify"] {
                let typed = try await server.ask("POST", path, ["Content-Type": "image/png"], body: TestImages.large)
                #expect(try prediction(in: typed.json) == expected)
            }
            let form = TestImages.form([("a.png", TestImages.large)], fields: ["top": "2"])
            let upload = try await server.ask("POST", "/classify", TestImages.formType, body: form)
            #expect(try prediction(in: upload.json) == named)
            let json = try await server.ask(
                "POST", "/classify?top=2", ["Content-Type": "application/json"],
                body: Array("{\"image\": {\"name\": \"a.png\", \"data\": \"\(base64)\"}}".utf8))
            #expect(try prediction(in: json.json) == named)
        }
    }

    @Test("Of several images, only the broken one fails") func list() async throws {
        let expected = try await prediction(of: TestImages.png, named: "a.png")
        try await HTTPTestServer.run { server in
            let files = [("a.png", TestImages.png), ("b.png", Array("nonsense".utf8)), ("c.png", TestImages.large)]
            let answer = try await server.ask(
                "POST", "/classify", TestImages.formType, body: TestImages.form(files.map { ($0.0, $0.1) }))
            #expect(answer.status == 200)
            try #require(answer.list.count == 3)
            #expect(try prediction(in: answer.list[0]) == expected)
            let failure = answer.list[1]
            #expect(failure["file"] as? String == "b.png" && failure["code"] as? String == "unreadableImage")
            #expect(failure["error"] is String && failure["label"] == nil && failure["model"] as? String == "flowers")
            #expect(answer.list[2]["file"] as? String == "c.png")
            let one = try await server.ask("POST", "/classify", body: Array("nonsense".utf8))
            #expect(one.status == 400 && one.code == "unreadableImage")
        }
    }

    @Test("The Open Inference Protocol in JSON and with binary tensors") func inference() async throws {
        let classifier = try await ImageClassifier(contentsOf: HTTPTestServer.model)
        let expected = try await classifier.predict(TestImages.png, top: 3)
        let base64 = Data(TestImages.png).base64EncodedString()
        try await HTTPTestServer.run { server in
            let metadata = try await server.ask("GET", "/v2/models/flowers")
            #expect(metadata.json["versions"] as? [String] == ["1"] && metadata.json["name"] as? String == "flowers")
            let body =
                "{\"id\":\"7\",\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],"
                + "\"data\":[\"\(base64)\"]}]}"
            let json = try await server.ask("POST", "/v2/models/flowers/infer", body: Array(body.utf8))
            #expect(json.status == 200 && json.json["id"] as? String == "7", "\(json.text)")
            let outputs = try #require(json.json["outputs"] as? [[String: Any]])
            #expect(outputs.map { $0["name"] as? String } == ["probabilities", "label", "index"])
            #expect(outputs[1]["data"] as? [String] == [expected.label])
            let probabilities = try #require(outputs[0]["data"] as? [Double]).map(Float.init)
            #expect(expected.top.allSatisfy { probabilities[$0.index] == Float($0.probability) })

            let count = TestImages.png.count
            let head = Array(
                ("{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"parameters\":"
                    + "{\"binary_data_size\":\(count + 4)}}],\"outputs\":[{\"name\":\"probabilities\","
                    + "\"parameters\":{\"binary_data\":true}}]}").utf8)
            let tensor = withUnsafeBytes(of: UInt32(count).littleEndian, Array.init) + TestImages.png
            let binary = try await server.ask(
                "POST", "/v2/models/flowers/versions/1/infer", ["Inference-Header-Content-Length": "\(head.count)"],
                body: head + tensor)
            let length = try #require(binary.headers["inference-header-content-length"].flatMap { Int($0) })
            #expect(binary.headers["content-type"] == "application/octet-stream")
            let values = binary.body[length...].withUnsafeBytes { bytes in
                (0..<3).map { Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
            }
            #expect(values == probabilities)

            let broken = try await server.ask(
                "POST", "/v2/models/flowers/infer", body: Array(body.replacing(base64, with: "AAAA").utf8))
            #expect(broken.status == 400 && broken.code == "unreadableImage")
        }
    }

    private static let failures: [(method: String, path: String, status: Int, code: String)] = [
        ("GET", "/nothing", 404, "notFound"), ("GET", "/v1/models/roses", 404, "notFound"),
        ("GET", "/v1/models/flowers/versions/9", 404, "notFound"), ("GET", "/v2/models/flowers/x", 404, "notFound"),
        ("GET", "/v1/models/flowers/versions", 404, "notFound"), ("GET", "/%zz", 404, "notFound"),
        ("POST", "/v1/models/roses/classify", 404, "notFound"), ("GET", "/classify", 405, "methodNotAllowed"),
        ("POST", "/v1/models", 405, "methodNotAllowed"), ("HEAD", "/classify", 405, "methodNotAllowed"),
        ("OPTIONS", "/classify", 405, "methodNotAllowed"), ("POST", "/classify", 400, "invalidRequest"),
        ("POST", "/classify?top=0", 400, "invalidRequest"),
        ("POST", "/classify?explain=grad-cam", 501, "noExplanations"),
        ("POST", "/v2/models/flowers/infer", 400, "invalidRequest"),
    ]

    @Test("Errors have their status, a code and a message", arguments: failures)
    func failure(method: String, path: String, status: Int, code: String) async throws {
        try await HTTPTestServer.run { server in
            let body = path.contains("explain") || path.contains("top") ? TestImages.png : []
            let answer = try await server.ask(method, path, body: body)
            #expect(answer.status == status, "\(answer.text)")
            guard method != "HEAD" else { return #expect(answer.headers["allow"] == "POST") }
            #expect(answer.code == code && answer.json["error"] is String && answer.json.count == 2)
            #expect((answer.headers["allow"] != nil) == (status == 405))
            let line = try #require(server.log.withLock { $0.last })
            #expect(line.contains("\"code\":\"\(code)\"") && line.contains("\"status\":\(status)"))
        }
    }

    @Test("A content type and an encoding that are not supported") func mediaTypes() async throws {
        try await HTTPTestServer.run { server in
            for headers in [["Content-Type": "text/plain"], ["Content-Encoding": "gzip"]] {
                let answer = try await server.ask("POST", "/classify", headers, body: TestImages.png)
                #expect(answer.status == 415 && answer.code == "unsupportedMediaType")
            }
        }
    }

    @Test("The page and its files, also for HEAD") func page() async throws {
        try await HTTPTestServer.run { server in
            let files = [
                "/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript", "/docs": "text/html",
                "/docs.js": "text/javascript", "/openapi.json": "application/json",
            ]
            for (path, type) in files {
                let answer = try await server.ask("GET", path)
                #expect(answer.status == 200 && !answer.body.isEmpty, "\(path)")
                #expect(answer.headers["content-type"]?.hasPrefix(type) == true, "\(path)")
                let policy = try #require(answer.headers["content-security-policy"])
                #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
                #expect(!policy.contains("unsafe"))
                let connection = try await RawConnection(server.port)
                let head = try await connection.ask("HEAD", path)
                #expect(head.status == 200 && head.headers["content-length"] == "\(answer.body.count)")
                // No byte of a body follows.
                #expect(try await connection.ask("GET", "/v2/health/live").json["live"] as? Bool == true)
            }
        }
    }

    @Test("Requests are counted and logged, without contents") func observation() async throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        try await HTTPTestServer.run { server in
            let answer = try await server.ask(
                "POST", "/classify?top=1", ["X-Request-Id": "abc-1", "traceparent": "00-\(trace)-00f067aa0ba902b7-01"],
                body: TestImages.png)
            #expect(answer.headers["x-request-id"] == "abc-1")
            let line = try #require(server.log.withLock { $0.last })
            let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(entry["id"] as? String == "abc-1" && entry["trace"] as? String == trace)
            #expect(entry["path"] as? String == "/classify" && entry["status"] as? Int == 200)
            #expect(entry["received"] as? Int == TestImages.png.count && entry["sent"] as? Int == answer.body.count)
            #expect(entry["client"] as? String == "127.0.0.1" && entry["milliseconds"] as? Double ?? 0 > 0)

            let unsafe = try await server.ask("GET", "/v2/health/live", ["X-Request-Id": "a\"b"])
            #expect(unsafe.headers["x-request-id"]?.utf8.count == 32)
            let metrics = try await server.ask("GET", "/metrics")
            let expected = [
                "apus_http_requests_total{code=\"200\",method=\"POST\",route=\"/classify\"} 1\n",
                "apus_http_request_duration_seconds_count{route=\"/classify\"} 1\n",
                "apus_model_state{model=\"flowers\",state=\"ready\",version=\"1\"} 1\n", "apus_queue_length 0\n",
                "rejected=\"false\",version=\"1\"} 1\n", "apus_decode_seconds_count",
            ]
            for part in expected { #expect(metrics.text.contains(part), "\(part)") }
        }
    }

    @Test("The server is ready when its models are, and one that fails does not affect the others")
    func readiness() async throws {
        let gate = Gate()
        try await HTTPTestServer.run(
            configure: { $0.models.append(try ModelSpecification(name: "broken", model: nowhere)) },
            waitsForModels: false,
            open: { path in
                await gate.pass()
                return try await ImageClassifier(contentsOf: path)
            }
        ) { server in
            #expect(try await server.ask("GET", "/v2/health/live").status == 200)
            let early = try await server.ask("GET", "/v2/health/ready")
            #expect(early.status == 503 && early.code == "notReady" && early.headers["retry-after"] == "1")
            let refused = try await server.ask("POST", "/v1/models/flowers/classify", body: TestImages.png)
            #expect(refused.status == 503 && refused.code == "notReady")
            gate.open()
            await server.events.wait(for: 2)
            #expect(try await server.ask("GET", "/v2/health/ready").json["ready"] as? Bool == true)
            #expect(try await server.ask("GET", "/v2/models/flowers/ready").status == 200)
            #expect(try await server.ask("POST", "/v1/models/flowers/classify", body: TestImages.png).status == 200)
            let broken = try await server.ask("POST", "/v1/models/broken/classify", body: TestImages.png)
            #expect(broken.status == 503 && !broken.text.contains(nowhere))
            let models = try #require(try await server.ask("GET", "/v1/models").json["models"] as? [[String: Any]])
            #expect(models.map { $0["state"] as? String } == ["ready", "failed"])
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 404)
        }
    }

    @Test("Explanations, and errors whose reasons clients must not see") func explanation() async throws {
        let explainer: Explainer = { model, image, index, method in
            if method == "fail" { throw FileError(path: "/secret/file", operation: "read", code: 2) }
            return Array("\(model.name) \(image.count) \(index) \(method)".utf8)
        }
        try await HTTPTestServer.run(explainer: explainer) { server in
            let answer = try await server.ask("POST", "/classify?explain=grad-cam", body: TestImages.png)
            let text = try #require((answer.json["explanation"] as? String).flatMap { Data(base64Encoded: $0) })
            let index = try #require(answer.json["index"] as? Int)
            #expect(String(decoding: text, as: UTF8.self) == "flowers \(TestImages.png.count) \(index) grad-cam")
            let failure = try await server.ask("POST", "/classify?explain=fail", body: TestImages.png)
            #expect(failure.status == 500 && failure.code == "internalError" && !failure.text.contains("secret"))
            #expect(server.messages.withLock { $0.contains { $0.contains("/secret/file") } })
        }
    }
}
