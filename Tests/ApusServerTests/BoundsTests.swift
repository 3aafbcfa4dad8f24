import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Platform
import Serving
import Testing

@testable import ApusServer

@Suite("Bounds of requests and connections") struct BoundsTests {
    @Test("A body that is announced too large is refused before it is sent") func announced() async throws {
        try await HTTPTestServer.run(configure: { $0.limits.maxBody = 10_000 }) { server in
            let connection = try await RawConnection(server.port)
            await connection.send("POST", "/classify", ["Expect": "100-continue"], announced: 10_001)
            let answer = try await connection.response()
            #expect(answer.status == 413 && answer.code == "bodyTooLarge")
            // The rest of a large body is not read; a small one is skipped.
            await connection.send([UInt8](repeating: 0, count: 10_001))
            #expect(try await connection.ask("GET", "/v2/health/live").status == 200)
            let large = try await RawConnection(server.port)
            await large.send("POST", "/classify", announced: 1 << 40)
            let refusal = try await large.response()
            #expect(refusal.status == 413 && refusal.headers["connection"] == "close")
            #expect(try await large.end() == 0)
            #expect(server.log.withLock { $0[0].contains("\"received\":0") })
        }
    }

    @Test("A body without a length ends at the limit") func chunked() async throws {
        try await HTTPTestServer.run(configure: { $0.limits.maxBody = 10_000 }) { server in
            let head = "POST /classify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            func chunk(_ bytes: [UInt8]) -> [UInt8] {
                Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
            }
            let connection = try await RawConnection(server.port)
            await connection.send(Array(head.utf8) + chunk(TestImages.png) + chunk([]))
            #expect(try await connection.response().status == 200)
            await connection.send(Array(head.utf8) + chunk([UInt8](repeating: 0, count: 10_001)))
            let answer = try await connection.response()
            #expect(answer.status == 413 && answer.headers["connection"] == "close")
            #expect(try await connection.end() == 0)
        }
    }

    @Test("A client that waits for permission sends its body") func permission() async throws {
        try await HTTPTestServer.run { server in
            let connection = try await RawConnection(server.port)
            await connection.send("POST", "/classify", ["Expect": "100-continue"], announced: TestImages.png.count)
            #expect(try await connection.response().status == 100)
            await connection.send(TestImages.png)
            #expect(try await connection.response().status == 200)
        }
    }

    @Test("Bodies of all requests share the memory") func memory() async throws {
        try await HTTPTestServer.run(configure: { $0.limits.memory = 2000 }) { server in
            let connection = try await RawConnection(server.port)
            // Some of the memory is used by a body that has not arrived completely.
            await connection.send("POST", "/classify", announced: 2000)
            await connection.send([UInt8](repeating: 0, count: 1900))
            var answer = try await server.ask("POST", "/classify", body: [UInt8](repeating: 0, count: 1000))
            while answer.status == 400 { answer = try await server.ask("POST", "/classify", body: Array(0..<150)) }
            #expect(answer.status == 429 && answer.code == "queueFull" && answer.headers["retry-after"] == "1")
            await connection.send([UInt8](repeating: 0, count: 100))
            #expect(try await connection.response().status == 400)
            #expect(try await server.ask("POST", "/classify", body: TestImages.png).status == 200)
        }
    }

    @Test("Slow headers, a slow body and an idle connection end") func slow() async throws {
        try await HTTPTestServer.run(configure: { $0.limits.headerTimeout = .seconds(1) }) { server in
            for part in ["", "GET / HTTP/1.1\r\nHost:"] {
                let connection = try await RawConnection(server.port)
                await connection.send(Array(part.utf8))
                #expect(try await connection.end() == 0)
            }
        }
        try await HTTPTestServer.run(configure: { $0.limits.idleTimeout = .milliseconds(200) }) { server in
            let idle = try await RawConnection(server.port)
            #expect(try await idle.ask("GET", "/v2/health/live").headers["connection"] == nil)
            #expect(try await idle.end() == 0)
        }
        try await HTTPTestServer.run(configure: { $0.limits.headerTimeout = .seconds(1) }) { server in
            let connection = try await RawConnection(server.port)
            await connection.send("POST", "/classify", announced: 1000)
            await connection.send([1, 2, 3])
            let answer = try await connection.response()
            #expect(answer.status == 408 && answer.code == "bodyTooSlow" && answer.headers["connection"] == "close")
            #expect(try await connection.end() == 0)
        }
    }

    @Test(
        "A response has time according to its size, and the next request from its end on",
        arguments: [true, false], [true, false])
    func timeToSend(isRead: Bool, isStopping: Bool) throws {
        var limits = ServingConfiguration.Limits()
        limits.idleTimeout = .seconds(2)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            ConnectionHandler(Connection(), limits, ConnectionCount(limit: 9)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
        let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
        try channel.writeInbound(HTTPRequestPart.head(request))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        let size = 8 * ConnectionHandler.minimumSpeed
        let response = HTTPResponse(status: .ok, headerFields: [.contentLength: "\(size)"])
        channel.write(HTTPResponsePart.head(response), promise: nil)
        channel.write(HTTPResponsePart.end(nil), promise: nil)
        // A server that stops waits for it, too.
        if isStopping { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        if isRead {
            channel.flush()
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(isStopping ? 900 : 1900))
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("A client that reads no responses loses its connection") func unread() async throws {
        let configure: @Sendable (inout ServingConfiguration) -> Void = { configuration in
            (configuration.limits.maxConnections, configuration.limits.idleTimeout) = (1, .milliseconds(200))
        }
        try await HTTPTestServer.run(configure: configure) { server in
            let first = try await RawConnection(server.port)
            // Their answers have more bytes than the system takes.
            let requests = repeatElement("GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n", count: 500)
            await first.send(Array(requests.joined().utf8))
            // It is accepted when the first one is closed.
            #expect(try await server.ask("GET", "/v2/health/live").status == 200)
            withExtendedLifetime(first) {}
        }
    }

    @Test("A body that ends too early is not classified") func incomplete() async throws {
        try await HTTPTestServer.run { server in
            let connection = try await RawConnection(server.port)
            await connection.send("POST", "/classify", announced: TestImages.png.count + 1)
            await connection.send(TestImages.png)
            connection.finish()
            #expect(try await connection.response().status == 400)
            #expect(try await connection.end() == 0)
        }
    }

    @Test("At the limit of connections, further ones wait until another is closed") func connections() async throws {
        try await HTTPTestServer.run(configure: { $0.limits.maxConnections = 1 }) { server in
            let first = try await RawConnection(server.port)
            await first.send("POST", "/classify", ["Expect": "100-continue"], announced: TestImages.png.count)
            #expect(try await first.response().status == 100)
            let second = try await RawConnection(server.port)
            await second.send("GET", "/v2/health/live")
            await first.send(TestImages.png)
            // Others may wait, so the connection ends after its request.
            let answer = try await first.response()
            #expect(answer.status == 200 && answer.headers["connection"] == "close")
            #expect(try await second.response().status == 200)
            let lines = server.log.withLock { $0 }
            #expect(lines.count == 2 && lines[0].contains("/classify") && lines[1].contains("/live"))
        }
    }

    @Test("Requests in one piece are answered in order, and damaged ones end the connection")
    func pipeline() async throws {
        try await HTTPTestServer.run { server in
            let connection = try await RawConnection(server.port)
            let requests = ["/v2/health/live", "/v2/health/ready"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            await connection.send(Array(requests.joined().utf8))
            #expect(try await connection.response().json["live"] != nil)
            #expect(try await connection.response().json["ready"] != nil)
            let large = String(repeating: "X-A: \(String(repeating: "a", count: 8000))\r\n", count: 8)
            let damaged = [
                "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\(large)\r\n",
                "POST /classify HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "POST /classify HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            ]
            for request in damaged {
                let connection = try await RawConnection(server.port)
                await connection.send(Array(request.utf8))
                #expect(try await connection.response().status == 400)
                #expect(try await connection.end() == 0)
            }
        }
    }
}
