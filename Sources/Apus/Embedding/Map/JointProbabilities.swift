internal import Torch

/// How much points belong together: t-SNE's P, as scikit-learn's `_joint_probabilities` has it.
@TensorActor
struct JointProbabilities {
    private static let rowsAtOnce = 256
    private static let steps = 64
    private static let tolerance = 1e-5

    /// float64 `[N, N]`, symmetric, 0 on the diagonal; the sum is 1.
    let values: Tensor

    /// Of points `[N, D]`. Around each, a Gaussian is as wide as gives its neighbours this perplexity: e to the power of
    /// the entropy, roughly the number of neighbours that count.
    init(of points: Tensor, perplexity: Double) throws {
        let points = try points.to(.float64)
        let centred = try points - points.mean([0], keepDimensions: true)
        let lengths = try (centred * centred).sum([1])
        let count = centred.size(0)
        let transposed = try centred.transpose(0, 1)
        var parts: [Tensor] = []
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let rows = try centred.narrow(0, from: start, length: size)
            let squares = try lengths.narrow(0, from: start, length: size).unsqueeze(1)
            let distances = try (squares + lengths.unsqueeze(0) - rows.matmul(transposed) * 2).clamp(0, nil)
            parts.append(try Self.conditional(distances, firstRow: start, perplexity: perplexity))
        }
        let conditional = try Tensor.cat(parts)
        let both = try conditional + conditional.transpose(0, 1)
        values = try both / both.sum()
    }

    /// The probabilities of each row's neighbours, `[n, N]`, from squared distances: the precision of each row's Gaussian
    /// is found by halving.
    private static func conditional(_ distances: Tensor, firstRow: Int, perplexity: Double) throws -> Tensor {
        let (rows, count) = (distances.size(0), distances.size(1))
        let isSelf = try Tensor.arange(firstRow, firstRow + rows).unsqueeze(1) .== Tensor.arange(0, count).unsqueeze(0)
        // Counted from the nearest neighbour, so that not all of a far point's probabilities vanish.
        let others = try distances.maskedFill(isSelf, .infinity)
        let shifted = try others - Operator.rowMinima(others, [1], true)
        let target = try Tensor(perplexity).log()
        var (low, high) = (
            try Tensor.zeros([rows, 1], dtype: .float64), try Tensor.full([rows, 1], .infinity, dtype: .float64)
        )
        var precision = try Tensor.ones([rows, 1], dtype: .float64)
        // The nearest units of length: a row's mean distance.
        precision = try precision / (shifted.maskedFill(isSelf, 0).mean([1], keepDimensions: true).clamp(1e-30, nil))
        var probabilities = shifted
        for _ in 0..<steps {
            let weights = try (-(shifted * precision)).exp()
            let sums = try weights.sum([1], keepDimensions: true)
            probabilities = try weights / sums
            let expected = try (probabilities * shifted.maskedFill(isSelf, 0)).sum([1], keepDimensions: true)
            let difference = try sums.log() + precision * expected - target
            if try difference.abs().max().item(as: Double.self) <= tolerance { break }
            let isTooWide = try difference .> 0
            low = try Tensor.choose(where: isTooWide, precision, low)
            high = try Tensor.choose(where: isTooWide, high, precision)
            let between = try Tensor.choose(where: high.isFinite(), (low + high) / 2, low * 2)
            precision = try Tensor.choose(where: difference.abs() .> Tensor(tolerance), between, precision)
        }
        return probabilities
    }
}

extension Operator {
    fileprivate static let rowMinima = Operator("aten::amin")
}
