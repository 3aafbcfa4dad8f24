import Testing

@testable import Images

@Suite("Class balancing")
struct ClassBalanceTests {
    @Test("Class weights equal scikit-learn's \"balanced\"")
    func weights() {
        // The example in the documentation of sklearn.utils.class_weight.compute_class_weight.
        #expect(ClassBalance(of: MemoryDataset(countsByClass: [2, 4])).classWeights == [1.5, 0.75])
        let balance = ClassBalance(of: MemoryDataset(countsByClass: [30, 0, 10, 20]))
        #expect(balance.classWeights == [60.0 / 90, 1, 2, 1])
        #expect(balance.ratio == 3)
        #expect(balance.positiveWeights == [1, 1, 5, 2])
        #expect(balance.classWeightsNote.contains("30 class 0 to 10 class 2 (3 : 1)"))
        #expect(balance.classWeightsNote.contains("class 0 0.67, class 3 1, class 2 2"))
        #expect(balance.samplingNote.contains("with replacement"))
        let even = ClassBalance(of: MemoryDataset(countsByClass: [5, 5]))
        #expect(even.classWeights == [1, 1] && even.classWeightsNote.contains("have no effect"))
        #expect(ClassBalance(of: MemoryDataset(count: 0)).classWeights == [1, 1])
    }

    /// Multi-label images.
    private struct Labels: ImageDataset {
        let classNames: [String]
        let sets: [[Int]]

        var count: Int { sets.count }
        var isMultiLabel: Bool { true }
        func label(at index: Int) -> Int { sets[index].first ?? 0 }
        func labels(at index: Int) -> [Int] { sets[index] }
        func name(at index: Int) -> String { "\(index)" }
        func image(at index: Int, options: ImageReadingOptions) throws -> Image { Image(width: 4, height: 4) }
    }

    @Test("Reported multi-label weights are those in use, and none is 0 or extremely large")
    func multiLabelWeights() {
        // Every image shows the first class, one in 500 the second, two in five the third.
        let sets = (0..<500).map { number in [0] + (number == 7 ? [1] : []) + (number % 5 < 2 ? [2] : []) }
        let dataset = Labels(classNames: ["always", "once", "often", "never"], sets: sets)
        let balance = ClassBalance(of: dataset)
        #expect(balance.positiveWeights == [0.1, 100, 1.5, 1])
        #expect(balance.lossWeights == balance.positiveWeights)
        #expect(balance.classWeightsNote.contains("always 0.1, often 1.5, once 100"))
        #expect(balance.classWeightsNote.contains("from 0.1 to 100"))
        // The frequency in the note: the chance of an image with the class, relative to that without weights.
        let weights = balance.imageWeights(of: dataset)
        let factor = weights[7] / (weights.reduce(0, +) / 500)
        let text = (factor * 100).rounded() / 100
        #expect(balance.samplingNote.contains("once \(text)"), "\(balance.samplingNote), \(text)")
    }

    @Test(
        "Multi-label classes of equal size have equal weights, and small weights are not shown as 0")
    func equalClassesAndSmallWeights() {
        let dataset = Labels(classNames: ["a", "b"], sets: (0..<8).map { [$0 % 2] } + Array(repeating: [], count: 24))
        #expect(ClassBalance(of: dataset).classWeightsNote.contains("a 7, b 7"))
        #expect(
            ClassBalance(of: MemoryDataset(countsByClass: [100_000, 100])).classWeightsNote.contains("class 0 0.5"))
        let many = ClassBalance(of: MemoryDataset(countsByClass: [50_000] + Array(repeating: 5, count: 200)))
        #expect(many.classWeightsNote.contains("class 0 0.005"), "\(many.classWeightsNote)")
    }

    @Test("Weighted sampling draws all classes equally often")
    func draws() throws {
        let dataset = MemoryDataset(countsByClass: [900, 90, 10])
        let weights = ClassBalance(of: dataset).imageWeights(of: dataset)
        #expect(abs(weights.reduce(0, +) - 1000) < 1e-9)
        func loader(seed: UInt64 = 0) -> DataLoader {
            DataLoader(
                dataset, transforms: [], height: 4, width: 4, batchSize: 8, order: .weighted(weights), seed: seed)
        }
        var counts = [0, 0, 0]
        for epoch in 0..<10 {
            let indices = loader().indices(epoch: epoch)
            #expect(indices.count == 1000)
            for index in indices { counts[dataset.label(at: index)] += 1 }
        }
        // 3333 of 10000 are expected, with a standard deviation of 47.
        for count in counts { #expect(abs(count - 3333) < 200) }
        #expect(loader().indices(epoch: 4) == loader().indices(epoch: 4))
        #expect(loader().indices(epoch: 4) != loader().indices(epoch: 5))
        #expect(loader().indices(epoch: 4) != loader(seed: 1).indices(epoch: 4))
        // With replacement: each image of the rare class is drawn many times.
        #expect(Set(loader().indices(epoch: 0).filter { $0 >= 990 }).count <= 10)
        // Batches follow the order for any number of workers.
        let batches = try loader().batches(epoch: 2).all().flatMap(\.indices)
        #expect(batches == loader().indices(epoch: 2))
    }

    @Test("A weight of 0 is never drawn, and draws are independent")
    func countedDraws() throws {
        let draws = weightedIndices([0, 1, 0, 3, 0], seed: 2, epoch: 1)
        #expect(draws.count == 5 && Set(draws).isSubset(of: [1, 3]))
        let many = weightedIndices(Array(repeating: 1, count: 5000) + [0], seed: 1, epoch: 0)
        #expect(!many.contains(5000))
        // Uniform draws with replacement include 1 - 1/e of all images.
        #expect(abs(Double(Set(many).count) / 5000 - 0.632) < 0.02)
    }
}
