import LibC
import Platform
import StudioProject
import TestSupport
import Testing

@Suite struct FeatureStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("features.bin")
    }

    private func open(_ network: String = "net", dimension: Int = 3) throws -> FeatureStore {
        try FeatureStore(path: path, network: network, dimension: dimension)
    }

    @Test("Opened read-only, a file stays as it is, whatever is at its end or in its header") func readOnly() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("features.bin")
        try FeatureStore(path: path, network: "a", dimension: 2).append([(1, "v")], values: [3, 4])
        let whole = try fileBytes(path)
        try writeAtomically(whole + [1, 2, 3], to: path)
        let reader = try FeatureStore(path: path, network: "a", dimension: 2, isReadOnly: true)
        #expect(try reader.rows([1]).values == [3, 4])
        #expect(try fileBytes(path) == whole + [1, 2, 3])
        #expect(try FeatureStore(path: path, network: "b", dimension: 2, isReadOnly: true).count == 0)
        #expect(try fileBytes(path) == whole + [1, 2, 3])
    }

    @Test("Features come back in the order of the photos, the latest of each, also after the file was opened again")
    func roundTrip() throws {
        var store = try open()
        #expect(store.count == 0)
        try store.append([(7, "a"), (2, "a")], values: [1, 2, 3, 4, 5, 6])
        try store.append([(7, "b")], values: [7, 8, 9])
        for _ in 0..<2 {
            #expect(store.count == 2)
            #expect(store.has(7, version: "b"))
            #expect(!store.has(7, version: "a"))
            #expect(!store.has(3, version: "a"))
            let rows = try store.rows([2, 3, 7, 2])
            #expect(rows.ids == [2, 7, 2])
            #expect(rows.values == [4, 5, 6, 7, 8, 9, 4, 5, 6])
            store = try open()
        }
    }

    @Test("The file stays bounded when photos change again and again, and keeps the latest features of each")
    func compaction() throws {
        let store = try open()
        try store.append((1...10).map { ($0, "a") }, values: (0..<30).map(Float.init))
        let size = try fileBytes(path).count
        var sizes: [Int] = []
        for round in 1...40 {
            let value = Float(round)
            try store.append([(3, "\(round)"), (4, "\(round)")], values: [value, 0, 1, value, 0, 2])
            sizes.append(try fileBytes(path).count)
            #expect(try store.rows([4, 1, 3]).values == [value, 0, 2, 0, 1, 2, value, 0, 1])
        }
        #expect(sizes.max() ?? 0 < 3 * size && zip(sizes, sizes.dropFirst()).contains { $1 < $0 })
        let again = try open()
        #expect(again.count == 10 && again.has(3, version: "40") && !again.has(3, version: "39"))
        #expect(try again.rows(Array(1...10)).values == store.rows(Array(1...10)).values)
        try again.append([(11, "a")], values: [7, 8, 9])
        #expect(try open().rows([10, 11]).values == [27, 28, 29, 7, 8, 9])
    }

    @Test("A file that can't be written anew stays in use, and that is tried again only after as many rows")
    func failedCompaction() throws {
        let store = try open()
        try store.append((1...10).map { ($0, "a") }, values: (0..<30).map(Float.init))
        try removeFile(path)
        try folder.make("features.bin")
        func replace(_ count: Int) throws { for _ in 0..<count { try store.append([(3, "b")], values: [7, 8, 9]) } }
        try replace(11)
        #expect(rmdir(path) == 0)
        try replace(10)
        #expect(!fileExists(path))
        #expect(try store.rows([2, 3]).values == [3, 4, 5, 7, 8, 9])
        try replace(1)
        try store.append([(11, "a")], values: [1, 2, 3])
        #expect(try open().rows([2, 3, 11]).values == [3, 4, 5, 7, 8, 9, 1, 2, 3])
    }

    @Test("Wherever the last block is torn, those before stay, and more can be added")
    func torn() throws {
        let store = try open()
        try store.append([(1, "a")], values: [1, 2, 3])
        let first = try fileBytes(path).count
        try store.append([(2, "a"), (3, "a")], values: [4, 5, 6, 7, 8, 9])
        let bytes = try fileBytes(path)
        for end in first..<bytes.count {
            try writeAtomically(Array(bytes[..<end]), to: path)
            let torn = try open()
            #expect(torn.count == 1)
            try torn.append([(4, "a")], values: [-1, -2, -3])
            let again = try open()
            #expect(try again.rows([1, 2, 3, 4]).values == [1, 2, 3, -1, -2, -3])
        }
    }

    @Test("A photo whose features are damaged has none, and the others keep theirs")
    func damaged() throws {
        try open().append([(1, "a"), (2, "a"), (3, "a")], values: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        var bytes = try fileBytes(path)
        // In the second photo's features: the file ends with 3 of 12 bytes each.
        bytes[bytes.count - 20] ^= 1
        try writeAtomically(bytes, to: path)
        let store = try open()
        #expect(try store.rows([1, 2, 3]).ids == [1, 3])
        #expect(try store.rows([1, 2, 3]).values == [1, 2, 3, 7, 8, 9])
        #expect(!store.has(2, version: "a"))
        try store.append([(2, "a")], values: [0, 0, 0])
        #expect(try store.rows([2]).values == [0, 0, 0])
    }

    @Test("A block that says it has any number of rows is not believed")
    func hostile() throws {
        try open().append([(1, "a")], values: [1, 2, 3])
        let bytes = try fileBytes(path)
        for count: UInt64 in [0, 2, 1 << 32, 1 << 62, .max] {
            var wrong = bytes
            withUnsafeBytes(of: count.littleEndian) { wrong.replaceSubrange(24..<32, with: $0) }
            try writeAtomically(wrong, to: path)
            #expect(try open().count == 0)
        }
    }

    @Test("A file of another network, of another dimension or of anything else begins anew")
    func others() throws {
        try open().append([(1, "a")], values: [1, 2, 3])
        #expect(try open().count == 1)
        #expect(try open("other").count == 0)
        try open("other").append([(1, "a")], values: [1, 2, 3])
        #expect(try open("other", dimension: 4).count == 0)
        try writeAtomically(Array("this is something else, and long enough for a header".utf8), to: path)
        #expect(try open().count == 0)
        #expect(try fileBytes(path).count == 24)
        #expect(throws: FileError.self) {
            try FeatureStore(path: nowhere + "/features.bin", network: "net", dimension: 3)
        }
    }
}
