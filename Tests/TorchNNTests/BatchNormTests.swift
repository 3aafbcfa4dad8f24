import TestSupport
import Testing
import Torch
import TorchNN

@Suite struct BatchNormTests {
    /// `BatchNorm2d` is compared with PyTorch's numbers; over rows of features the other is the same.
    @Test(arguments: [[6, 4], [6, 4, 5]]) func featuresAreNormalisedAsChannels(_ shape: [Int]) throws {
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

    @Test func aSingleRowHasNoVariance() throws {
        let norm = try BatchNorm1d(4)
        #expect(throws: TorchError.self) { try norm(Formula.tensor([1, 4])) }
        norm.eval()
        #expect(try norm(Formula.tensor([1, 4])).shape == [1, 4])
    }
}
