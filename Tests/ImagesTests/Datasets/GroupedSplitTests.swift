import TestSupport
import Testing

@testable import Images

/// Multi-label images that exist by name only.
private struct LabeledNames: ImageDataset {
    var classNames: [String]
    var isMultiLabel = true
    var names: [String] = []
    var labelSets: [[Int]]

    var count: Int { labelSets.count }
    func label(at index: Int) -> Int { labelSets[index].first ?? 0 }
    func labels(at index: Int) -> [Int] { labelSets[index] }
    func name(at index: Int) -> String { names[index] }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image { Image(width: 1, height: 1) }
}

@Suite("Test splits, grouped splits and multi-label splits")
struct GroupedSplitTests {
    @Test("The test split is taken from the images that validation leaves")
    func test() throws {
        let dataset = MemoryDataset(countsByClass: [50, 30, 20])
        let plain = try dataset.split(validation: .fraction(0.2), seed: 3)
        #expect(plain.test == nil)
        let split = try dataset.split(validation: .fraction(0.2), test: .fraction(0.1), seed: 3)
        #expect(split.validation.indices == plain.validation.indices)
        #expect(split.test?.countsByClass == [5, 3, 2])
        #expect(split.training.countsByClass == [35, 21, 14])
        let all = split.training.indices + split.validation.indices + (split.test?.indices ?? [])
        #expect(Set(all).count == 100 && all.count == 100)
        let counts = try dataset.split(validation: .count(11), test: .count(7), seed: 3, stratified: false)
        #expect([counts.validation.count, counts.test?.count] == [11, 7])
        for (validation, test) in [
            (SplitSize.fraction(0.6), SplitSize.fraction(0.4)), (.count(99), .count(1)), (.fraction(0.2), .count(0)),
        ] {
            let error = #expect(throws: DatasetError.self) { try dataset.split(validation: validation, test: test) }
            #expect(error?.code == .impossibleSplit)
        }
    }

    @Test("A seed gives the same split as in earlier versions")
    func unchanged() throws {
        let split = try MemoryDataset(countsByClass: [6, 4, 2]).split(validation: .fraction(0.25), seed: 7)
        // By definition: the first of each class by SplitMix64 with seed, index and stream as the key; computed in
        // Python.
        #expect(split.validation.indices == [1, 5, 9])
    }

    @Test("The order of an image's labels does not matter")
    func labelOrder() throws {
        // Floating-point sums depend on their order, and decide between splits of equal size.
        for seed in 0..<20 as Range<UInt64> {
            let sets = (0..<120).map { image in
                (0..<7).filter { (image * 7 + $0 * $0 * 3 + image / 5) % 3 == 0 || image % 11 == $0 }
            }
            let names = (0..<120).map(String.init)
            func split(_ labels: [[Int]]) throws -> [[Int]] {
                let dataset = LabeledNames(
                    classNames: (0..<7).map { "class \($0)" }, names: names, labelSets: labels)
                let split = try dataset.split(validation: .fraction(0.2), test: .fraction(0.2), seed: seed)
                return [split.training.indices, split.validation.indices, split.test?.indices ?? []]
            }
            let whole = try split(sets)
            #expect(try split(sets.map { $0.reversed() }) == whole, "seed \(seed)")
            #expect(try split(sets.map { $0.sorted { ($0 * 5 % 7) < ($1 * 5 % 7) } }) == whole, "seed \(seed)")
        }
    }

