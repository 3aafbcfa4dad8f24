import Foundation
import TestSupport
import Testing

@testable import TorchVision

@Suite("Weights store")
struct WeightsStoreTests {
    private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    /// The digest of `abc` that FIPS 180-2 prints.
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private func digest(_ bytes: [UInt8]) -> String {
        let digest = SHA256Digest()
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.finish()
    }

    private func trouble(_ store: WeightsStore, _ file: WeightsFile) -> WeightsError? {
        do throws(WeightsError) {
            _ = try store.fetch(file)
            return nil
        } catch {
            return error
        }
    }

    @Test("SHA-256 equals the test vectors, also in pieces")
    func sha256() throws {
        #expect(digest(Array("abc".utf8)) == abc)
        #expect(digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let folder = try TemporaryFolder()
        try folder.write("file", bytes)
        #expect(try SHA256Digest.ofFile(folder.path("file")) == digest(bytes))
    }

    @Test("Name and digest come from the URL")
    func file() {
        let file = WeightsFile(url: "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth?x=a-b")
        #expect(file.fileName == "alexnet-owt-7be5be79.pth")
        #expect(file.sha256 == "7be5be79")
        #expect(WeightsFile(url: "https://x.org/my-weights.pth").sha256 == nil)
        #expect(WeightsFile(url: "https://x.org/a.pth", sha256: "ABCDEF").accepts(digest: "abcdef01"))
        #expect(!file.accepts(digest: ""))
    }

    @Test("The cache folder is PyTorch's")
    func folders() {
        func folder(_ variables: [String: String]) -> String {
            WeightsStore(environment: { variables[$0] }).folder
        }
        #expect(folder(["HOME": "/h"]) == "/h/.cache/torch/hub/checkpoints")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == "/x/torch/hub/checkpoints")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/x", "TORCH_HOME": "/t"]) == "/t/hub/checkpoints")
        #expect(folder(["HOME": "/h", "TORCH_HOME": "~/t"]) == "/h/t/hub/checkpoints")
        #expect(folder(["HOME": "/h", "TORCH_HOME": ""]) == "/h/.cache/torch/hub/checkpoints")
        #expect(WeightsStore(environment: { ["APUS_WEIGHTS_MIRROR": "/m"][$0] }).mirror == "/m")
    }

