import Foundation
import LibC
import TestSupport
import Testing

@testable import TorchVision

/// Servers that send too much, too slowly, encoded data or redirects; full disks.
@Suite("Limits of downloads")
struct DownloadLimitsTests {
    private func trouble(_ store: WeightsStore, _ file: WeightsFile) -> WeightsError? {
        do throws(WeightsError) {
            _ = try store.fetch(file)
            return nil
        } catch {
            return error
        }
    }

    @Test("A download larger than the file can be is stopped, announced or not")
    func sizes() throws {
        let server = try LoopbackServer([
            "/endless.pth": .endless, "/announced.pth": .truncated(Array(repeating: 0, count: 1000), length: 1 << 40),
            "/fits.pth": .body(Array(repeating: 0, count: 1000)),
        ])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        for name in ["endless.pth", "announced.pth"] {
            let file = WeightsFile(url: server.url("/\(name)"), maximumBytes: 3_000_000)
            let error = try #require(trouble(WeightsStore(folder: folder.path), file))
            #expect(error.code == .unavailable && error.message.contains("3000000"), "\(error)")
            #expect(error.message.contains(server.url("/\(name)")))
        }
        // The store's own limit applies if the file has none.
        let small = WeightsStore(folder: folder.path, maximumBytes: 999)
        #expect(trouble(small, WeightsFile(url: server.url("/fits.pth")))?.message.contains("999") == true)
        #expect(try folder.names() == [])
        let enough = WeightsStore(folder: folder.path, maximumBytes: 1000)
        #expect(trouble(enough, WeightsFile(url: server.url("/fits.pth"))) == nil)
        // The same applies to copies.
        let mirror = try TemporaryFolder()
        try mirror.write("w.pth", Array(repeating: 0, count: 1000))
        let copying = WeightsStore(folder: folder.path, mirror: mirror.path, maximumBytes: 999)
        #expect(trouble(copying, WeightsFile(url: "\(LoopbackServer.closed)/w.pth"))?.message.contains("999") == true)
    }

    @Test("Published weights have a maximum size")
    func publishedSizes() throws {
        let known = try #require(Architecture.named("mobilenet_v2")?.weights.first?.file.maximumBytes)
        #expect((14_000_000...100_000_000).contains(known))
        let largest = Architecture.all.flatMap(\.weights).compactMap(\.file.maximumBytes).max() ?? 0
        #expect(largest < WeightsStore(folder: "").maximumBytes)
        #expect(Architecture.all.flatMap(\.weights).allSatisfy { $0.file.maximumBytes != nil })
    }

    @Test("A server that is too slow and a download that takes too long are stopped")
    func times() throws {
        let server = try LoopbackServer(["/slow.pth": .dribbled(seconds: 0.05, length: 100_000)])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let file = WeightsFile(url: server.url("/slow.pth"))
        let slow = trouble(WeightsStore(folder: folder.path, timeout: 1), file)
        #expect(slow?.message.contains("too slow") == true, "\(String(describing: slow))")
        let long = trouble(WeightsStore(folder: folder.path, timeout: 30, timeLimit: 1), file)
        #expect(long?.message.contains("longer than 1 seconds") == true, "\(String(describing: long))")
        #expect(try folder.names() == [])
    }

