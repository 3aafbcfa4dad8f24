/// Random numbers that depend on four numbers alone: what happens to sample `index` in epoch `epoch` is the same
/// whichever worker draws it, and after a pause.
///
/// The generator is SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014), started
/// at a well-mixed key. Its numbers are part of what a seed promises: they don't change between releases, which is why
/// the helpers here are used instead of the standard library's, whose algorithms may.
public struct CountedRandom: RandomNumberGenerator, Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    /// The numbers of a sample in an epoch. Further `stream`s are for what isn't a sample, such as an epoch's order.
    public init(seed: UInt64, epoch: Int, index: Int, stream: UInt64 = 0) {
        var key = Self.mix(seed &+ Self.step)
        // A salt of its own keeps each part apart from the others: the same number as seed and as epoch has nothing in
        // common. The salts are digits of pi.
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

    /// A bijection in which each input bit moves about half of the output's.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension CountedRandom {
    /// A number from 0 up to, but never, 1, each multiple of 2^-53 with the same chance.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number of a range, each with the same chance.
    public mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A whole number from 0 up to, but never, `bound`, each with exactly the same chance.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval", 2019.
    public mutating func uniform(below bound: Int) -> Int {
        precondition(bound > 0, "There is no number below \(bound) to draw.")
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            // The lowest few numbers would come once more often than the others.
            let excess = (0 &- bound) % bound
            while product.low < excess {
                product = next().multipliedFullWidth(by: bound)
            }
        }
        return Int(product.high)
    }
}

extension CountedRandom {
    /// True or false, each with the same chance.
    public mutating func coin() -> Bool {
        next() >> 63 == 1
    }

    /// The numbers from 0 up to `count`, every order with the same chance (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var numbers = Array(0..<count)
        for last in numbers.indices.reversed() {
            numbers.swapAt(last, uniform(below: last + 1))
        }
        return numbers
    }
}
