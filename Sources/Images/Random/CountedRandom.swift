internal import LibC

/// Random numbers that depend only on four numbers: the result for sample `index` in epoch `epoch` is the same for
/// every worker, and after a pause.
///
/// The generator is SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014), started
/// with a well-mixed key. Its numbers belong to a seed and do not change between releases. This is why these functions
/// are used instead of the standard library's, whose algorithms may change.
public struct CountedRandom: RandomNumberGenerator, Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    /// Creates the generator of a sample in an epoch. Other `stream`s are for other purposes, such as an epoch's order.
    public init(seed: UInt64, epoch: Int, index: Int, stream: UInt64 = 0) {
        var key = Self.mix(seed &+ Self.step)
        // A separate salt for each part makes them independent: the same number as seed and as epoch gives unrelated
        // results. The salts are digits of pi.
        for (part, salt) in [
            (UInt64(bitPattern: Int64(epoch)), 0x243F_6A88_85A3_08D3 as UInt64),
            (UInt64(bitPattern: Int64(index)), 0x1319_8A2E_0370_7344),
            (stream, 0xA409_3822_299F_31D0),
        ] {
            key = Self.mix(key &+ Self.mix(part ^ salt))
        }
        state = key
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// A bijection in which each input bit affects about half of the output bits.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension CountedRandom {
    /// A number from 0 up to, but not including, 1, uniform over multiples of 2^-53.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number from a range, uniformly distributed.
    public mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// An integer from 0 up to, but not including, `bound`, uniformly distributed.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval", 2019.
    public mutating func uniform(below bound: Int) -> Int {
        precondition(bound > 0, "`bound` must be at least 1, not \(bound)")
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            // The lowest numbers would otherwise be drawn slightly more often.
            let excess = (0 &- bound) % bound
            while product.low < excess {
                product = next().multipliedFullWidth(by: bound)
            }
        }
        return Int(product.high)
    }
}

extension CountedRandom {
    /// True or false with equal probability.
    public mutating func coin() -> Bool {
        next() >> 63 == 1
    }

    /// The numbers from 0 up to `count` in a uniformly random order (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var numbers = Array(0..<count)
        for last in numbers.indices.reversed() {
            numbers.swapAt(last, uniform(below: last + 1))
        }
        return numbers
    }
}

extension CountedRandom {
    /// True with this probability, from 0 (never) to 1 (always).
    public mutating func chance(_ probability: Double) -> Bool {
        uniform() < probability
    }

    /// An integer from a range, uniformly distributed.
    public mutating func uniform(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + uniform(below: range.count)
    }

    /// A number from the normal distribution (Box and Muller, 1958).
    public mutating func normal(mean: Double = 0, standardDeviation: Double = 1) -> Double {
        // 1 - u is above zero, so its logarithm exists.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return mean + standardDeviation * radius * cos(2 * .pi * uniform())
    }

    /// A number from the gamma distribution with this shape and scale 1.
    public mutating func gamma(shape: Double) -> Double {
        exp(logGamma(shape: shape))
    }

    /// A number from the beta distribution, from 0 to 1. `beta(1, 1)` is uniform; small equal parameters favor both
    /// ends.
    public mutating func beta(_ first: Double, _ second: Double) -> Double {
        // X / (X + Y) of two gamma variables, computed with logarithms because small shapes give numbers below the
        // range of Double.
        let difference = logGamma(shape: second) - logGamma(shape: first)
        return 1 / (1 + exp(difference))
    }

    /// Fractions that sum to 1, from the symmetric Dirichlet distribution.
    public mutating func dirichlet(_ concentration: Double, count: Int) -> [Double] {
        precondition(count > 0, "`count` must be at least 1")
        var logarithms: [Double] = []
        for _ in 0..<count { logarithms.append(logGamma(shape: concentration)) }
        let largest = logarithms.max() ?? 0
        let weights = logarithms.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The logarithm of a number from the gamma distribution (Marsaglia and Tsang, "A simple method for generating
    /// gamma variables", 2000).
    private mutating func logGamma(shape: Double) -> Double {
        precondition(shape > 0 && shape.isFinite, "the shape must be above 0 and finite")
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
