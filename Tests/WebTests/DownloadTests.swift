import Foundation
import TestSupport
import Testing

@testable import Web

/// The faults of servers. Tests of `WeightsStore` have more of them.
@Suite("Downloads") struct DownloadTests {
    private let image: [UInt8] = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }

    private func fetch(_ url: String, _ limits: WebLimits = WebLimits(tries: 1)) -> WebError? {
        do {
            _ = try WebFiles(limits: limits).read(url)
            return nil
        } catch {
            return error as? WebError
        }
    }

    @Test("A file is read, also through a redirect on the same server")
    func files() throws {
        let server = try LoopbackServer([
            "/a.jpg": .body(image), "/moved.jpg": .redirect("/a.jpg"), "/empty.jpg": .body([]),
        ])
        defer { server.stop() }
        #expect(try WebFiles().read(server.url("/a.jpg")) == image)
        #expect(try WebFiles().read(server.url("/moved.jpg#top")) == image)
        #expect(try WebFiles().read(server.url("/empty.jpg")) == [])
    }

    @Test("A redirect to a file, to another protocol or in a loop is refused")
    func redirects() throws {
        let targets = ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:image/png;base64,AA", "/loop"]
        var answers: [String: LoopbackServer.Answer] = ["/loop": .redirect("/loop")]
        for (number, target) in targets.enumerated() { answers["/\(number)"] = .redirect(target) }
        let server = try LoopbackServer(answers)
        defer { server.stop() }
        for (number, target) in targets.enumerated() {
            let error = fetch(server.url("/\(number)"))
            #expect(error?.code == .redirect, "\(target): \(error as Any)")
        }
        #expect(server.requests.count { $0 == "/loop" } == 20)
    }

    @Test(
        "Only URLs of web servers are fetched",
        arguments: [
            "file:///etc/passwd", "ftp://host/a.jpg", "http://", "http:///a.jpg", "https:host", "http://a b/c.jpg",
            "a.jpg",
            "http://host/a\n.jpg", "http://:80/",
        ])
    func addresses(_ text: String) {
        #expect(WebURL(text) == nil)
        #expect(fetch(text)?.code == .invalidURL)
    }

    @Test("A URL has a server and a form without a password")
    func parts() throws {
        let url = try #require(WebURL("HTTPS://me:secret@Example.org:8443/photos/a%20b.jpg?size=9#x"))
        #expect(url.isSecure && url.server == "example.org:8443")
        #expect(url.printable == "https://Example.org:8443/photos/a%20b.jpg?size=9#x")
        #expect(WebURL("http://[::1]:80/a")?.server == "[::1]:80")
    }

    @Test("A response that is too long, cut or of another status is an error that names the reason")
    func responses() throws {
        let server = try LoopbackServer([
            "/endless": .endless, "/announced": .truncated([1], length: 1 << 40),
            "/cut": .truncated(image, length: 9000),
            "/missing": .status(404), "/fits": .body(image), "/nowhere": .status(302),
            "/later": .redirect("/cut"),
        ])
        defer { server.stop() }
        let limits = WebLimits(maximumBytes: 5000, tries: 1)
        #expect(fetch(server.url("/fits"), limits) == nil)
        for path in ["/endless", "/announced"] {
            let error = fetch(server.url(path), limits)
            #expect(error?.code == .tooLarge && error?.description.contains("5000") == true, "\(error as Any)")
        }
        for path in ["/cut", "/later"] {
            let cut = fetch(server.url(path))
            #expect(cut?.code == .incomplete && cut?.description.contains("5000 of 9000") == true, "\(cut as Any)")
        }
        for (path, status) in [("/missing", 404), ("/nowhere", 302)] {
            let error = fetch(server.url(path))
            #expect(error?.code == .status(status), "\(error as Any)")
            #expect(error?.description.contains("\(status)") == true, "\(error as Any)")
        }
        let closed = fetch("\(LoopbackServer.closed)/a.jpg")
        #expect(closed?.code == .unreachable, "\(closed as Any)")
    }

    @Test("A silent or slow server does not hold up a download for longer than the limits")
    func slowness() throws {
        let server = try LoopbackServer([
            "/silent": .stalled([1, 2, 3], length: 100), "/slow": .dribbled(seconds: 0.05, length: 100_000),
        ])
        defer { server.stop() }
        let limits = WebLimits(silentSeconds: 0.5, tries: 1)
        #expect(fetch(server.url("/silent"), limits)?.code == .tooSlow)
        #expect(fetch(server.url("/slow"), limits)?.code == .tooSlow)
        let long = fetch(server.url("/slow"), WebLimits(silentSeconds: 60, seconds: 0.5, tries: 1))
        #expect(long?.code == .tooSlow && long?.description.contains("longer than 1 seconds") == true, "\(long as Any)")
    }

    @Test("Limits without an end are allowed")
    func endlessLimits() throws {
        let server = try LoopbackServer(["/a.jpg": .body(image)])
        defer { server.stop() }
        for seconds in [Double.infinity, .nan, 1e300] {
            #expect(fetch(server.url("/a.jpg"), WebLimits(silentSeconds: seconds, seconds: seconds, tries: 1)) == nil)
        }
    }

    @Test("Failures that may pass are tried again, after the time that the server asks for")
    func retries() throws {
        let server = try LoopbackServer([
            "/later": .sequence([.status(503), .header(status: 429, "Retry-After: 7"), .body(image)]),
            "/never": .status(500), "/gone": .status(410),
            "/cut": .sequence([.truncated(image, length: 9000), .body(image)]),
        ])
        defer { server.stop() }
        var pauses: [Double] = []
        let files = WebFiles()
        #expect(try files.read(server.url("/later"), pause: { pauses.append($0) }) == image)
        #expect(pauses.count == 2 && (0.5...0.75).contains(pauses[0]) && pauses[1] == 7, "\(pauses)")
        #expect(try files.read(server.url("/cut"), pause: { pauses.append($0) }) == image)
        #expect(throws: WebError.self) { try files.read(server.url("/never"), pause: { pauses.append($0) }) }
        #expect(throws: WebError.self) { try files.read(server.url("/gone"), pause: { pauses.append($0) }) }
        #expect(server.requests.count { $0 == "/never" } == 3 && server.requests.count { $0 == "/gone" } == 1)
        #expect(pauses.count == 5)
    }

    @Test("The first bytes decide, and the rest of a wrong file is not fetched")
    func firstBytes() throws {
        let server = try LoopbackServer(["/endless": .endless, "/short": .body([1, 2])])
        defer { server.stop() }
        var seen: [Int] = []
        for path in ["/endless", "/short"] {
            let error = #expect(throws: WebError.self) {
                try WebFiles().read(
                    server.url(path),
                    problem: {
                        seen.append($0.count)
                        return "no image"
                    })
            }
            #expect(error?.code == .unexpectedContent && error?.description == "no image")
        }
        #expect(seen.count == 2 && seen[0] >= 64 && seen[1] == 2)
        #expect(server.requests.count == 2)
    }

    @Test("A folder keeps what was fetched, and the server is asked once")
    func cache() throws {
        let server = try LoopbackServer(["/a.jpg": .body(image), "/b.jpg": .body([9])])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let files = WebFiles(cache: folder.path("new/cache"))
        for _ in 0..<2 {
            #expect(try files.read(server.url("/a.jpg")) == image)
            #expect(try files.read(server.url("/b.jpg")) == [9])
        }
        #expect(server.requests == ["/a.jpg", "/b.jpg"])
        #expect(try folder.names(in: "new/cache").count == 2)
    }

    @Test("A server gets at most four requests at a time")
    func politeness() async throws {
        let server = try LoopbackServer(["/a.jpg": .delayed(seconds: 0.1, .body([1]))])
        defer { server.stop() }
        // Swift's own threads may be fewer than the limit.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            _ = try? WebFiles().read(server.url("/a.jpg"))
                            continuation.resume()
                        }
                    }
                }
            }
        }
        #expect(server.requests.count == 12)
        #expect(server.mostConcurrent <= 4)
    }

    @Test("A canceled task ends its download")
    func cancellation() async throws {
        let server = try LoopbackServer(["/a.jpg": .dribbled(seconds: 0.05, length: 100_000)])
        defer { server.stop() }
        let task = Task.detached { try WebFiles().read(server.url("/a.jpg")) }
        cancel(task) { !server.requests.isEmpty }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
