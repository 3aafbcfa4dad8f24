import Testing

@testable import Images

@Suite("Splits, limits and class maps")
struct SplitTests {
    @Test("A split is exact, stratified, seeded and without overlap")
    func stratified() throws {
        let dataset = MemoryDataset(countsByClass: [50, 30, 20, 1])
        let split = try dataset.split(validation: .fraction(0.2), seed: 3)
        #expect(split.validation.count == 20)
        #expect(split.validation.countsByClass == [10, 6, 4, 0])
        #expect(split.training.count == 81)
        #expect(Set(split.training.indices + split.validation.indices).count == 101)
        #expect(split.training.indices == split.training.indices.sorted())
        #expect(try dataset.split(validation: .fraction(0.2), seed: 3).validation.indices == split.validation.indices)
        #expect(try dataset.split(validation: .fraction(0.2), seed: 4).validation.indices != split.validation.indices)
    }

    @Test("A split by count ignores the classes")
    func byCount() throws {
        let dataset = MemoryDataset(countsByClass: [900, 100])
        let split = try dataset.split(validation: .count(200), seed: 1, stratified: false)
        #expect(split.validation.count == 200)
        // 20 images of the small class are expected, with a standard deviation of 3.8.
        #expect((5...35).contains(split.validation.countsByClass[1]))
        // The split is not a contiguous part of the list.
        #expect(split.validation.indices.contains { $0 < 200 } && split.validation.indices.contains { $0 > 700 })
    }

    @Test("The choice in one class does not depend on the other classes")
    func largestRemainders() throws {
        let split = try MemoryDataset(countsByClass: [3, 3, 3]).split(validation: .count(4), seed: 0)
        #expect(split.validation.countsByClass.sorted() == [1, 1, 2])
        let scarce = try MemoryDataset(countsByClass: [2, 2, 2]).split(validation: .count(5), seed: 0)
        #expect(scarce.training.countsByClass == [1, 1, 1])
    }

    @Test(
        "Impossible splits are errors",
        arguments: [
            SplitSize.fraction(0), .fraction(1), .fraction(-1), .fraction(.nan), .count(0), .count(10), .count(-3),
        ])
    func impossible(size: SplitSize) {
        let error = #expect(throws: DatasetError.self) { try MemoryDataset(count: 10).split(validation: size) }
        #expect(error?.code == .impossibleSplit)
    }

    @Test("A limit takes images of all classes equally")
    func limit() {
        let dataset = MemoryDataset(countsByClass: [100, 3, 50])
        let limited = dataset.limited(to: 23, seed: 5)
        #expect(limited.countsByClass == [10, 3, 10])
        #expect(limited.indices == limited.indices.sorted())
        #expect(dataset.limited(to: 23, seed: 5).indices == limited.indices)
        #expect(dataset.limited(to: 23, seed: 6).indices != limited.indices)
        #expect(dataset.limited(to: 1000).count == 153)
        #expect(dataset.limited(to: 2).count == 2)
        #expect(dataset.limited(to: -1).count == 0)
        // Images are chosen from the whole class, not from its beginning.
        #expect(limited.indices.contains { (20..<100).contains($0) })
    }

    @Test("A shuffle is a uniform random permutation")
    func shuffle() {
        var sums = [Int](repeating: 0, count: 10)
        for seed in 0..<2000 {
            let order = shuffledIndices(count: 10, seed: UInt64(seed), stream: RandomStream.shuffle)
            #expect(order.sorted() == Array(0..<10))
            for (place, index) in order.enumerated() { sums[index] += place }
        }
        // The mean position of each index is 4.5, with a standard error of 0.064.
        for sum in sums { #expect(abs(Double(sum) / 2000 - 4.5) < 0.35) }
    }

    @Test("Classes are matched by their bytes and by aliases")
    func classMap() throws {
        let map = try ClassMap(
            from: ["n02", "zebra", "n01"], to: ["apple", "zebra", "crane", "crane"], aliases: ["n01": 2, "n02": 3])
        #expect(map.targets == [3, 1, 2])
        let composed = ["caf\u{e9}"], decomposed = ["cafe\u{301}"]
        #expect(try ClassMap(from: composed, to: decomposed + composed).targets == [1])
        let unknown = #expect(throws: DatasetError.self) { try ClassMap(from: composed, to: decomposed) }
        #expect(unknown?.message.contains("\"caf\u{e9}\"") == true)
        let twice = #expect(throws: DatasetError.self) { try ClassMap(from: ["crane"], to: ["crane", "crane"]) }
        #expect(twice?.message.contains("0, 1") == true)
        let relabeled = try MemoryDataset(count: 3).relabeled(to: ["x", "class 1", "class 0"])
        #expect(relabeled.labels == [2, 1, 2])
        #expect(relabeled.classNames.count == 3)
    }
}
