internal import LibC
internal import Torch

/// Computes t-SNE without approximation: positions in two dimensions in which neighbors stay near each other.
///
/// Van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008, with the gradient descent of scikit-learn's
/// `TSNE(method="exact")`: early exaggeration by 12 for 250 of 1,000 steps, a learning rate of N / 48 (at least 50),
/// gains, and initialization by principal components. There are no random numbers.
@TensorActor
struct TSNE {
    /// The largest number of points. Time and memory are proportional to its square.
    nonisolated static let largestCount = 5000
    private static let exaggeration = 12.0
    private static let exaggeratedSteps = 250
    private static let steps = 1000
    private static let checkEvery = 50
    private static let patience = 300
    private static let leastGradient = 1e-7
    private static let rowsAtOnce = 256

    /// The positions `[N, 2]`.
    var positions: Tensor
    /// The final Kullback-Leibler divergence.
    private(set) var divergence = Double.infinity

    /// The joint probabilities, float32 `[N, N]`, without exaggeration.
    private let joint: Tensor

    /// Initializes the positions of points, float32 `[N, D]`.
    init(of points: Tensor, perplexity: Double) throws {
        joint = try JointProbabilities(of: points, perplexity: perplexity).values.to(.float32)
        var start = try PrincipalComponents(of: points, count: 2).projected
        if start.shape[1] < 2 { start = try start.pad([0, 2 - start.shape[1]]) }
        let deviation = try start.select(dim: 1, index: 0).variance(correction: 0).sqrt().clamp(min: 1e-12)
        positions = try (start / deviation * 1e-4).to(.float32)
    }

    /// Runs all steps.
    ///
    /// - Parameter progress: called after each step with the number of finished steps and the total.
    mutating func run(progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws {
        try descend(0..<Self.exaggeratedSteps, momentum: 0.5, exaggeration: Self.exaggeration, progress)
        try descend(Self.exaggeratedSteps..<Self.steps, momentum: 0.8, exaggeration: 1, progress)
        divergence = try divergence(gradient(exaggeration: 1).sum)
        try progress(Self.steps, Self.steps)
    }

    private mutating func descend(
        _ steps: Range<Int>, momentum: Double, exaggeration: Double, _ progress: (Int, Int) throws -> Void
    ) throws {
        let rate = max(Double(positions.shape[0]) / Self.exaggeration / 4, 50)
        var update = try positions.zerosLike()
        var gains = try Tensor.ones(positions.shape)
        var best = (divergence: Double.infinity, step: steps.lowerBound)
        for step in steps {
            let (raw, sum) = try gradient(exaggeration: exaggeration)
            let turns = try (update * raw) .< 0
            gains = try Tensor.where(turns, gains + 0.2, gains * 0.8).clamp(min: 0.01)
            let gradient = try raw * gains
            update = try update * momentum - gradient * rate
            try positions += update
            try progress(step, Self.steps)
            guard (step + 1) % Self.checkEvery == 0 else { continue }
            let divergence = try divergence(sum)
            if divergence < best.divergence {
                best = (divergence, step)
            } else if step - best.step > Self.patience {
                return
            }
            if try gradient.norm().item(as: Float.self) <= Float(Self.leastGradient) { return }
        }
    }

    /// Returns the points with an additional 1, and the matrix whose product with them is 1 + |a - b|².
    private func factors() throws -> (values: Tensor, left: Tensor, right: Tensor) {
        let squares = try (positions * positions).sum(dim: 1, keepDim: true)
        let ones = try Tensor.ones([positions.shape[0], 1])
        return (
            try Tensor.cat([positions, ones], dim: 1),
            try Tensor.cat([positions * -2, squares + 1, ones], dim: 1),
            try Tensor.cat([positions, ones, squares], dim: 1).transpose(0, 1)
        )
    }

    /// Returns the gradient of the divergence, `[N, 2]`, and the sum of 1 / (1 + |a - b|²) over all pairs.
    ///
    /// Works on a few rows at a time, so that intermediate results fit the processor's cache.
    func gradient(exaggeration: Double) throws -> (values: Tensor, sum: Double) {
        let count = positions.shape[0]
        let (values, left, right) = try factors()
        var (pull, push): ([Tensor], [Tensor]) = ([], [])
        // The similarity of a point to itself, 1, does not count.
        var sum = -Double(count)
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let closeness = try left.narrow(dim: 0, from: start, length: size).matmul(right)
            try Operator.reciprocalInPlace.run(closeness)
            sum += try closeness.sum().item(as: Double.self)
            pull.append(try (joint.narrow(dim: 0, from: start, length: size) * closeness).matmul(values))
            try closeness *= closeness
            push.append(try closeness.matmul(values))
        }
        let forces = try Tensor.cat(pull) * exaggeration - Tensor.cat(push) / sum
        let weights = try forces.narrow(dim: 1, from: 2, length: 1)
        return (try (positions * weights - forces.narrow(dim: 1, from: 0, length: 2)) * 4, sum)
    }

    /// Returns the divergence of the positions from P, given the sum over all pairs.
    func divergence(_ sum: Double) throws -> Double {
        let count = positions.shape[0]
        let (_, left, right) = try factors()
        var total = 0.0
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let joint = try self.joint.narrow(dim: 0, from: start, length: size)
            let logarithms = try left.narrow(dim: 0, from: start, length: size).matmul(right).log()
            let terms = try joint * (joint.clamp(min: 1e-37).log() + logarithms)
            total += try terms.sum().item(as: Double.self)
        }
        return try total + joint.sum().item(as: Double.self) * log(sum)
    }
}

extension Operator {
    fileprivate static let reciprocalInPlace = Operator("aten::reciprocal_")
}

