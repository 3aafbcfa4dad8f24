import Classifier
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import NIOPosix
import Platform
import ServiceLifecycle
import SwiftProtobuf
import TestSupport
import Testing

@testable import ApusServer
@testable import Serving

/// A server of the network of `scripts/goldens/model_file.py`, for images of 12 x 12 pixels.
private struct TestServer: Sendable {
    let service: ClassificationService
    let metrics: PrometheusMetrics
    let address: (host: String, port: Int)
    let group: ServiceGroup

    /// Runs a server for the body.
    ///
    /// - Parameters:
    ///   - keys: the API keys.
    ///   - observe: a function that the threads of the pool call before an answer.
    ///   - configure: changes the configuration.
    static func run(
        keys: APIKeys? = nil, observe: @escaping @Sendable () -> Void = {},
        configure: (inout ServingConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = ServingConfiguration()
        configuration.grpcPort = 0
        let file = Goldens.url("models/graph.safetensors").path
        configuration.models = [try ModelSpecification(name: "flowers", version: "1", model: file)]
        configure(&configuration)
        let registry = ModelRegistry(configuration.models, workers: 2) { try await ImageClassifier(contentsOf: $0) }
        await registry.load()
        let metrics = PrometheusMetrics()
        let limits = configuration.limits
        let pool = try ComputePool(
            .init(workers: 2, maximumQueue: limits.maxQueue, maximumPixels: limits.maxPixels)
        ) { _, _ in observe() }
        defer { pool.close() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = ClassificationService(
            registry: registry, pool: pool, configuration: configuration, metrics: ServerMetrics(factory: metrics),
            logger: logger)
        let (addresses, continuation) = AsyncStream<(String, Int)>.makeStream()
        let server = try GRPCService(service, keys: keys, on: .singletonMultiThreadedEventLoopGroup) {
            continuation.yield(($0, $1))
        }
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            if let address = await addresses.first(where: { _ in true }) {
                try await body(TestServer(service: service, metrics: metrics, address: address, group: group))
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    private init(
        service: ClassificationService, metrics: PrometheusMetrics, address: (String, Int), group: ServiceGroup
    ) {
        (self.service, self.metrics, self.address, self.group) = (service, metrics, address, group)
    }

    /// Runs a client for the body.
    func withClient<Result: Sendable>(
        _ security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext,
        _ body: (TestClient) async throws -> Result
    ) async throws -> Result {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: address.host, port: address.port), transportSecurity: security)
        return try await withGRPCClient(transport: transport) { try await body(TestClient(client: $0)) }
    }
}

/// A client of the Open Inference Protocol.
private struct TestClient: Sendable {
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    /// Calls a method with a message, or with bytes in its place.
    func call<Response: SwiftProtobuf.Message>(
        _ method: String, _ message: some MessageBytes, _ response: Response.Type = Response.self,
        metadata: Metadata = [:], timeout: Duration? = nil
    ) async throws -> Response {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = false
        return try await client.unary(
            request: ClientRequest(message: try message.bytes, metadata: metadata),
            descriptor: MethodDescriptor(fullyQualifiedService: "inference.GRPCInferenceService", method: method),
            serializer: BytesSerializer(), deserializer: ProtobufDeserializer<Response>(), options: options
        ) { try $0.message }
    }

    func infer(
        _ request: Inference_ModelInferRequest, metadata: Metadata = [:], timeout: Duration? = nil
    ) async throws -> Inference_ModelInferResponse {
        try await call("ModelInfer", request, metadata: metadata, timeout: timeout)
    }

    /// The error of a request.
    func error(
        _ request: some MessageBytes, method: String = "ModelInfer", metadata: Metadata = [:], timeout: Duration? = nil
    ) async -> RPCError? {
        await #expect(throws: RPCError.self) {
            try await call(method, request, Inference_ModelInferResponse.self, metadata: metadata, timeout: timeout)
        }
    }
}

/// A message as bytes, which need not be valid.
private protocol MessageBytes: Sendable { var bytes: [UInt8] { get throws } }
extension Array: MessageBytes where Element == UInt8 { fileprivate var bytes: [UInt8] { self } }
extension SwiftProtobuf.Message where Self: MessageBytes {
    fileprivate var bytes: [UInt8] { get throws { try serializedBytes() } }
}
extension Inference_ServerLiveRequest: MessageBytes {}
extension Inference_ServerReadyRequest: MessageBytes {}
extension Inference_ServerMetadataRequest: MessageBytes {}
extension Inference_ModelReadyRequest: MessageBytes {}
extension Inference_ModelMetadataRequest: MessageBytes {}
extension Inference_ModelInferRequest: MessageBytes {}

private struct BytesSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}

