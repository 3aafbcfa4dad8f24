import Testing
import Torch
import TorchNN
import TorchTestSupport

@Suite("Batch normalization") struct BatchNormTests {
    @Test("Features are normalized like channels", arguments: [[6, 4], [6, 4, 5]])
    func features(_ shape: [Int]) throws {
        let (rows, maps) = (try BatchNorm1d(4), try BatchNorm2d(4))
        try Formula.fill(rows)
        try maps.load(rows.stateDict)
        #expect(rows.stateDict.map(\.name) == maps.stateDict.map(\.name))
        let input = try Formula.tensor(shape)
        let map = try input.reshape([6, 4, shape.count == 3 ? 5 : 1, 1])
        for isTraining in [true, false] {
            rows.train(isTraining)
            maps.train(isTraining)
            try expectClose(rows(input), maps(map).reshape(shape), within: 1e-6)
            for (left, right) in zip(rows.stateDict, maps.stateDict) {
                try expectClose(left.tensor, right.tensor, within: 1e-6, "\(left.name)")
            }
        }
    }

    @Test("Statistics estimated again are the means over the batches, regardless of earlier values")
    func estimatedStatistics() throws {
        let model = Sequential(try BatchNorm1d(3), try BatchNorm1d(3))
        let (trained, frozen) = (
            try #require(model[0] as? BatchNorm1d), try #require(model[1] as? BatchNorm1d)
        )
        try frozen.freeze()
        model.train()
        #expect(model.normalizesBatches)
        for layer in [trained, frozen] {
            try layer.runningMean.fill(1e30)
            try layer.runningVariance.fill(.nan)
        }
        let batches: [[Float]] = [[1, 2, 3, 3, 4, 5], [5, 6, 7, 9, 10, 11], [0, 0, 0, 6, 6, 6]]
        try model.estimateRunningStatistics {
            for batch in batches { _ = try trained(Tensor(batch, shape: [2, 3])) }
        }
        // The mean of two rows a and b, and the variance (a - b)² / 2.
        try expectClose(trained.runningMean, Tensor([Float(12) / 3, 14.0 / 3, 16.0 / 3]), within: 1e-5)
        try expectClose(trained.runningVariance, Tensor([Float](repeating: (2 + 8 + 18) / 3, count: 3)), within: 1e-5)
        #expect(try frozen.runningMean.array(as: Float.self) == [1e30, 1e30, 1e30])
        // Afterwards they are updated as before.
        _ = try trained(Tensor(batches[0], shape: [2, 3]))
        try expectClose(trained.runningMean.select(dim: 0, index: 0), Tensor(Float(4 * 0.9 + 2 * 0.1)), within: 1e-5)
        model.eval()
        #expect(!model.normalizesBatches)
    }

    @Test("A single row has no variance")
    func singleRow() throws {
        let norm = try BatchNorm1d(4)
        #expect(throws: TorchError.self) { try norm(Formula.tensor([1, 4])) }
        norm.eval()
        #expect(try norm(Formula.tensor([1, 4])).shape == [1, 4])
    }
}
