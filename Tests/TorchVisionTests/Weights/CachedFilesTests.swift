import Foundation
import TestSupport
import Testing

@testable import TorchVision

@Suite("Cached weights files") struct CachedFilesTests {
    private let store: WeightsStore
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        store = WeightsStore(folder: folder.path("hub/checkpoints"))
    }

    private func put(_ text: String, as name: String) throws {
        try folder.write("hub/checkpoints/\(name)", Array(text.utf8))
    }

    @Test("A missing cache is empty") func missingCache() throws {
        #expect(try store.cachedFiles() == [])
    }

    @Test("Files are listed by name with their networks") func listing() throws {
        try put("abc", as: "resnet18-f37072fd.pth")
        try put("", as: "own.pth")
        try put("half", as: "resnet50-0676ba61.pth.12-ab.partial")
        try put("x", as: ".hidden")
        try folder.write("hub/checkpoints/folder/inner", [1])
        let files = try store.cachedFiles()
        #expect(files.map(\.fileName) == ["own.pth", "resnet18-f37072fd.pth", "resnet50-0676ba61.pth.12-ab.partial"])
        #expect(files.map(\.bytes) == [0, 3, 4])
        #expect(files.map(\.models) == [[], ["resnet18:IMAGENET1K_V1"], []])
        #expect(files.map(\.sha256) == [nil, "f37072fd", nil])
        #expect(files.map(\.isPartial) == [false, false, true])
        #expect(store.cachedSize(of: WeightsFile(url: "x/resnet18-f37072fd.pth")) == 3)
        #expect(store.cachedSize(of: WeightsFile(url: "x/resnet34-b627a593.pth")) == nil)
    }

    @Test("Verification compares digests and changes nothing") func verification() async throws {
        // SHA-256 of "abc" begins ba7816bf.
        try put("abc", as: "right-ba7816bf.pth")
        try put("abd", as: "wrong-ba7816bf.pth")
        try put("abc", as: "silent.pth")
        try put("wrong", as: "resnet18-f37072fd.pth")
        let files = try store.cachedFiles()
        let progress = Monitor<[FileProgress]>([])
        var verdicts: [CacheVerdict] = []
        for file in files {
            verdicts.append(
                try await store.verify(file) { events in
                    for await event in events { progress.withLock { $0.append(event) } }
                })
        }
        #expect(verdicts.map(\.outcome) == [.damaged, .ok, .unknown, .damaged])
        #expect(verdicts[1].digest?.hasPrefix("ba7816bf") == true && verdicts[1].advice == nil)
        #expect(verdicts[2].digest == verdicts[1].digest)
        #expect(verdicts[3].advice?.contains("ba7816bf") == true)
        #expect(verdicts[0].advice?.contains("download it again") == true)
        #expect(verdicts[0].file.models.first == "resnet18:IMAGENET1K_V1")
        #expect(progress.withLock { $0.last } == FileProgress(fileName: "wrong-ba7816bf.pth", bytes: 3, total: 3))
        #expect(try store.cachedFiles() == files)
    }

    @Test("An unreadable file is damaged") func unreadableFile() async throws {
        try put("abc", as: "gone-ba7816bf.pth")
        let file = try #require(try store.cachedFiles().first)
        try FileManager.default.removeItem(atPath: file.path)
        let verdict = try await store.verify(file)
        #expect(verdict.outcome == .damaged && verdict.digest == nil && verdict.advice?.isEmpty == false)
    }
}
