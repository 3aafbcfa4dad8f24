import Foundation
import TestSupport
import Testing

@testable import Web

/// Requests with a body, whose responses of any status are values.
@Suite("Requests") struct RequestTests {
    private let sender = WebSender()

    @Test("A request sends its method, headers and body, and the response of any status is a value")
    func content() async throws {
        let server = try LoopbackServer([
            "/echo": .kept(status: 422, headers: ["X-Reason:  two words ", "Content-Type: text/plain"], "no"),
            "/empty": .kept(status: 204, ""),
        ])
        defer { server.stop() }
        // More than curl asks permission for.
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        let response = try await sender.send(
            WebRequest("POST", server.url("/echo"), headers: [("X-Name", "a: b"), ("X-Empty", "")], body: body))
        #expect(response.status == 422 && response.body == Array("no".utf8))
        #expect(response.headers["x-reason"] == "two words" && response.headers["content-type"] == "text/plain")
        let request = try #require(server.received.first)
        #expect(request.lines.first == "POST /echo HTTP/1.1" && request.body == body)
        #expect(request.lines.contains("X-Name: a: b") && request.lines.contains("X-Empty:"))
        #expect(!request.lines.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") })

        let empty = try await sender.send(WebRequest("PUT", server.url("/empty"), body: []))
        #expect(empty.status == 204 && empty.body == [])
        let last = try #require(server.received.last)
        #expect(last.lines.first == "PUT /empty HTTP/1.1" && last.lines.contains("Content-Length: 0"))
    }

    @Test("Requests after each other share a connection, also with a download between them")
    func connections() async throws {
        let server = try LoopbackServer(["/a": .kept(status: 200, "a")])
        defer { server.stop() }
        // Other tests take and give back connections, too, so that not all of these are the same.
        for number in 0..<8 {
            if number == 4 {
                #expect(try WebFiles().read(server.url("/a")) == Array("a".utf8))
                #expect(server.received.last?.lines.first == "GET /a HTTP/1.1")
                #expect(server.received.last?.body == [])
            }
            let request = WebRequest("POST", server.url("/a"), headers: [("X-Number", "\(number)")], body: [1, 2])
            #expect(try await sender.send(request).status == 200)
        }
        #expect(server.received.count == 9 && server.connections < 9, "\(server.connections)")
        #expect(server.received.count { $0.lines.contains { $0.hasPrefix("X-Number") } } == 8)
    }

    @Test("Redirects are not followed, because they would carry the body elsewhere")
    func redirects() async throws {
        let server = try LoopbackServer(["/moved": .redirect("/other"), "/other": .body([])])
        defer { server.stop() }
        let response = try await sender.send(WebRequest("POST", server.url("/moved"), body: [1]))
        #expect(response.status == 302 && server.requests == ["/moved"])
    }

    @Test("Characters that would forge another header are refused", arguments: ["a\r\nb", "a\nb", "\u{7F}"])
    func forgery(value: String) async throws {
        for request in [
            WebRequest("GET", LoopbackServer.closed, headers: [("X-Key", value)]),
            WebRequest("GET", LoopbackServer.closed, headers: [(value, "x")]),
            WebRequest(value, LoopbackServer.closed),
        ] {
            let error = await #expect(throws: WebError.self) { try await sender.send(request) }
            #expect(error?.code == .invalidRequest && error?.isTransient == false)
        }
    }

    @Test("A response that is too long, too slow or cut is an error")
    func failures() async throws {
        let server = try LoopbackServer([
            "/endless": .endless, "/announced": .truncated([1], length: 1 << 40), "/cut": .truncated([1], length: 9),
            "/silent": .stalled([1], length: 9),
        ])
        defer { server.stop() }
        let limits = WebLimits(seconds: 0.5, maximumBytes: 1000)
        let codes: [(String, WebError.Code)] = [
            ("/endless", .tooLarge), ("/announced", .tooLarge), ("/cut", .incomplete), ("/silent", .tooSlow),
        ]
        for (path, code) in codes {
            let error = await #expect(throws: WebError.self) {
                try await sender.send(WebRequest("POST", server.url(path), body: [1]), limits: limits)
            }
            #expect(error?.code == code, "\(path): \(error as Any)")
        }
        let closed = await #expect(throws: WebError.self) {
            try await sender.send(WebRequest("POST", LoopbackServer.closed, body: [1]))
        }
        #expect(closed?.code == .unreachable, "\(closed as Any)")
    }

    @Test("A canceled request ends at once, also one that waits for others")
    func cancellation() async throws {
        let server = try LoopbackServer(["/silent": .stalled([1], length: 9), "/a": .kept(status: 200, "a")])
        defer { server.stop() }
        let single = WebSender(maximumRequests: 1)
        let running = Task { try await single.send(WebRequest("POST", server.url("/silent"), body: [1])) }
        cancel(running) { server.requests.contains("/silent") }
        await #expect(throws: CancellationError.self) { try await running.value }
        // The canceled request gives way to the next one.
        #expect(try await single.send(WebRequest("GET", server.url("/a"))).status == 200)

        let other = Task { try await single.send(WebRequest("POST", server.url("/silent"), body: [1])) }
        while server.requests.count(where: { $0 == "/silent" }) < 2 { try await Task.sleep(for: .milliseconds(2)) }
        let waiting = Task { try await single.send(WebRequest("GET", server.url("/a"))) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
    }

    @Test("At most the given number of requests is under way at the same time")
    func concurrency() async throws {
        let server = try LoopbackServer(["/slow": .delayed(seconds: 0.02, .kept(status: 200, "a"))])
        defer { server.stop() }
        let sender = WebSender(maximumRequests: 3)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 {
                group.addTask { try await sender.send(WebRequest("GET", server.url("/slow"))).status }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.received.count == 12 && (2...3).contains(server.mostConcurrent), "\(server.mostConcurrent)")
    }
}
