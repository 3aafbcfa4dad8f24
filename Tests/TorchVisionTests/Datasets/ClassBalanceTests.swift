import Testing

@testable import TorchVision

@Suite("Classes of unequal size")
struct ClassBalanceTests {
    @Test("Class weights are scikit-learn's \"balanced\"")
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
        #expect(even.classWeights == [1, 1] && even.classWeightsNote.contains("change nothing"))
        #expect(ClassBalance(of: MemoryDataset(count: 0)).classWeights == [1, 1])
    }

    @Test("Drawn by their weights, all classes come as often")
    func draws() {
        let dataset = MemoryDataset(countsByClass: [900, 90, 10])
        let weights = ClassBalance(of: dataset).pictureWeights(of: dataset)
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
        // 3333 of 10000 are to be expected, with a standard deviation of 47.
        for count in counts { #expect(abs(count - 3333) < 200) }
        #expect(loader().indices(epoch: 4) == loader().indices(epoch: 4))
        #expect(loader().indices(epoch: 4) != loader().indices(epoch: 5))
        #expect(loader().indices(epoch: 4) != loader(seed: 1).indices(epoch: 4))
        // With replacement: of the rare class each comes many times.
        #expect(Set(loader().indices(epoch: 0).filter { $0 >= 990 }).count <= 10)
        // Batches hold what the order says, whatever the workers.
        let batches = loader().batches(epoch: 2).flatMap(\.indices)
        #expect(batches == loader().indices(epoch: 2))
    }

    @Test("A weight of 0 is never drawn, and a draw does not depend on others")
    func countedDraws() {
        let draws = weightedIndices([0, 1, 0, 3, 0], seed: 2, epoch: 1)
        #expect(draws.count == 5 && Set(draws).isSubset(of: [1, 3]))
        let many = weightedIndices(Array(repeating: 1, count: 5000) + [0], seed: 1, epoch: 0)
        #expect(!many.contains(5000))
        // Evenly drawn with replacement, 1 - 1/e of all come at least once.
        #expect(abs(Double(Set(many).count) / 5000 - 0.632) < 0.02)
    }
}
