internal import Torch

extension Operator {
    fileprivate static let countNonzero = Operator("aten::count_nonzero.dim_IntList")
}

/// Sums of what a layer's channels gave, batch after batch.
struct ActivationTally {
    private let layer: String
    private let type: String
    /// `[channels]` in double precision.
    private var sums: Tensor
    private var squares: Tensor
    private var nonzeros: Tensor
    /// How many values each channel has given.
    private var count = 0

    init(_ layer: String, type: String, channels: Int) throws {
        (self.layer, self.type) = (layer, type)
        sums = try Tensor.zeros([channels], dtype: .float64)
        squares = try Tensor.zeros([channels], dtype: .float64)
        nonzeros = try Tensor.zeros([channels], dtype: .float64)
    }

    /// Adds maps `[N, C, h, w]`.
    mutating func add(_ maps: Tensor) throws {
        let values = try maps.to(.float64)
        sums = try sums + values.sum([0, 2, 3]).to(.cpu)
        squares = try squares + values.pow(2).sum([0, 2, 3]).to(.cpu)
        nonzeros = try nonzeros + Operator.countNonzero(values, [0, 2, 3]).to(.float64).to(.cpu)
        count += values.size(0) * values.size(2) * values.size(3)
    }

    var statistics: ActivationStatistics {
        get throws {
            let (sums, squares, nonzeros) = (
                try self.sums.array(as: Double.self), try self.squares.array(as: Double.self),
                try self.nonzeros.array(as: Double.self)
            )
            let all = Double(count * sums.count)
            func deviation(_ sum: Double, _ square: Double, _ count: Double) -> Double {
                max(0, square / count - (sum / count) * (sum / count)).squareRoot()
            }
            let whole = deviation(sums.reduce(0, +), squares.reduce(0, +), all)
            let dead = sums.indices.filter { nonzeros[$0] == 0 }
            let constant = sums.indices.filter { channel in
                nonzeros[channel] > 0
                    && deviation(sums[channel], squares[channel], Double(count))
                        < ActivationStatistics.constantBound * whole
            }
            return ActivationStatistics(
                layer: layer, type: type, channels: sums.count, mean: sums.reduce(0, +) / all,
                standardDeviation: whole, zeroShare: 1 - nonzeros.reduce(0, +) / all, deadChannels: dead,
                constantChannels: constant)
        }
    }
}