    @Test("A download is verified, placed atomically, and not repeated")
    func download() async throws {
        let server = try LoopbackServer(["/w.pth": .body(bytes), "/moved.pth": .redirect("/w.pth")])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path("a/b"))
        let file = WeightsFile(url: server.url("/moved.pth"), sha256: String(digest(bytes).prefix(8)))
        #expect(try store.cachedPath(of: file) == nil)
        let steps = Monitor<[FileProgress]>([])
        let path = try await store.fetch(file) { events in
            for await progress in events { steps.withLock { $0.append(progress) } }
        }
        #expect(path == folder.path("a/b/moved.pth"))
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
        let received = steps.withLock { $0 }
        #expect(received.last == FileProgress(fileName: "moved.pth", bytes: bytes.count, total: bytes.count))
        #expect(received.map(\.bytes) == received.map(\.bytes).sorted())
        #expect(try await store.fetch(file) == path)
        #expect(server.requests == ["/moved.pth", "/w.pth"])
        #expect(try folder.names(in: "a/b") == ["moved.pth"])
    }

    @Test("Network errors name URL, file and remedy, and leave nothing behind")
    func troubles() throws {
        let server = try LoopbackServer([
            "/short.pth": .truncated(Array(bytes[..<1000]), length: 2000),
            "/silent.pth": .stalled(Array(bytes[..<1000]), length: 2000),
            "/broken.pth": .status(500),
        ])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path, timeout: 1)
        let closed = "\(LoopbackServer.closed)/gone.pth"
        let addresses = ["/short.pth", "/silent.pth", "/broken.pth", "/none.pth"].map(server.url) + [closed, "what:x"]
        for address in addresses {
            let file = WeightsFile(url: address, sha256: abc)
            let error = try #require(trouble(store, file), "\(address)")
            #expect(error.code == .unavailable, "\(error)")
            #expect(error.message.contains(address))
            #expect(error.message.contains(store.path(of: file)))
            #expect(error.message.contains("APUS_WEIGHTS_MIRROR"))
        }
        #expect(trouble(store, WeightsFile(url: server.url("/none.pth"), sha256: abc))?.message.contains("404") == true)
        #expect(try folder.names() == [])
    }

    @Test("The error for a wrong digest gives both, and nothing is kept")
    func wrongDigest() throws {
        let server = try LoopbackServer(["/w.pth": .body(bytes)])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let error = trouble(WeightsStore(folder: folder.path), WeightsFile(url: server.url("/w.pth"), sha256: abc))
        #expect(error?.code == .wrongDigest)
        #expect(error?.message.contains(abc) == true && error?.message.contains(digest(bytes)) == true)
        #expect(error?.message.contains("w.pth") == true)
        #expect(try folder.names() == [])
    }

    @Test("A wrong file in the cache is an error that names it, and stays unchanged")
    func wrongFileInCache() throws {
        let server = try LoopbackServer(["/w.pth": .body(Array("abc".utf8))])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        try folder.write("w.pth", Array("mine".utf8))
        let file = WeightsFile(url: server.url("/w.pth"), sha256: abc)
        let error = trouble(WeightsStore(folder: folder.path), file)
        #expect(error?.code == .wrongDigest)
        #expect(error?.message.contains(folder.path("w.pth")) == true)
        #expect(try String(contentsOfFile: folder.path("w.pth"), encoding: .utf8) == "mine")
        #expect(try folder.names() == ["w.pth"])
        #expect(server.requests == [])
    }

    @Test("A mirror overrides the URL: a folder, a file URL or a server")
    func mirrors() throws {
        let content = Array("abc".utf8)
        let server = try LoopbackServer(["/weights/w.pth": .body(content), "/origin/v.pth": .body(content)])
        defer { server.stop() }
        let mirror = try TemporaryFolder()
        try mirror.write("a folder/w.pth", content)
        let kinds = [
            mirror.path("a folder"), mirror.path("a folder/"), "file://\(mirror.path)/a%20folder",
            server.url("/weights"),
        ]
        for kind in kinds {
            let folder = try TemporaryFolder()
            let store = WeightsStore(folder: folder.path, mirror: kind)
            let path = try store.fetch(WeightsFile(url: "\(LoopbackServer.closed)/w.pth", sha256: abc))
            #expect(path == folder.path("w.pth"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(content))
        }
        // Files that the mirror lacks come from the original URL; wrong files in the mirror are errors.
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path, mirror: mirror.path("a folder"))
        _ = try store.fetch(WeightsFile(url: server.url("/origin/v.pth"), sha256: abc))
        try mirror.write("a folder/u.pth", Array("abd".utf8))
        let wrong = trouble(store, WeightsFile(url: server.url("/origin/u.pth"), sha256: abc))
        #expect(wrong?.code == .wrongDigest)
        #expect(wrong?.message.contains(mirror.path("a folder/u.pth")) == true)
        // If both fail, the error names both.
        let neither = trouble(store, WeightsFile(url: server.url("/origin/t.pth"), sha256: abc))
        #expect(neither?.message.contains(mirror.path("a folder/t.pth")) == true)
        #expect(neither?.message.contains(server.url("/origin/t.pth")) == true)
    }

    @Test("Concurrent downloads do not disturb each other")
    func concurrent() async throws {
        let server = try LoopbackServer(["/w.pth": .body(bytes)])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path("cache"))
        let file = WeightsFile(url: server.url("/w.pth"), sha256: digest(bytes))
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask { try await store.fetch(file) }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(paths == [folder.path("cache/w.pth")])
        #expect(try folder.names(in: "cache") == ["w.pth"])
        #expect(try SHA256Digest.ofFile(folder.path("cache/w.pth")) == file.sha256)
    }

    @Test("A read-only cache is an error")
    func unwritable() throws {
        let folder = try TemporaryFolder()
        try folder.write("file")
        try folder.write("mirror/w.pth", Array("abc".utf8))
        let store = WeightsStore(folder: folder.path("file/cache"), mirror: folder.path("mirror"))
        let error = trouble(store, WeightsFile(url: "\(LoopbackServer.closed)/w.pth", sha256: abc))
        #expect(error?.code == .cache)
        #expect(error?.message.contains("TORCH_HOME") == true)
    }

    @Test("Published weights are verified from a mirror", .testData)
    func published() throws {
        let folder = try TemporaryFolder()
        let store = WeightsStore(folder: folder.path, mirror: try TestData.url("weights").path)
        let file = WeightsFile(url: "http://127.0.0.1:1/models/mobilenet_v2-b0353104.pth")
        #expect(try store.fetch(file) == folder.path("mobilenet_v2-b0353104.pth"))
        #expect(try store.cachedPath(of: file) == folder.path("mobilenet_v2-b0353104.pth"))
    }
}
