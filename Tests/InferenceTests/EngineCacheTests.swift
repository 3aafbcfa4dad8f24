import Foundation
import TestSupport
import Testing

@testable import Inference

@ComputeActor
@Suite("Engine cache") struct EngineCacheTests {
    let network: GoldenNetwork

    init() throws { network = try GoldenNetwork() }

    private func engine(
        _ cache: EngineCache, key: String = "golden", batchSize: Int = 4, asked: inout Int
    ) throws -> (engine: OpenVINOEngine, origin: EngineCache.Origin) {
        let shares = InferenceShares(batchSize: batchSize, streams: 2, threads: 2)
        return try cache.openVINOEngine(for: key, precision: .float32, shares: shares) {
            asked += 1
            return .bytes(network.onnx)
        }
    }

    @Test("The second start needs no model") func secondStart() throws {
        try withTemporaryFolder { folder in
            let cache = EngineCache(folder: folder.appending(path: "not/yet").path)
            var asked = 0
            let first = try engine(cache, asked: &asked)
            #expect(first.origin == .compiled)
            let second = try engine(cache, asked: &asked)
            #expect(second.origin == .cache)
            #expect(asked == 1)
            #expect(try first.engine.answers(to: network) == second.engine.answers(to: network))

            #expect(try engine(cache, batchSize: 5, asked: &asked).origin == .compiled)
            #expect(try engine(cache, key: "another", asked: &asked).origin == .compiled)
            #expect(try engine(cache, asked: &asked).origin == .cache)
            #expect(asked == 3)
        }
    }

    @Test("Damaged files are compiled again") func damagedFiles() throws {
        try withTemporaryFolder { folder in
            let cache = EngineCache(folder: folder.path)
            var asked = 0
            _ = try engine(cache, asked: &asked)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let file = folder.appending(path: name)
            try Data(Data(contentsOf: file).dropLast(1000)).write(to: file)
            #expect(try engine(cache, asked: &asked).origin == .compiled)
            #expect(try engine(cache, asked: &asked).origin == .cache)
            #expect(asked == 2)
        }
    }

