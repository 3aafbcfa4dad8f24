#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension CountedRandom {
    /// True with this chance, from 0 (never) to 1 (always).
    public mutating func chance(_ probability: Double) -> Bool {
        uniform() < probability
    }

    /// A whole number of a range, each with exactly the same chance.
    public mutating func uniform(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + uniform(below: range.count)
    }

    /// A number of the normal distribution (Box and Muller, 1958).
    public mutating func normal(mean: Double = 0, standardDeviation: Double = 1) -> Double {
        // 1 - u lies above zero, whose logarithm does not exist.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return mean + standardDeviation * radius * cos(2 * .pi * uniform())
    }

    /// A number of the gamma distribution with this shape and scale 1.
    public mutating func gamma(shape: Double) -> Double {
        exp(logGamma(shape: shape))
    }

    /// A number of the beta distribution, from 0 to 1. `beta(1, 1)` is uniform; small equal numbers favour both ends.
    public mutating func beta(_ first: Double, _ second: Double) -> Double {
        // X / (X + Y) of two gammas, by their logarithms: small shapes give numbers that no Double holds.
        let difference = logGamma(shape: second) - logGamma(shape: first)
        return 1 / (1 + exp(difference))
    }

    /// Parts of a whole, each at least 0 and together 1, of the symmetric Dirichlet distribution.
    public mutating func dirichlet(_ concentration: Double, count: Int) -> [Double] {
        precondition(count > 0, "A whole has at least one part.")
        var logarithms: [Double] = []
        for _ in 0..<count { logarithms.append(logGamma(shape: concentration)) }
        let largest = logarithms.max() ?? 0
        let weights = logarithms.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The logarithm of a number of the gamma distribution (Marsaglia and Tsang, "A simple method for generating gamma
    /// variables", 2000).
    private mutating func logGamma(shape: Double) -> Double {
        precondition(shape > 0 && shape.isFinite, "A distribution's shape is above zero.")
        guard shape >= 1 else {
            // Gamma(a) is Gamma(a + 1) times u to the power of 1 / a.
            return logGamma(shape: shape + 1) + log(1 - uniform()) / shape
        }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let logV = log(v)
            if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * logV { return log(d) + logV }
        }
    }
}
