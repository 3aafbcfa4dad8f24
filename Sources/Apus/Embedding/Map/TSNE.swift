internal import Glibc
internal import Torch

/// Places points in the plane so that near ones stay near: t-SNE, computed without approximation.
///
/// Van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008, with the gradient descent of scikit-learn's
/// `TSNE(method="exact")`: early exaggeration by 12 for 250 of 1,000 steps, a learning rate of N / 48 (50 at least), gains,
/// and the principal components to begin with. Nothing is drawn at random.
@TensorActor
struct TSNE {
    /// More points than that take too long, and too much memory: N by N numbers.
    nonisolated static let largestCount = 5000
    private static let exaggeration = 12.0
    private static let exaggeratedSteps = 250
    private static let steps = 1000
    private static let checkEvery = 50
    private static let patience = 300
    private static let leastGradient = 1e-7
    private static let rowsAtOnce = 256

    /// The points in the plane, `[N, 2]`.
    var positions: Tensor
    /// The Kullback-Leibler divergence that is left.
    private(set) var divergence = Double.infinity

    /// float32 `[N, N]`, without exaggeration.
    private let joint: Tensor

    /// Begins with points float32 `[N, D]`.
    init(of points: Tensor, perplexity: Double) throws {
        joint = try JointProbabilities(of: points, perplexity: perplexity).values.to(.float32)
        var start = try PrincipalComponents(of: points, count: 2).projected
        if start.size(1) < 2 { start = try start.pad([0, 2 - start.size(1)]) }
        let deviation = try start.select(1, 0).variance(correction: 0).sqrt().clamp(1e-12, nil)
        positions = try (start / deviation * 1e-4).to(.float32)
    }

    /// Runs to the end.
    ///
    /// - Parameter progress: told after each step how many are done, and of how many.
    mutating func run(progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws {
        try descend(0..<Self.exaggeratedSteps, momentum: 0.5, exaggeration: Self.exaggeration, progress)
        try descend(Self.exaggeratedSteps..<Self.steps, momentum: 0.8, exaggeration: 1, progress)
        divergence = try divergence(gradient(exaggeration: 1).sum)
        try progress(Self.steps, Self.steps)
    }

    private mutating func descend(
        _ steps: Range<Int>, momentum: Double, exaggeration: Double, _ progress: (Int, Int) throws -> Void
    ) throws {
        let rate = max(Double(positions.size(0)) / Self.exaggeration / 4, 50)
        var update = try positions.zerosLike()
        var gains = try Tensor.ones(positions.shape)
        var best = (divergence: Double.infinity, step: steps.lowerBound)
        for step in steps {
            let (raw, sum) = try gradient(exaggeration: exaggeration)
            let turns = try (update * raw) .< 0
            gains = try Tensor.choose(where: turns, gains + 0.2, gains * 0.8).clamp(0.01, nil)
            let gradient = try raw * gains
            update = try update * momentum - gradient * rate
            try positions.add(inPlace: update)
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

    /// Points with a 1 beside them, and what a product with makes 1 + |a - b|² of them.
    private func factors() throws -> (values: Tensor, left: Tensor, right: Tensor) {
        let squares = try (positions * positions).sum([1], keepDimensions: true)
        let ones = try Tensor.ones([positions.size(0), 1])
        return (
            try Tensor.cat([positions, ones], along: 1),
            try Tensor.cat([positions * -2, squares + 1, ones], along: 1),
            try Tensor.cat([positions, ones, squares], along: 1).transpose(0, 1)
        )
    }

    /// The gradient of the divergence, `[N, 2]`, and the sum of 1 / (1 + |a - b|²) over all pairs.
    ///
    /// A few rows at a time, so that what is between stays in the processor's cache.
    func gradient(exaggeration: Double) throws -> (values: Tensor, sum: Double) {
        let count = positions.size(0)
        let (values, left, right) = try factors()
        var (pull, push): ([Tensor], [Tensor]) = ([], [])
        // Each point's closeness to itself, 1, does not count.
        var sum = -Double(count)
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let closeness = try left.narrow(0, from: start, length: size).matmul(right)
            try Operator.reciprocalInPlace.run(closeness)
            sum += try closeness.sum().item(as: Double.self)
            pull.append(try (joint.narrow(0, from: start, length: size) * closeness).matmul(values))
            try closeness.multiply(inPlace: closeness)
            push.append(try closeness.matmul(values))
        }
        let forces = try Tensor.cat(pull) * exaggeration - Tensor.cat(push) / sum
        let weights = try forces.narrow(1, from: 2, length: 1)
        return (try (positions * weights - forces.narrow(1, from: 0, length: 2)) * 4, sum)
    }

    /// The divergence of the places from P, given the sum over all pairs.
    func divergence(_ sum: Double) throws -> Double {
        let count = positions.size(0)
        let (_, left, right) = try factors()
        var total = 0.0
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let size = min(Self.rowsAtOnce, count - start)
            let joint = try self.joint.narrow(0, from: start, length: size)
            let logarithms = try left.narrow(0, from: start, length: size).matmul(right).log()
            let terms = try joint * (joint.clamp(1e-37, nil).log() + logarithms)
            total += try terms.sum().item(as: Double.self)
        }
        return try total + joint.sum().item(as: Double.self) * log(sum)
    }
}

extension Operator {
    fileprivate static let reciprocalInPlace = Operator("aten::reciprocal_")
}