    @Test("No group is divided, and sizes and class fractions are kept", arguments: [0, 1, 2, 3, 4] as [UInt64])
    func groups(seed: UInt64) throws {
        // 120 animals of 3 species, each in 1 to 9 images.
        var labels: [Int] = []
        var groups: [String?] = []
        for animal in 0..<120 {
            for _ in 0...(animal * 7 % 9) {
                labels.append([0, 0, 0, 1, 1, 2][animal % 6])
                groups.append("animal \(animal)")
            }
        }
        var dataset = MemoryDataset(count: 0, classes: 3)
        dataset.imageLabels = labels
        let split = try dataset.split(validation: .fraction(0.2), test: .fraction(0.1), seed: seed, groups: groups)
        let test = try #require(split.test)
        let parts = [split.training, split.validation, test]
        #expect(parts.flatMap(\.indices).sorted() == Array(labels.indices))
        let owners = parts.map { part in Set(part.indices.map { groups[$0] }) }
        #expect(owners[0].isDisjoint(with: owners[1]) && owners[0].isDisjoint(with: owners[2]))
        #expect(owners[1].isDisjoint(with: owners[2]))
        let all = dataset.countsByClass
        for (part, share) in zip(parts, [0.7, 0.2, 0.1]) {
            #expect(abs(Double(part.count) - share * Double(labels.count)) <= 5, "\(part.count) of \(labels.count)")
            for (count, total) in zip(part.countsByClass, all) {
                #expect(abs(Double(count) - share * Double(total)) <= 6, "\(part.countsByClass)")
            }
        }
        #expect(split.notes.count == 1 && split.notes[0].hasPrefix("120 groups"))
        let again = try dataset.split(validation: .fraction(0.2), test: .fraction(0.1), seed: seed, groups: groups)
        #expect(again.validation.indices == split.validation.indices)
        let other = try dataset.split(validation: .fraction(0.2), test: .fraction(0.1), seed: seed + 10, groups: groups)
        #expect(other.validation.indices != split.validation.indices)
    }

    @Test("A class with one group stays in training, and impossible groups are an error")
    func scarceGroups() throws {
        let dataset = MemoryDataset(countsByClass: [40, 10])
        let groups = (0..<50).map { $0 < 40 ? "a\($0 / 2)" : "b" }
        let split = try dataset.split(validation: .fraction(0.2), seed: 1, groups: groups)
        #expect(split.training.countsByClass[1] == 10)
        #expect(split.validation.count == 10 || split.validation.count == 8)
        let error = #expect(throws: DatasetError.self) {
            try dataset.split(validation: .fraction(0.2), groups: Array(repeating: "one", count: 50))
        }
        #expect(error?.code == .impossibleSplit)
    }

    @Test("A pattern in the path names the groups")
    func pattern() throws {
        let folder = try TemporaryFolder()
        for species in ["cat", "dog"] {
            for animal in 0..<10 {
                for shot in 0..<3 { try folder.writeImage("\(species)/\(species)\(animal)-\(shot).png") }
            }
        }
        try folder.writeImage("cat/stray.png")
        let opened = try openDataset(at: folder.path, options: .init(groupPattern: "^([a-z]+[0-9]+)-"))
        let split = try opened.split(validation: .fraction(0.2), seed: 2)
        let animals = Set(
            split.validation.indices.map { index in
                opened.training.name(at: index).split(separator: "/").last?.split(separator: "-").first
            })
        #expect(split.validation.count == 12 && animals.count == 4)
        #expect(split.notes.contains { $0.contains("1 image does not match") })
        let byPath = try openDataset(at: folder.path, options: .init(groupPattern: "^(cat|dog)/"))
        #expect(throws: DatasetError.self) { try byPath.split(validation: .fraction(0.2), test: .fraction(0.2)) }
        let none = try openDataset(at: folder.path, options: .init(groupPattern: "^(horse)"))
        #expect(#expect(throws: DatasetError.self) { try none.split(validation: .fraction(0.2)) }?.code == .badPattern)
    }

    @Test("Multi-label images are stratified by all labels", arguments: [0, 1, 2] as [UInt64])
    func multiLabel(seed: UInt64) throws {
        var sets: [[Int]] = []
        for index in 0..<400 {
            var labels = [index % 2, 2 + index % 3]
            if index % 40 == 0 { labels.append(5) }
            if index % 100 == 0 { labels.append(6) }
            sets.append(labels)
        }
        let dataset = LabeledNames(classNames: (0..<7).map { "class \($0)" }, labelSets: sets)
        let split = try dataset.split(validation: .fraction(0.25), seed: seed)
        #expect(abs(split.validation.count - 100) <= 2, "\(split.validation.count)")
        for (count, total) in zip(split.validation.countsByClass, dataset.countsByClass) {
            #expect(abs(Double(count) - Double(total) / 4) <= 3, "\(split.validation.countsByClass)")
        }
        #expect(split.notes.isEmpty)
    }
}
