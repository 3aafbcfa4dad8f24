import ApusClient
import Foundation
import TestSupport
import Testing

/// What the client sends, and what it makes of answers. Tests of the server use it with real ones.
@Suite("The client of a server") struct ServerClientTests {
    private static let answer = """
        {"explanation":"iVBORw==","file":"image","index":1,"label":"bee","milliseconds":2.5,"model":"insects",\
        "name":"honey bee","probability":0.75,"top":[{"index":1,"label":"bee","name":"honey bee","probability":0.75}],\
        "unknown":true,"version":"2"}
        """
    private static let failure = """
        {"code":"imageTooLarge","error":"the image has too many pixels","file":"image-2","model":"insects",\
        "version":"2"}
        """

    private func code(of body: () async throws -> some Sendable) async -> ClientError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? ClientError)?.code
        }
    }

    @Test("An image is sent as it is, with the key and the options, and the answer has its values")
    func image() async throws {
        let path = "/v1/models/in%20sects/versions/2/classify?top=3&crops=five&explain=grad-cam%2B%2B&logits=true"
        let server = try LoopbackServer([
            path: .kept(status: 200, Self.answer), "/classify": .kept(status: 200, Self.answer),
        ])
        defer { server.stop() }
        let client = try ServerClient(url: server.url("/"), apiKey: "secret")
        let bytes: [UInt8] = [0xFF, 0xD8, 0x0D, 0x0A]
        let result = try await client.classify(
            Data(bytes), top: 3, crops: .five, explanation: "grad-cam++", includesLogits: true, model: "in sects",
            version: "2")
        #expect(result.model == "insects" && result.version == "2" && result.file == "image")
        #expect(result.label == "bee" && result.displayName == "honey bee" && result.index == 1)
        #expect(result.probability == 0.75 && result.top.map(\.label) == ["bee"] && result.isRejected)
        #expect(result.explanation == [0x89, 0x50, 0x4E, 0x47] && result.logits == nil && result.labels == nil)
        let request = try #require(server.received.first)
        #expect(request.lines.first == "POST \(path) HTTP/1.1" && request.body == bytes)
        #expect(request.lines.contains("Authorization: Bearer secret"))
        #expect(request.lines.contains("Content-Type: application/octet-stream"))

        _ = try await ServerClient(url: server.url("")).classify(bytes)
        #expect(server.received.last?.lines.first == "POST /classify HTTP/1.1")
        #expect(server.received.last?.lines.contains { $0.hasPrefix("Authorization") } == false)
    }

    @Test("Several images are sent as a form, and each has its own result")
    func images() async throws {
        let server = try LoopbackServer(["/classify": .kept(status: 200, "[\(Self.answer),\(Self.failure)]")])
        defer { server.stop() }
        let client = try ServerClient(url: server.url(""))
        let images: [[UInt8]] = [[1, 13, 10, 2], [45, 45]]
        let results = try await client.classify(images)
        #expect(try results[0].get().label == "bee")
        #expect(throws: ClientError.self) { try results[1].get() }
        guard case .failure(let error) = results[1] else { return }
        #expect(error.code == .imageTooLarge && error.message == "the image has too many pixels")

        let request = try #require(server.received.first)
        let prefix = "Content-Type: multipart/form-data; boundary="
        let boundary = try #require(request.lines.first { $0.hasPrefix(prefix) }).dropFirst(prefix.count)
        let parts = images.enumerated().map { number, bytes in
            Array(
                """
                --\(boundary)\r
                Content-Disposition: form-data; name="image"; filename="image-\(number + 1)"\r
                Content-Type: application/octet-stream\r
                \r\n
                """.utf8) + bytes + [13, 10]
        }
        #expect(request.body == parts.flatMap(\.self) + Array("--\(boundary)--\r\n".utf8))

        #expect(try await client.classify([[UInt8]]()).isEmpty && server.received.count == 1)
        let fewer = await code { try await client.classify(images + images) }
        #expect(fewer == .unexpectedAnswer)
    }

    @Test("A list of one image has one result, also if the image is unreadable")
    func oneImage() async throws {
        let server = try LoopbackServer([
            "/classify": .sequence([
                .kept(status: 200, Self.answer),
                .kept(status: 400, #"{"code":"unreadableImage","error":"the image is damaged"}"#),
                .kept(status: 400, #"{"code":"invalidRequest","error":"top must be at least 1"}"#),
            ])
        ])
        defer { server.stop() }
        let client = try ServerClient(url: server.url(""))
        #expect(try await client.classify([[1]]).map { try $0.get().label } == ["bee"])
        let results = try await client.classify([[1]])
        #expect(throws: ClientError.self) { try results[0].get() }
        let invalid = await code { try await client.classify([[1]]) }
        #expect(invalid == .invalidRequest)
    }

    @Test("An error of the server has its code, status and waiting time")
    func errors() async throws {
        let server = try LoopbackServer([
            "/classify": .sequence([
                .kept(status: 429, headers: ["Retry-After: 3"], #"{"code":"queueFull","error":"the queue is full"}"#),
                .kept(status: 501, #"{"code":"noExplanations","error":"no explanations"}"#),
                .kept(status: 502, "<html>Bad Gateway</html>"), .kept(status: 200, "<html>Welcome</html>"),
            ])
        ])
        defer { server.stop() }
        let client = try ServerClient(url: server.url(""))
        let full = await #expect(throws: ClientError.self) { try await client.classify([UInt8]()) }
        #expect(full?.code == .queueFull && full?.status == 429 && full?.retryAfter == 3)
        #expect(full?.message == "the queue is full" && full?.isTransient == true)
        let other = await #expect(throws: ClientError.self) { try await client.classify([UInt8]()) }
        #expect(other?.code == .noExplanations && other?.retryAfter == nil && other?.isTransient == false)
        let proxy = await #expect(throws: ClientError.self) { try await client.classify([UInt8]()) }
        #expect(proxy?.code == .unexpectedAnswer && proxy?.status == 502 && proxy?.isTransient == true)
        let page = await #expect(throws: ClientError.self) { try await client.classify([UInt8]()) }
        #expect(page?.code == .unexpectedAnswer && page?.status == 200 && page?.isTransient == false)
    }

    @Test("Models are listed, also those that are not ready")
    func models() async throws {
        let model =
            #"{"classes":["ant","bee"],"inputSize":224,"isMultiLabel":false,"name":"a","state":"ready","version":"2"}"#
        let failed = #"{"message":"its file is damaged","name":"b","state":"failed","version":"1"}"#
        let server = try LoopbackServer([
            "/v1/models": .kept(status: 200, #"{"models":[\#(model),\#(failed)]}"#),
            "/v1/models/a": .kept(status: 200, model),
            "/v1/models/c": .kept(status: 404, #"{"code":"notFound","error":"no model is called 'c'"}"#),
            "/v2/health/ready": .sequence([.status(503), .kept(status: 200, "{}"), .status(401)]),
        ])
        defer { server.stop() }
        let client = try ServerClient(url: server.url(""))
        let models = try await client.models()
        #expect(models.map(\.state) == [.ready, .failed] && models[1].message == "its file is damaged")
        #expect(models[0].classes == ["ant", "bee"] && models[0].inputSize == 224 && models[1].classes == nil)
        #expect(try await client.model("a") == models[0])
        let missing = await code { try await client.model("c") }
        #expect(missing == .notFound)
        #expect(try await !client.isReady())
        #expect(try await client.isReady())
        let refused = await #expect(throws: ClientError.self) { try await client.isReady() }
        #expect(refused?.status == 401)
    }

    @Test("What goes wrong on the way has codes, too")
    func way() async throws {
        for url in ["localhost:8080", "file:///etc/passwd", "http://host/?a=b", ""] {
            let error = #expect(throws: ClientError.self) { try ServerClient(url: url) }
            #expect(error?.code == .invalidURL, "\(url)")
        }
        let server = try LoopbackServer(["/classify": .stalled([1], length: 9)])
        defer { server.stop() }
        let slow = try ServerClient(url: server.url(""), timeout: .milliseconds(300))
        #expect(await code { try await slow.classify([1]) } == .tooSlow)
        let closed = try ServerClient(url: LoopbackServer.closed)
        #expect(await code { try await closed.isReady() } == .unreachable)
        let forging = try ServerClient(url: LoopbackServer.closed, apiKey: "a\r\nHost: b")
        #expect(await code { try await forging.isReady() } == .invalidRequest)
        #expect(await code { try await closed.classify([1], version: "2") } == .invalidRequest)

        let patient = try ServerClient(url: server.url(""))
        let task = Task { try await patient.classify([1]) }
        cancel(task) { server.requests.count == 2 }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