/// A file in the format PPM.
private func image(_ number: Int, side: Int = 20) -> [UInt8] {
    Array("P6 \(side) \(side) 255\n".utf8) + pixels(number, side: side)
}

private func pixels(_ number: Int, side: Int = 12) -> [UInt8] {
    (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * number) }
}

/// A request with one input, in typed form.
private func request(
    _ name: String, _ datatype: String, _ shape: [Int64], _ contents: Inference_InferTensorContents? = nil
) -> Inference_ModelInferRequest {
    .with { request in
        request.modelName = "flowers"
        request.id = "17"
        request.inputs = [
            .with { input in
                (input.name, input.datatype, input.shape) = (name, datatype, shape)
                if let contents { input.contents = contents }
            }
        ]
    }
}

/// The same request in raw form.
private func raw(_ request: Inference_ModelInferRequest) -> Inference_ModelInferRequest {
    var request = request
    let contents = request.inputs[0].contents
    var bytes = Data(contents.uintContents.map { UInt8($0) })
    for element in contents.bytesContents {
        bytes += withUnsafeBytes(of: UInt32(element.count).littleEndian) { Data($0) } + element
    }
    request.inputs[0].clearContents()
    request.rawInputContents = [bytes]
    return request
}

private func files(_ numbers: ClosedRange<Int>) -> Inference_ModelInferRequest {
    request(
        "image", "BYTES", [Int64(numbers.count)], .with { $0.bytesContents = numbers.map { Data(image($0)) } })
}

