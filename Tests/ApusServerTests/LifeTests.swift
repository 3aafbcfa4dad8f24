import Classifier
import Foundation
import Logging
import Platform
import ServiceLifecycle
import Serving
import TestSupport
import Testing

@testable import ApusServer

@Suite("The life of a server") struct LifeTests {
    @Test("A server that stops answers its requests and accepts no connections") func drain() async throws {
        let gate = Gate()
        let explainer: Explainer = { _, _, _, _ in
            await gate.pass()
            return [1, 2, 3]
        }
        try await HTTPTestServer.run(explainer: explainer) { server in
            let idle = try await RawConnection(server.port)
            let model = "/v2/models/flowers/ready"
            #expect(try await idle.ask("GET", model).status == 200)
            let working = try await RawConnection(server.port)
            await working.send("POST", "/classify?explain=x", body: TestImages.png)
            await gate.waitForArrival()
            let uploading = try await RawConnection(server.port)
            await uploading.send("POST", "/classify", ["Expect": "100-continue"], announced: TestImages.png.count)
            #expect(try await uploading.response().status == 100)

            await server.group.triggerGracefulShutdown()
            // A request on an open connection is still answered, and is the last one.
            var late = try await idle.ask("GET", model)
            while late.headers["connection"] != "close" { late = try await idle.ask("GET", model) }
            #expect(late.status == 503 && late.code == "draining")
            #expect(try await idle.end() == 0)
            await uploading.send(TestImages.png)
            let uploaded = try await uploading.response()
            #expect(uploaded.status == 200 && uploaded.headers["connection"] == "close")
            await #expect(throws: POSIXError.self) {
                _ = try await RawConnection(server.port).ask("GET", "/v2/health/live")
            }
            #expect(!working.hasInput)
            gate.open()
            let answer = try await working.response()
            #expect(answer.status == 200 && answer.headers["connection"] == "close")
            #expect(answer.json["explanation"] as? String == "AQID")
            #expect(try await working.end() == 0)
        }
    }

    @Test("Draining ends after its time, with requests that are not answered") func drainLimit() async throws {
        let gate = Gate()
        let explainer: Explainer = { _, _, _, _ in
            await gate.pass()
            try Task.checkCancellation()
            return []
        }
        try await HTTPTestServer.run(
            configure: { $0.limits.drain = .milliseconds(200) }, explainer: explainer
        ) { server in
            let connection = try await RawConnection(server.port)
            await connection.send("POST", "/classify?explain=x", body: TestImages.png)
            await gate.waitForArrival()
            await server.group.triggerGracefulShutdown()
            #expect(try await connection.end() == 0)
            #expect(server.messages.withLock { $0.contains { $0.contains("draining") } })
        }
    }

    /// An explanation that does not notice that it is canceled.
    private func stubborn(until isOpen: Monitor<Bool>) -> Explainer {
        { _, _, _, _ in
            while !isOpen.withLock({ $0 }) {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().asyncAfter(deadline: .now() + 0.01) { continuation.resume() }
                }
            }
            return []
        }
    }

    @Test("An explanation that takes too long is not awaited") func lateExplanation() async throws {
        let isOpen = Monitor(false)
        try await HTTPTestServer.run(
            configure: { $0.limits.timeout = .milliseconds(500) }, explainer: stubborn(until: isOpen)
        ) { server in
            defer { isOpen.withLock { $0 = true } }
            let answer = try await server.ask("POST", "/classify?explain=x", body: TestImages.png)
            #expect(answer.status == 504 && answer.code == "deadlineExceeded")
        }
    }

    @Test(
        "Explanations that are not awaited count until they end, and so does their memory",
        arguments: [(1, 1 << 20), (256, 2 * TestImages.png.count)])
    func pendingExplanations(queue: Int, memory: Int) async throws {
        let isOpen = Monitor(false)
        try await HTTPTestServer.run(
            configure: {
                $0.limits.timeout = .milliseconds(500)
                ($0.limits.maxQueue, $0.limits.memory) = (queue, memory)
            }, explainer: stubborn(until: isOpen)
        ) { server in
            defer { isOpen.withLock { $0 = true } }
            var answer = try await server.ask("POST", "/classify?explain=x", body: TestImages.png)
            #expect(answer.status == 504)
            // A request may also be too late before its explanation begins.
            for _ in 0..<20 where answer.status == 504 {
                answer = try await server.ask("POST", "/classify?explain=x", body: TestImages.png)
            }
            #expect(answer.status == 429 && answer.code == "queueFull")
            isOpen.withLock { $0 = true }
            while [429, 504].contains(answer.status) {
                answer = try await server.ask("POST", "/classify?explain=x", body: TestImages.png)
            }
            #expect(answer.status == 200)
        }
    }

    @Test("Work is canceled when the client closes the connection") func disconnection() async throws {
        let (gate, canceled) = (Gate(), Gate())
        let explainer: Explainer = { _, _, _, _ in
            await gate.pass()
            if Task.isCancelled { await canceled.pass() }
            return []
        }
        try await HTTPTestServer.run(explainer: explainer) { server in
            var connection: RawConnection? = try await RawConnection(server.port)
            await connection?.send("POST", "/classify?explain=x", body: TestImages.png)
            await gate.waitForArrival()
            connection = nil
            await canceled.waitForArrival()
            // The server goes on.
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 200)
        }
    }

    @Test("A changed file replaces its model, and a broken one does not") func reload() async throws {
        let folder = try TemporaryFolder()
        let golden = try Data(contentsOf: URL(filePath: HTTPTestServer.model))
        let path = try folder.write("flowers.safetensors", golden)
        let configure: @Sendable (inout ServingConfiguration) throws -> Void = { configuration in
            configuration.reload = true
            configuration.models = [try ModelSpecification(name: "flowers", model: path)]
        }
        try await HTTPTestServer.run(configure: configure) { server in
            try Data("broken".utf8).write(to: URL(filePath: path), options: .atomic)
            await server.events.wait(for: 2)
            #expect(server.events.names == ["loaded", "reloadFailed"])
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 200)
            #expect(try await server.ask("GET", "/v2/health/ready").status == 200)
            try golden.write(to: URL(filePath: path), options: .atomic)
            await server.events.wait(for: 3)
            #expect(server.events.names.last == "reloaded")
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 200)
            let metrics = try await server.ask("GET", "/metrics")
            let labels = "{model=\"flowers\",result=\"succeeded\",version=\"1\"}"
            #expect(metrics.text.contains("apus_model_reloads_total\(labels) 1\n"))
        }
    }

    @Test("A port that is in use is an error that names it") func port() async throws {
        let other = try LoopbackServer([:])
        defer { other.stop() }
        var configuration = ServingConfiguration()
        (configuration.port, configuration.grpcPort) = (Int(other.port), nil)
        let server = try ApusServer(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let error = await #expect(throws: ApusError.self) { try await server.run() }
        #expect(error?.name == "port" && error?.value == "\(other.port)")
        #expect(error?.description.contains("port \(other.port) of 127.0.0.1") == true)
    }
}