    @Test("A folder that cannot be created is not an error") func folderFailure() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let cache = EngineCache(folder: file.appending(path: "below").path)
            var asked = 0
            let made = try engine(cache, asked: &asked)
            guard case .compiledOnly(let reason) = made.origin else {
                Issue.record("\(made.origin)")
                return
            }
            #expect(!reason.isEmpty)
            #expect(largestDifference(try made.engine.answers(to: network), network.outputs) < 1e-5)
        }
    }

    /// A writer of the golden network that counts its calls.
    @ComputeActor private final class Written {
        let onnx: [UInt8]
        var paths: [String] = []
        var inMemory = 0

        init(_ onnx: [UInt8]) { self.onnx = onnx }

        var source: ONNXSource {
            .model(
                ONNXModelWriter(
                    write: { path in
                        self.paths.append(path)
                        try Data(self.onnx).write(to: URL(filePath: path))
                        try Data([1]).write(to: URL(filePath: path + ".data"))
                    },
                    bytes: {
                        self.inMemory += 1
                        return self.onnx
                    }))
        }
    }

    @Test("A written model is compiled from a temporary file in the cache") func writtenModel() throws {
        try withTemporaryFolder { folder in
            let cache = EngineCache(folder: folder.path)
            let shares = InferenceShares(batchSize: 11, streams: 1, threads: 1)
            let written = Written(network.onnx)
            @ComputeActor func engine() throws -> (engine: OpenVINOEngine, origin: EngineCache.Origin) {
                try cache.openVINOEngine(for: "written", precision: .float32, shares: shares) { written.source }
            }
            let made = try engine()
            #expect(largestDifference(try made.engine.answers(to: network), network.outputs) < 1e-5)
            let path = try #require(written.paths.first)
            #expect(path.hasPrefix(folder.path + "/") && path.hasSuffix(".onnx"))
            #expect(written.inMemory == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.map { $0.suffix(7) } == [".engine"])
            #expect(try engine().origin == .cache)
            #expect(written.paths.count == 1)

            let uncached = try OpenVINOEngine(written.source, shares: shares, cache: cache)
            #expect(largestDifference(try uncached.answers(to: network), network.outputs) < 1e-5)
            #expect(written.paths.count == 2 && written.inMemory == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
            let digests = try (written.source.digest(), ONNXSource.bytes(network.onnx).digest())
            #expect(digests.0 == digests.1)
        }
    }

    @Test("Without a writable folder, a model is written to memory") func writtenToMemory() throws {
        try withTemporaryFolder { folder in
            let shares = InferenceShares(batchSize: 11, streams: 1, threads: 1)
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let written = Written(network.onnx)
            let cache = EngineCache(folder: file.appending(path: "below").path)
            let engine = try OpenVINOEngine(written.source, shares: shares, cache: cache)
            #expect(largestDifference(try engine.answers(to: network), network.outputs) < 1e-5)
            #expect(written.paths.isEmpty && written.inMemory == 1)

            // The disk is full, as the writer reports.
            let full = EngineCache(folder: folder.path)
            let onnx = network.onnx
            let other = try OpenVINOEngine(
                .model(
                    ONNXModelWriter(
                        write: { throw FileError(path: $0, operation: "write", code: ENOSPC) }, bytes: { onnx })),
                shares: shares, cache: full)
            #expect(other.outputCount == GoldenNetwork.outputCount)
        }
    }

    @Test("An error of the writer is passed on, and its file is removed") func writerFailure() throws {
        struct Broken: Error {}
        try withTemporaryFolder { folder in
            let source = ONNXSource.model(
                ONNXModelWriter(
                    write: { path in
                        try Data([1]).write(to: URL(filePath: path))
                        throw Broken()
                    }, bytes: { throw Broken() }))
            #expect(throws: Broken.self) {
                try OpenVINOEngine(source, shares: .latency(), cache: EngineCache(folder: folder.path))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.isEmpty)
        }
    }

    @Test("The least recently used files are removed first") func leastRecentlyUsed() throws {
        try withTemporaryFolder { folder in
            let large = EngineCache(folder: folder.path)
            var asked = 0
            for batchSize in 1...4 { _ = try engine(large, batchSize: batchSize, asked: &asked) }
            // The first and the third were used last. There is room for three, one of them new.
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            for file in files { try age(folder.appending(path: file), by: 1000) }
            for batchSize in [1, 3] { #expect(try engine(large, batchSize: batchSize, asked: &asked).origin == .cache) }
            let sizes = try files.map { try Data(contentsOf: folder.appending(path: $0)).count }
            let small = EngineCache(folder: folder.path, limit: (sizes.max() ?? 0) * 7 / 2)
            let leftover = folder.appending(path: "broken-off.partial")
            try Data([1]).write(to: leftover)
            try age(leftover, by: 7200)

            #expect(try engine(small, batchSize: 5, asked: &asked).origin == .compiled)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
            for batchSize in [1, 3, 5] {
                #expect(try engine(small, batchSize: batchSize, asked: &asked).origin == .cache)
            }
            #expect(asked == 5)
        }
    }

    private func age(_ file: URL, by seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file.path)
    }

    @Test("The cache is in the user's cache folder") func cacheFolder() {
        #expect(EngineCache(environment: ["HOME": "/home/a"]).folder == "/home/a/.cache/apus/engines")
        #expect(EngineCache(environment: ["HOME": "/a", "XDG_CACHE_HOME": "/b"]).folder == "/b/apus/engines")
        #expect(EngineCache(environment: ["HOME": "/a", "XDG_CACHE_HOME": "b"]).folder == "/a/.cache/apus/engines")
        let cache = EngineCache(folder: "/b")
        #expect(cache.path(for: "x") == EngineCache(folder: "/b").path(for: "x"))
        #expect(cache.path(for: "x") != cache.path(for: "y"))
        #expect(cache.path(for: "../x").split(separator: "/").count == 2)
    }

    @Test("Every byte changes the checksum") func checksum() {
        func sum(_ bytes: [UInt8]) -> UInt64 {
            var digest = Digest64()
            bytes.withUnsafeBytes { digest.add($0) }
            return digest.value
        }
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 * $0) }
        var seen: Set<UInt64> = []
        for count in 0...200 {
            #expect(seen.insert(sum(Array(bytes.prefix(count)))).inserted)
            #expect(seen.insert(sum([UInt8](repeating: 0, count: count + 300))).inserted)
        }
        for place in 0..<200 {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                #expect(seen.insert(sum(changed)).inserted)
            }
        }
    }
}
