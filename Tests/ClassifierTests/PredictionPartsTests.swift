import Classifier
import Foundation
import Images
import Platform
import TestSupport
import Testing

@Suite("Parts of a prediction") struct PredictionPartsTests {
    private func open(
        _ folder: URL, shard: String = "1/1", settings: [String: String] = [:], size: Int = 3, limit: String? = nil
    ) throws -> PredictionParts {
        let shard = try ShardChoice(shard).shard(in: [:])
        let manifest = try PredictionManifest(model: "m", shards: shard.count, list: nil, settings: settings)
        return try PredictionParts(
            folder.path, shard: shard, manifest: manifest, imagesPerPart: size,
            maximumUnreadable: limit.flatMap(UnreadableLimit.init))
    }

    /// Passes a list, and writes the missing results, up to a number of them; returns what was missing.
    @discardableResult private func work(
        _ names: [String], _ parts: PredictionParts, atMost most: Int = .max, failures: Set<String> = [],
        completes: Bool = true
    ) throws -> [String] {
        let missing = try names.filter { try parts.isMissing($0) }
        try parts.begin()
        for name in missing.prefix(most) {
            let failure = failures.contains(name) ? "\(name) is damaged" : nil
            try parts.write(Array("\(name)\n".utf8), of: name, failure: failure, header: nil)
        }
        guard completes else { return missing }
        var digest = Digest64()
        for name in names { digest.add(name) }
        try parts.complete(count: names.count, digest: digest)
        return missing
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("part-") }.sorted()
    }

    private func lines(_ folder: URL) throws -> [String] {
        try files(folder).flatMap {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private let names = (0..<10).map { "\($0).jpg" }

    @Test("A process continues after the files of one that was killed") func continues() throws {
        try withTemporaryFolder { folder in
            try work(names, open(folder), atMost: 8, completes: false)
            #expect(try lines(folder) == Array(names[..<6]))
            #expect(try work(names, open(folder, size: 2)) == Array(names[6...]))
            #expect(try lines(folder) == names)
            #expect(try files(folder).count == 4)
            #expect(try work(names, open(folder)) == [])
        }
    }

    @Test("A removed file is written again, and only this one") func gap() throws {
        try withTemporaryFolder { folder in
            try work(names, open(folder))
            let all = try files(folder)
            try FileManager.default.removeItem(at: folder.appending(path: all[1]))
            #expect(try work(names, open(folder, size: 100)) == Array(names[3..<6]))
            #expect(try files(folder) == all)
            #expect(try lines(folder) == names)
        }
    }

    @Test("What a process has is kept if it ends in order, and its temporary file goes if it does not")
    func ending() throws {
        try withTemporaryFolder { folder in
            let parts = try open(folder)
            try work(names, parts, atMost: 4, completes: false)
            try parts.finishFile()
            #expect(try lines(folder) == Array(names[..<4]))
        }
        try withTemporaryFolder { folder in
            // The other shard may be at work.
            let rests = (1...2).map { folder.appending(path: ".part-0000\($0)-of-00002.abc.partial") }
            for rest in rests { try Data("1.jp".utf8).write(to: rest) }
            _ = try open(folder, shard: "1/2")
            #expect(rests.map { FileManager.default.fileExists(atPath: $0.path) } == [false, true])
        }
    }

    @Test("Another list is refused: other images, fewer, or more after the end") func otherList() throws {
        try withTemporaryFolder { folder in
            try work(names, open(folder))
            for list in [["x"] + names.dropFirst(), Array(names.dropLast(4)), names + ["x"]] {
                let error = #expect(throws: ApusError.self) { try work(list, open(folder)) }
                #expect(error?.code == .datasetChanged, "\(list)")
            }
            #expect(try work(names, open(folder)) == [])
        }
    }

    @Test("Another list than that of a complete shard is refused before work, and none of its results stays")
    func otherListOfMark() throws {
        try withTemporaryFolder { folder in
            try work(names, open(folder, shard: "1/2"))
            let before = try files(folder)
            let error = #expect(throws: ApusError.self) { try work(names + ["x"], open(folder, shard: "1/2")) }
            #expect(error?.message.contains("was complete with 10 images, and has more now") == true)
            let parts = try open(folder, shard: "2/2")
            try parts.check(listed: 10)
            #expect(throws: ApusError.self) { try parts.check(listed: 11) }
            #expect(throws: ApusError.self) { try work(Array(names.dropLast()), parts, atMost: 2) }
            try parts.finishFile()
            #expect(try files(folder) == before)
            #expect(try work(names, open(folder, shard: "1/2")) == [])
        }
    }

    @Test("A shard is not marked as complete while a removed file is predicted again") func markOfGap() throws {
        try withTemporaryFolder { folder in
            let mark = folder.appending(path: "_done-00001-of-00001.json").path
            try work(names, open(folder))
            #expect(FileManager.default.fileExists(atPath: mark))
            try FileManager.default.removeItem(at: folder.appending(path: files(folder)[1]))
            let parts = try open(folder)
            try work(names, parts, atMost: 1, completes: false)
            #expect(!FileManager.default.fileExists(atPath: mark))
            #expect(throws: ApusError.self) { try work(names + ["x"], parts) }
        }
    }

    @Test("The limit of unreadable images is for the shard, and a retry does not undo it", arguments: ["2", "20%"])
    func limit(_ limit: String) throws {
        try withTemporaryFolder { folder in
            let failures: Set = [names[0], names[4], names[5]]
            for _ in 0..<2 {
                let error = #expect(throws: ApusError.self) {
                    try work(names, open(folder, limit: limit), failures: failures)
                }
                #expect(error?.code == .unreadableImage, "\(error?.message ?? "")")
            }
            #expect(try !lines(folder).contains(names[9]))
            try work(names, open(folder, limit: "30%"), failures: failures)
            #expect(try lines(folder) == names)
            #expect(throws: ApusError.self) { try work(names, open(folder, limit: limit)) }
        }
    }

    @Test("A process that can read none of its images writes nothing, unless the limit allows it") func nothing() throws
    {
        try withTemporaryFolder { folder in
            try work(names, open(folder), atMost: 6, completes: false)
            let error = #expect(throws: ApusError.self) {
                try work(names, open(folder, size: 2), failures: Set(names))
            }
            #expect(error?.code == .noReadableImages && error?.message.contains("6.jpg is damaged") == true)
            #expect(try lines(folder) == Array(names[..<6]))
            // Those at the start wait for the first that is readable.
            try work(names, open(folder, size: 1), failures: Set(names[6...8]))
            #expect(try lines(folder) == names)
        }
        for (count, limit) in [(0, "100%"), (6, "40%"), (9, "10%"), (9, "1")] {
            // The limit is for the whole shard, however few of its images were left to this process.
            try withTemporaryFolder { folder in
                try work(names, open(folder), atMost: count, completes: false)
                try work(names, open(folder, limit: limit), failures: Set(names))
                #expect(try lines(folder) == names)
            }
        }
    }

    @Test("Other shards and settings are refused and named") func otherWork() throws {
        try withTemporaryFolder { folder in
            try work(names, open(folder, shard: "1/2", settings: ["top": "5"]))
            for (shard, top, text) in [("1/3", "5", "number of shards 2, not 3"), ("2/2", "1", "top 5, not 1")] {
                let error = #expect(throws: ApusError.self) {
                    try open(folder, shard: shard, settings: ["top": top])
                }
                #expect(error?.code == .configurationChanged && error?.message.contains(text) == true)
            }
        }
    }

    @Test("Two processes at one shard, and two files with the same images, are refused") func twice() throws {
        try withTemporaryFolder { folder in
            let parts = try open(folder)
            #expect(throws: ApusError.self) { try open(folder) }.map { #expect($0.code == .runInUse) }
            try work(names, parts)
        }
        try withTemporaryFolder { folder in
            for count in [5, 6] {
                let name = "part-00001-of-00001-0000000000-000000000\(count)-0000000000-0000000000000000.jsonl"
                try Data().write(to: folder.appending(path: name))
            }
            #expect(throws: ApusError.self) { try open(folder) }.map { #expect($0.code == .damagedFile) }
        }
    }

    @Test("A full disk loses the current file only", .smallDisk) func fullDisk() async throws {
        try await withSmallDisk(megabytes: 1) { disk in
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 150_000)
            let parts = try open(disk)
            #expect(throws: FileError.self) {
                for name in names where try parts.isMissing(name) { try parts.write(line, of: name, header: nil) }
            }
            try parts.finishFile()
            #expect(try files(disk).count == 2)
        }
    }
}