@Suite("The Open Inference Protocol over gRPC") struct GRPCTests {
    @Test("The server and its models describe themselves") func metadata() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                let live: Inference_ServerLiveResponse = try await client.call(
                    "ServerLive", Inference_ServerLiveRequest())
                #expect(live.live)
                let ready: Inference_ServerReadyResponse = try await client.call(
                    "ServerReady", Inference_ServerReadyRequest())
                #expect(ready.ready)
                let model: Inference_ModelReadyResponse = try await client.call(
                    "ModelReady", Inference_ModelReadyRequest.with { $0.name = "flowers" })
                #expect(model.ready)
                let metadata: Inference_ServerMetadataResponse = try await client.call(
                    "ServerMetadata", Inference_ServerMetadataRequest())
                #expect((metadata.name, metadata.version) == ("apus", apusVersion))
                let description: Inference_ModelMetadataResponse = try await client.call(
                    "ModelMetadata",
                    Inference_ModelMetadataRequest.with { ($0.name, $0.version) = ("flowers", "1") })
                #expect((description.name, description.versions) == ("flowers", ["1"]))
                #expect(description.inputs.map(\.name) == ["image", "pixels"])
                #expect(description.inputs.map(\.shape) == [[-1], [-1, 12, 12, 3]])
                let classes = try server.service.registry.model().classifier.classes.count
                #expect(description.outputs.map(\.name) == ["probabilities", "logits", "label", "index"])
                #expect(description.outputs.map(\.datatype) == ["FP32", "FP32", "BYTES", "INT64"])
                #expect(description.outputs.map { $0.shape[1] } == [Int64(classes), Int64(classes), 1, 1])
            }
        }
    }

    @Test("Typed and raw inputs have the results of the model, in their own form") func forms() async throws {
        try await TestServer.run { server in
            let model = try server.service.registry.model()
            let expected = try await server.service.infer(
                (1...3).map { .file(image($0)) }, by: model, deadline: .now + .seconds(60))
            try await server.withClient { client in
                var request = files(1...3)
                request.outputs = ["index", "label", "probabilities", "logits"].map { name in .with { $0.name = name } }
                let typed = try await client.infer(request)
                #expect((typed.modelName, typed.modelVersion, typed.id) == ("flowers", "1", "17"))
                #expect(typed.outputs.map(\.name) == ["index", "label", "probabilities", "logits"])
                #expect(typed.outputs.map(\.datatype) == ["INT64", "BYTES", "FP32", "FP32"])
                #expect(typed.outputs[0].contents.int64Contents == expected.indices.map { Int64($0) })
                #expect(typed.outputs[1].contents.bytesContents == expected.labels.map { Data($0.utf8) })
                #expect(typed.outputs[2].contents.fp32Contents == expected.probabilities)
                #expect(typed.outputs[3].contents.fp32Contents == expected.logits)
                #expect(typed.outputs[0].shape == [3, 1] && typed.rawOutputContents.isEmpty)

                let raw = try await client.infer(raw(request))
                #expect(raw.outputs.map(\.shape) == typed.outputs.map(\.shape))
                #expect(raw.outputs.allSatisfy { !$0.hasContents })
                #expect(raw.rawOutputContents.count == 4)
                let indices = raw.rawOutputContents[0].withUnsafeBytes { bytes in
                    (0..<3).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
                }
                #expect(indices == typed.outputs[0].contents.int64Contents)
                let logits = raw.rawOutputContents[3].withUnsafeBytes { bytes in
                    expected.logits.indices.map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
                }
                #expect(logits == expected.logits)
            }
        }
    }

    @Test("Prepared pixels are an input, and the default outputs are all but the logits") func pixelInput() async throws
    {
        try await TestServer.run { server in
            let model = try server.service.registry.model()
            let expected = try await server.service.infer(
                [.pixels(pixels(5))], by: model, deadline: .now + .seconds(60))
            try await server.withClient { client in
                let request = request(
                    "pixels", "UINT8", [1, 12, 12, 3],
                    .with { $0.uintContents = pixels(5).map { UInt32($0) } })
                let typed = try await client.infer(request)
                #expect(typed.outputs.map(\.name) == ["probabilities", "label", "index"])
                #expect(typed.outputs[0].contents.fp32Contents == expected.probabilities)
                let answer = try await client.infer(raw(request))
                #expect(answer.rawOutputContents.count == 3)
            }
        }
    }

    @Test("Errors have the codes of gRPC, and of the server in their metadata") func errors() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                var request = files(1...1)
                request.modelName = "roses"
                var error = try #require(await client.error(request))
                #expect(error.code == .notFound && error.metadata.text("apus-error-code") == "notFound")
                (request.modelName, request.modelVersion) = ("flowers", "7")
                #expect(await client.error(request)?.code == .notFound)

                request = files(1...1)
                request.inputs[0].contents.bytesContents = [Data("no image".utf8)]
                error = try #require(await client.error(request))
                #expect(error.code == .invalidArgument)
                #expect(error.metadata.text("apus-error-code") == "unreadableImage")

                request = files(1...2)
                request.inputs[0].shape = [3]
                #expect(await client.error(request)?.code == .invalidArgument)
                request.inputs = []
                #expect(await client.error(request)?.code == .invalidArgument)
                request = files(1...2)
                request.rawInputContents = [Data()]
                #expect(await client.error(request)?.code == .invalidArgument)
                request = files(1...1)
                request.parameters["crops"] = .with { $0.int64Param = 5 }
                #expect(await client.error(request)?.code == .invalidArgument)
                #expect(await client.error(files(1...1), method: "ModelStreamInfer")?.code == .unimplemented)
                let answer = try await client.infer(files(1...1))
                #expect(answer.outputs.count == 3)
            }
        }
    }

    @Test("Damaged messages, and those of very many parts, are refused") func damaged() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                let valid = try files(1...1).bytes
                // Endless fields, wrong wire types, a length beyond the end, invalid UTF-8.
                for bytes: [UInt8] in [
                    [0xFF], [0x0F], [0x0A, 0x7F, 0x41], [0x0A, 0x02, 0xC3, 0x28], valid.dropLast(),
                ] {
                    #expect(await client.error(bytes)?.code == .invalidArgument, "\(bytes.prefix(8))")
                }
                // Also behind a group, which is skipped.
                for group in [[], [0xA3, 0x06, 0xA4, 0x06]] as [[UInt8]] {
                    for part in [[0x2A, 0x00], [0x32, 0x00], [0x22, 0x00], [0x3A, 0x00]] as [[UInt8]] {
                        let bytes = group + Array(repeatElement(part, count: 20_000).joined())
                        let error = try #require(await client.error(bytes))
                        #expect(error.code == .invalidArgument && error.message.contains("1024"))
                    }
                }
                // The parameters of one input.
                let parameters = Array(repeatElement([0x22, 0x00] as [UInt8], count: 60).joined())
                let input = [0x2A, UInt8(parameters.count)] + parameters
                let inputs = Array(repeatElement(input, count: 20).joined())
                #expect(await client.error(inputs)?.message.contains("1024") == true)
            }
        }
    }

    @Test("A message beyond the limit is refused, and the connection goes on") func size() async throws {
        try await TestServer.run(configure: { $0.limits.maxBody = 100_000 }) { server in
            try await server.withClient { client in
                var request = files(1...1)
                request.inputs[0].contents.bytesContents = [Data(count: 200_000)]
                let error = await client.error(request)
                #expect(error?.code == .resourceExhausted, "\(String(describing: error))")
                #expect(error?.metadata.text("apus-error-code") == "bodyTooLarge")
                request.inputs[0].contents.bytesContents = [Data(count: 1_000_000)]
                #expect(await client.error(request) != nil)
                let answer = try await client.infer(files(1...1))
                #expect(answer.outputs.count == 3)
            }
        }
    }

    @Test("Messages that fill the memory for bodies are refused, and give it back") func memory() async throws {
        try await TestServer.run(configure: { $0.limits.memory = 128 << 10 }) { server in
            try await server.withClient { client in
                var request = files(1...1)
                request.inputs[0].contents.bytesContents = [Data(count: 500_000)]
                for _ in 0..<5 {
                    #expect(await client.error(request)?.code != .invalidArgument)
                    let answer = try await client.infer(files(1...1))
                    #expect(answer.outputs.count == 3)
                }
            }
        }
    }

    @Test("With API keys, only requests for health need none") func keys() async throws {
        let digest = SHA256Digest()
        Array("secret".utf8).withUnsafeBytes { digest.update($0) }
        let keys = try APIKeys("alice:\(digest.finish())", path: "keys")
        try await TestServer.run(keys: keys) { server in
            try await server.withClient { client in
                let request = files(1...1)
                #expect(await client.error(request)?.code == .unauthenticated)
                #expect(await client.error(request, metadata: ["x-api-key": "wrong"])?.code == .unauthenticated)
                _ = try await client.infer(request, metadata: ["x-api-key": "secret"])
                _ = try await client.infer(request, metadata: ["authorization": "Bearer secret"])
                let live: Inference_ServerLiveResponse = try await client.call(
                    "ServerLive", Inference_ServerLiveRequest())
                let ready: Inference_ServerReadyResponse = try await client.call(
                    "ServerReady", Inference_ServerReadyRequest())
                #expect(live.live && ready.ready)
                let unknown = await client.error(
                    Inference_ModelReadyRequest.with { $0.name = "flower" }, method: "ModelReady")
                #expect(unknown?.code == .notFound && unknown?.message.contains("flowers") == false)
            }
        }
    }

    @Test("A request that is too late is not computed") func deadline() async throws {
        try await TestServer.run(configure: { $0.limits.timeout = .zero }) { server in
            try await server.withClient { client in
                #expect(await client.error(files(1...1))?.code == .deadlineExceeded)
            }
        }
    }

    @Test("A request whose message does not arrive ends at the deadline") func slow() async throws {
        try await TestServer.run(configure: { $0.limits.timeout = .milliseconds(50) }) { server in
            try await server.withClient { client in
                let (gate, continuation) = AsyncStream<Void>.makeStream()
                let code = try await client.client.clientStreaming(
                    request: StreamingClientRequest<[UInt8]> { _ in for await _ in gate {} },
                    descriptor: MethodDescriptor(
                        fullyQualifiedService: "inference.GRPCInferenceService", method: "ModelInfer"),
                    serializer: BytesSerializer(),
                    deserializer: ProtobufDeserializer<Inference_ModelInferResponse>(), options: .defaults
                ) { response in
                    continuation.finish()
                    guard case .failure(let error) = response.accepted else { return RPCError.Code.unknown }
                    return error.code
                }
                #expect(code == .deadlineExceeded)
            }
        }
    }

    @Test("The client's time limit is read in all units") func units() {
        let limits: [(String, Duration?)] = [
            ("2H", .seconds(7200)), ("3M", .seconds(180)), ("4S", .seconds(4)), ("5m", .milliseconds(5)),
            ("6u", .microseconds(6)), ("7n", .nanoseconds(7)), ("123456789S", nil), ("S", nil), ("-1S", nil),
            ("1x", nil),
        ]
        for (text, limit) in limits {
            #expect((["grpc-timeout": "\(text)"] as Metadata).timeLimit == limit, "\(text)")
        }
    }

    @Test("Requests are counted by method and code") func counts() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                for _ in 0..<2 { _ = try await client.infer(files(1...3)) }
                let request = Inference_ModelMetadataRequest.with { $0.name = "roses" }
                #expect(await client.error(request, method: "ModelMetadata")?.code == .notFound)
            }
            let text = server.metrics.text()
            #expect(text.contains("\napus_grpc_requests_total{code=\"ok\",method=\"ModelInfer\"} 2\n"))
            #expect(text.contains("\napus_grpc_requests_total{code=\"notFound\",method=\"ModelMetadata\"} 1\n"))
            #expect(text.contains("\napus_batch_size_count{model=\"flowers\",version=\"1\"} 6\n"))
        }
    }

    @Test("An accepted request is answered while the server stops") func drain() async throws {
        let (entered, continuation) = AsyncStream<Void>.makeStream()
        let gate = Monitor(false)
        try await TestServer.run(observe: {
            continuation.yield()
            gate.wait { $0 ? () : nil }
        }) { server in
            defer { gate.update { $0 = true } }
            try await server.withClient { client in
                async let answer = {
                    // Without a computation, the test must not wait for one.
                    defer { continuation.finish() }
                    return try await client.infer(files(1...1))
                }()
                _ = await entered.first { _ in true }
                await server.group.triggerGracefulShutdown()
                while !server.service.isDraining { await Task.yield() }
                gate.update { $0 = true }
                let outputs = try await answer.outputs
                #expect(outputs.count == 3)
            }
        }
    }

    @Test("Connections beyond the limit are closed") func connections() async throws {
        try await TestServer.run(configure: { $0.limits.maxConnections = 1 }) { server in
            try await server.withClient { client in
                _ = try await client.infer(files(1...1))
                try await server.withClient { other in
                    let code = await other.error(files(1...1), timeout: .seconds(2))?.code
                    #expect(code == .unavailable || code == .deadlineExceeded)
                }
                _ = try await client.infer(files(1...1))
            }
        }
    }

    @Test("Garbage and lost connections do not affect others") func garbage() async throws {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        // Headers that no decoder understands, and a frame of 16 MB.
        let headers: [UInt8] = [0, 0, 4, 1, 4, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]
        let large: [UInt8] = [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1]
        try await TestServer.run { server in
            try await server.withClient { client in
                for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 0, 5], preface + large] {
                    let connection = try await RawConnection(server.address.port)
                    await connection.send(bytes + [UInt8](repeating: 0x80, count: 100))
                    // The server closes it.
                    _ = try await connection.end()
                }
                for bytes in [[], preface, preface + settings, preface + settings + headers] {
                    for _ in 0..<10 {
                        // Closed at once, with unread bytes of the server, so that the system resets it.
                        let connection = try await RawConnection(server.address.port)
                        await connection.send(bytes)
                    }
                }
                let answer = try await client.infer(files(1...1))
                #expect(answer.outputs.count == 3)
            }
        }
    }

    @Test("Connections end whose clients say nothing, or read no answer") func silence() async throws {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        // The server may send no bytes of an answer.
        let noWindow: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]
        func text(_ value: String) -> [UInt8] { [UInt8(value.utf8.count)] + value.utf8 }
        var headers: [UInt8] = [0x83, 0x86, 0x04] + text("/inference.GRPCInferenceService/ServerLive")
        headers += [0x01] + text("localhost") + [0x0F, 0x10] + text("application/grpc")
        headers += [0x00] + text("te") + text("trailers")
        // A message without bytes follows.
        headers = [0, 0, UInt8(headers.count), 1, 4, 0, 0, 0, 1] + headers
        let request = headers + [0, 0, 5, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]
        try await TestServer.run(configure: {
            $0.limits.timeout = .milliseconds(100)
            ($0.limits.idleTimeout, $0.limits.headerTimeout) = (.milliseconds(100), .milliseconds(100))
        }) { server in
            for bytes in [[], preface + settings, preface + noWindow + request] {
                let connection = try await RawConnection(server.address.port)
                await connection.send(bytes)
                _ = try await connection.end()
            }
        }
        // They do not keep a server from stopping.
        let connection = Monitor<RawConnection?>(nil)
        try await TestServer.run(configure: { $0.limits.drain = .milliseconds(100) }) { server in
            let silent = try await RawConnection(server.address.port)
            await silent.send(preface + settings)
            while !silent.hasInput { await Task.yield() }
            connection.withLock { $0 = silent }
        }
    }

    private static let openssl = ["/usr/bin/openssl", "/opt/homebrew/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test("TLS with a certificate, and no requests without TLS", .enabled(if: openssl != nil))
    func tls() async throws {
        let folder = try TemporaryFolder()
        let (certificate, key) = (folder.path("a.crt"), folder.path("a.key"))
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.openssl))
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        try await TestServer.run(configure: {
            ($0.security.tlsCertificate, $0.security.tlsKey) = (certificate, key)
        }) { server in
            let security = HTTP2ClientTransport.Posix.TransportSecurity.tls {
                $0.trustRoots = .certificates([.file(path: certificate, format: .pem)])
            }
            try await server.withClient(security) { client in
                let answer = try await client.infer(files(1...1), timeout: .seconds(60))
                #expect(answer.outputs.count == 3)
            }
            try await server.withClient { client in
                #expect(await client.error(files(1...1), timeout: .seconds(2)) != nil)
            }
        }
    }
}