/// The joint probabilities of points, t-SNE's P, like scikit-learn's `_joint_probabilities`.
@TensorActor
struct JointProbabilities {
    private static let rowsAtOnce = 256
    private static let steps = 64
    private static let tolerance = 1e-5

    /// The probabilities, float64 `[N, N]`: symmetric, 0 on the diagonal, with sum 1.
    let values: Tensor

    /// Computes the probabilities of points `[N, D]`. The width of the Gaussian around each point results in this
    /// perplexity: e to the power of the entropy, roughly the number of neighbors that count.
    init(of points: Tensor, perplexity: Double) throws {
        let points = try points.to(.float64)
        let centered = try points - points.mean(dim: 0, keepDim: true)
        let lengths = try (centered * centered).sum(dim: 1)
        let count = centered.shape[0]
        let transposed = try centered.transpose(0, 1)
        var parts: [Tensor] = []
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let rows = try centered.narrow(dim: 0, from: start, length: size)
            let squares = try lengths.narrow(dim: 0, from: start, length: size).unsqueeze(dim: 1)
            let distances = try (squares + lengths.unsqueeze(dim: 0) - rows.matmul(transposed) * 2).clamp(min: 0)
            parts.append(try Self.conditional(distances, firstRow: start, perplexity: perplexity))
        }
        let conditional = try Tensor.cat(parts)
        let both = try conditional + conditional.transpose(0, 1)
        values = try both / both.sum()
    }

    /// Returns the conditional probabilities of each row, `[n, N]`, from squared distances. The precision of each
    /// Gaussian is found by bisection.
    private static func conditional(_ distances: Tensor, firstRow: Int, perplexity: Double) throws -> Tensor {
        let (rows, count) = (distances.shape[0], distances.shape[1])
        let isSelf =
            try Tensor.arange(firstRow, firstRow + rows).unsqueeze(dim: 1) .== Tensor.arange(0, count).unsqueeze(dim: 0)
        // Relative to the nearest neighbor, so that the probabilities of a distant point do not all vanish.
        let others = try distances.maskedFill(isSelf, .infinity)
        let shifted = try others - others.min(dims: [1], keepDim: true)
        let target = try Tensor(perplexity).log()
        var (low, high) = (
            try Tensor.zeros([rows, 1], dtype: .float64), try Tensor.full([rows, 1], .infinity, dtype: .float64)
        )
        var precision = try Tensor.ones([rows, 1], dtype: .float64)
        // The initial scale is the mean distance of a row.
        precision = try precision / (shifted.maskedFill(isSelf, 0).mean(dim: 1, keepDim: true).clamp(min: 1e-30))
        var probabilities = shifted
        for _ in 0..<steps {
            let weights = try (-(shifted * precision)).exp()
            let sums = try weights.sum(dim: 1, keepDim: true)
            probabilities = try weights / sums
            let expected = try (probabilities * shifted.maskedFill(isSelf, 0)).sum(dim: 1, keepDim: true)
            let difference = try sums.log() + precision * expected - target
            if try difference.abs().max().item(as: Double.self) <= tolerance { break }
            let isTooWide = try difference .> 0
            low = try Tensor.where(isTooWide, precision, low)
            high = try Tensor.where(isTooWide, high, precision)
            let between = try Tensor.where(high.isFinite(), (low + high) / 2, low * 2)
            precision = try Tensor.where(difference.abs() .> Tensor(tolerance), between, precision)
        }
        return probabilities
    }
}

/// The principal components of points, like scikit-learn's `PCA`.
@TensorActor
struct PrincipalComponents {
    /// The components as unit vectors, float64 `[K, D]`, by decreasing variance. The element with the largest magnitude
    /// is positive, as in scikit-learn.
    let components: Tensor
    /// The centered points in these components, float64 `[N, K]`.
    let projected: Tensor
    /// The explained variance ratio of each component.
    let varianceRatio: [Double]

    /// Computes the components of points, float32 `[N, D]`. K is `count`, or less for few points or dimensions.
    init(of points: Tensor, count: Int) throws {
        let (rows, columns) = (points.shape[0], points.shape[1])
        let kept = min(count, rows, columns)
        let mean = try points.to(.float64).mean(dim: 0)
        func centered(_ part: Tensor) throws -> Tensor { try part.to(.float64) - mean }
        var (vectors, squares): (Tensor, Tensor)
        if rows > columns {
            // The eigenvectors of the covariance are the same, and it is computed in parts.
            var covariance = try Tensor.zeros([columns, columns], dtype: .float64)
            for part in try points.split(4096) {
                let part = try centered(part)
                covariance = try covariance + part.transpose(0, 1).matmul(part)
            }
            let results = try covariance.eigh()
            // Eigenvalues are in ascending order.
            (squares, vectors) = (
                try results.values.flip(dim: 0).clamp(min: 0), try results.vectors.flip(dim: 1).transpose(0, 1)
            )
        } else {
            let results = try centered(points).svd(fullMatrices: false)
            (squares, vectors) = (try results.s * results.s, results.vh)
        }
        vectors = try vectors.narrow(dim: 0, from: 0, length: kept)
        let largest = try vectors.gather(dim: 1, index: vectors.abs().argmax(dim: 1, keepDim: true))
        components = try vectors * Tensor.where(largest .< 0, Tensor(-1.0), Tensor(1.0))
        let directions = try components.transpose(0, 1)
        projected = try Tensor.cat(points.split(4096).map { try centered($0).matmul(directions) })
        let variances = try squares.array(as: Double.self)
        let total = variances.reduce(0, +)
        varianceRatio = variances.prefix(kept).map { total > 0 ? $0 / total : 0 }
    }
}
