import Foundation
import LibC
import TestSupport
import Testing

@testable import Inference

@Suite("Digests of model files") struct FileDigestTests {
    @Test("A changed byte gives another digest even with the old file time; a copy has the same digest")
    func small() throws {
        try withTemporaryFolder { folder in
            let (file, copy) = (folder.appending(path: "a"), folder.appending(path: "b"))
            var content = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try content.write(to: file)
            try content.write(to: copy)
            let digest = try #require(EngineCache.digest(ofFile: file.path))
            #expect(EngineCache.digest(ofFile: copy.path) == digest)
            content[77_777] ^= 1
            try overwrite(file, with: content[77_777...77_777], at: 77_777)
            #expect(EngineCache.digest(ofFile: file.path) != digest)
            #expect(EngineCache.digest(ofFile: folder.path) == nil)
            #expect(EngineCache.digest(ofFile: folder.path + "/gone") == nil)
        }
    }

    @Test("In a large file a change outside the samples is noticed by the change time")
    func large() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "large")
            // A hole takes no space on the disk.
            #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
            #expect(truncate(file.path, 80 << 20) == 0)
            let digest = try #require(EngineCache.digest(ofFile: file.path))
            #expect(EngineCache.digest(ofFile: file.path) == digest)
            usleep(20_000)
            // The samples start one mebibyte from the beginning, about 78 KiB apart.
            try overwrite(file, with: Data([1]), at: (1 << 20) + 50_000)
            #expect(EngineCache.digest(ofFile: file.path) != digest)
        }
    }

    /// Writes bytes into a file and sets its times back.
    private func overwrite(_ file: URL, with bytes: Data, at offset: Int) throws {
        var status = stat()
        #expect(stat(file.path, &status) == 0)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: bytes)
        try handle.close()
        var times = [status.st_atim, status.st_mtim]
        #expect(utimensat(AT_FDCWD, file.path, &times, 0) == 0)
    }
}
