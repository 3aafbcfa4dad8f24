package import Platform
internal import Torch

/// A linear classifier of features that is trained in a fraction of a second, such as one that proposes labels.
///
/// It is the `LinearProbe` of `LabelCheck`, with the same penalty.
@ComputeActor
package final class FeatureHead {
    /// The number of classes, K.
    package nonisolated let classes: Int
    /// The number of features, D.
    package nonisolated let dimension: Int
    private let standardization: Standardization
    private let probe: LinearProbe

    /// Trains a head. The thread of networks stays free for other work in between if that takes long.
    ///
    /// - Parameters:
    ///   - features: the features `[N, D]`, row by row.
    ///   - labels: the class of each row, from 0.
    ///   - classes: the number of classes, K.
    ///   - standardization: the scale of the features.
    ///   - previous: a head that was trained on almost the same rows, to start from. The result is the same, within the
    ///     tolerance of the method.
    /// - Throws: `TorchError`; `CancellationError` if the task is canceled.
    package init(
        features: [Float], labels: [Int], classes: Int, standardization: Standardization,
        startingFrom previous: FeatureHead? = nil
    ) async throws {
        let rows = try standardization(Tensor(features, shape: [labels.count, standardization.dimension]))
        (self.classes, dimension) = (classes, standardization.dimension)
        self.standardization = standardization
        probe = try await LinearProbe(
            features: rows, labels: labels, rows: Array(labels.indices), classes: classes,
            strength: LabelCheck.strength, startingFrom: previous?.probe)
    }

    /// Returns the probabilities `[N, K]`, row by row.
    ///
    /// - Parameter features: the features `[N, D]`, row by row.
    package func probabilities(of features: [Float]) throws -> [Double] {
        let dimension = standardization.dimension
        guard !features.isEmpty, dimension > 0 else { return [] }
        let rows = try Tensor(features, shape: [features.count / dimension, dimension])
        return try probe.probabilities(standardization(rows)).array(as: Double.self)
    }
}

/// Scales features to mean 0 and variance 1, as a `LinearProbe` needs them. A constant feature becomes 0.
@ComputeActor
package struct Standardization {
    /// Less is no variation, but rounding.
    private static let leastDeviation: Float = 1e-6

    private let mean: Tensor
    private let deviation: Tensor

    /// Measures features `[N, D]`.
    init(of features: Tensor) throws {
        mean = try features.mean(dim: 0)
        // A feature that is constant here, but not in other images, would become very large.
        let deviations = try (features - mean).variance(dim: 0, correction: 0).sqrt().array(as: Float.self)
        deviation = try Tensor(deviations.map { $0 > Self.leastDeviation ? $0 : .infinity })
    }

    /// Measures features of representative images, which need no labels.
    ///
    /// - Parameters:
    ///   - features: the features `[N, D]`, row by row.
    ///   - dimension: the number of features, D.
    package init(of features: [Float], dimension: Int) throws {
        try self.init(of: Tensor(features, shape: [features.count / max(1, dimension), dimension]))
    }

    /// The number of features, D.
    var dimension: Int { mean.count }

    /// Returns the scaled features.
    func callAsFunction(_ features: Tensor) throws -> Tensor { try (features - mean) / deviation }
}

/// Long work on the thread of networks, which lets other work in.
struct TensorTurn {
    private static let length = Duration.milliseconds(200)

    private var began = ContinuousClock.now

    /// Lets the work that waits run if this one has had the thread for long.
    @ComputeActor
    mutating func yieldIfLong() async {
        guard .now - began > Self.length else { return }
        await Task.yield()
        began = .now
    }
}
