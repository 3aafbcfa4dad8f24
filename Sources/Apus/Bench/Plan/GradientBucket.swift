/// The gradient of a parameter.
package struct ParameterGradient: Sendable, Equatable {
    /// Its size in bytes.
    package let bytes: Int
    /// The fraction of the backward pass after which it is known, from 0 to 1.
    package let readyAt: Double

    /// Creates a gradient.
    package init(bytes: Int, readyAt: Double) { (self.bytes, self.readyAt) = (bytes, readyAt) }
}

/// Gradients that the processes average together.
package struct GradientBucket: Sendable, Equatable, Codable {
    /// The size in bytes.
    package let bytes: Int
    /// The fraction of the backward pass after which all of its gradients are known, from 0 to 1.
    package let readyAt: Double

    /// Creates a bucket.
    package init(bytes: Int, readyAt: Double) { (self.bytes, self.readyAt) = (bytes, readyAt) }
}

extension GradientBucket {
    /// The size in bytes from which on the first bucket of PyTorch is full. It is small, so that the network has work
    /// early.
    private static let firstCapacity = 1 << 20

    /// Puts gradients into buckets, in the order in which the backward pass computes them.
    ///
    /// They are the buckets of PyTorch's DistributedDataParallel after its first step. A bucket is full when its size
    /// reaches the capacity, so a large parameter makes it larger. S. Li et al.: PyTorch Distributed: Experiences on
    /// Accelerating Data Parallel Training, VLDB 2020, arXiv:2006.15704.
    ///
    /// - Parameter capacity: The size in bytes from which on any bucket but the first is full.
    package static func all(of gradients: [ParameterGradient], capacity: Int = 25 << 20) -> [GradientBucket] {
        var buckets: [GradientBucket] = []
        var (bytes, readyAt) = (0, 0.0)
        for (place, gradient) in gradients.enumerated() {
            (bytes, readyAt) = (bytes + gradient.bytes, max(readyAt, gradient.readyAt))
            let limit = buckets.isEmpty ? min(firstCapacity, capacity) : capacity
            guard bytes >= limit || place == gradients.count - 1 else { continue }
            buckets.append(GradientBucket(bytes: bytes, readyAt: readyAt))
            (bytes, readyAt) = (0, 0)
        }
        return buckets
    }
}