    @Test("An encoded file is decoded, and its length is not compared with the decoded size")
    func encodings() throws {
        // gzip's output for 1,000 times "abc".
        let packed = try #require(
            Data(base64Encoded: "H4sIAAAAAAACA+3CQREAAAwCoKxq/w6rsQcc6aKqqv5+C0W5K7gLAAA="))
        let server = try LoopbackServer([
            "/w.pth": .encoded(
                [UInt8](packed), header: "Content-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n")
        ])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let path = try WeightsStore(folder: folder.path).fetch(WeightsFile(url: server.url("/w.pth")))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == String(repeating: "abc", count: 1000))
        // A small file that expands to a large one.
        let bomb = WeightsFile(url: server.url("/w.pth"), fileName: "bomb.pth", maximumBytes: 2000)
        #expect(trouble(WeightsStore(folder: folder.path), bomb)?.message.contains("2000") == true)
        #expect(try folder.names() == ["w.pth"])
    }

    @Test("Redirects lead only to web servers and never loop")
    func redirects() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret.txt", Array("secret".utf8))
        let server = try LoopbackServer([
            "/file.pth": .redirect("file://\(folder.path("secret.txt"))"), "/ftp.pth": .redirect("ftp://127.0.0.1:1/x"),
            "/loop.pth": .redirect("/loop.pth"), "/data.pth": .redirect("data:text/plain,x"),
        ])
        defer { server.stop() }
        for name in ["file", "ftp", "loop", "data"] {
            let file = WeightsFile(url: server.url("/\(name).pth"))
            let error = trouble(WeightsStore(folder: folder.path("cache"), timeout: 5), file)
            #expect(
                error?.code == .unavailable && error?.message.contains("redirects") == true,
                "\(name): \(error as Any)")
        }
        #expect(try folder.names(in: "cache") == [])
    }

    @Test("A canceled task ends its download and leaves nothing")
    func cancellation() async throws {
        let server = try LoopbackServer(["/w.pth": .dribbled(seconds: 0.05, length: 100_000)])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path, timeout: 600)
        let file = WeightsFile(url: server.url("/w.pth"))
        let task = Task { try await store.fetch(file) }
        cancel(task) { !server.requests.isEmpty }
        let error = await #expect(throws: WeightsError.self) { try await task.value }
        #expect(error?.code == .interrupted)
        #expect(try folder.names() == [])
    }

    @Test("A reader of events that fails ends the download and leaves nothing", arguments: [false, true])
    func failingReader(isLocal: Bool) async throws {
        struct Stop: Error {}
        let server = try LoopbackServer(["/w.pth": .dribbled(seconds: 0.05, length: 100_000)])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        try folder.write("mirror/w.pth", [UInt8](repeating: 1, count: 32 << 20))
        let store = WeightsStore(
            folder: folder.path("cache"), mirror: isLocal ? folder.path("mirror") : nil, timeout: 600)
        await #expect(throws: Stop.self) {
            try await store.fetch(WeightsFile(url: server.url("/w.pth"))) { events in
                for await progress in events {
                    #expect(progress.fileName == "w.pth")
                    throw Stop()
                }
            }
        }
        if !isLocal { #expect(try folder.names(in: "cache") == []) }
    }

    @Test("The error for a full disk gives advice", .smallDisk)
    func fullDisk() async throws {
        let server = try LoopbackServer(["/w.pth": .body(Array(repeating: 1, count: 3 << 20))])
        defer { server.stop() }
        try await withSmallDisk(megabytes: 1) { disk throws in
            let error = trouble(WeightsStore(folder: disk.path), WeightsFile(url: server.url("/w.pth")))
            #expect(
                error?.code == .cache && error?.message.contains("No space left on device") == true
                    && error?.message.contains("TORCH_HOME") == true, "\(error as Any)")
            let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
            #expect(left.isEmpty)
        }
    }

    @Test("A partial file is never visible, and leftovers of a killed process are removed")
    func partialFiles() throws {
        let folder = try TemporaryFolder()
        let bytes: [UInt8] = [1, 2, 3]
        func write(isNamed: Bool) throws -> PartialFile {
            let file = try PartialFile(destination: folder.path("w.pth"), isNamed: isNamed)
            try bytes.withUnsafeBytes { try file.write($0) }
            return file
        }
        // A temporary file of this kind that nobody uses, and files of other programs.
        try folder.write("w.pth.123-abc.partial", bytes)
        let others = ["v.pth.123-abc.partial", "w.pth.0a1b2c3d.partial", "w.pth.partial"]
        for name in others { try folder.write(name, bytes) }
        let named = try write(isNamed: true)
        #expect(try folder.names().filter { $0.hasPrefix("w.pth.\(getpid())-") }.count == 1)
        #expect(try !folder.names().contains("w.pth.123-abc.partial"))
        // A file that is being written stays.
        let unnamed = try write(isNamed: false)
        #expect(try folder.names().count == 1 + others.count)
        try unnamed.place()
        #expect(try folder.names().contains("w.pth"))
        try named.place()
        #expect(try Set(folder.names()) == Set(others + ["w.pth"]))
        #expect(try [UInt8](Data(contentsOf: URL(filePath: folder.path("w.pth")))) == bytes)
        try write(isNamed: true).discard()
        #expect(try Set(folder.names()) == Set(others + ["w.pth"]))
    }
}
