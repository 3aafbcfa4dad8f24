internal import Foundation

/// Round numbers on an axis, with their words.
///
/// The distances are 1, 2, 2.5 or 5 times a power of ten, as those of matplotlib's `MaxNLocator`.
public struct Ticks: Sendable, Hashable {
    /// The numbers with words, rising.
    public let values: [Double]
    /// What is written at each.
    public let labels: [String]
    /// Numbers between them that have a line alone.
    public let minor: [Double]

    /// Round numbers at equal distances.
    ///
    /// - Parameters:
    ///   - domain: the values at the ends, which must differ.
    ///   - count: how many numbers there are at most, 2 at least.
    ///   - format: how the numbers are written.
    ///   - isWhole: whether only whole numbers are taken.
    public init(
        linear domain: ClosedRange<Double>, atMost count: Int, format: Axis.Format = .number, isWhole: Bool = false
    ) {
        let (low, high) = (domain.lowerBound, domain.upperBound)
        let count = max(2, count)
        let span = high - low
        guard span > 0, span.isFinite else {
            self.init(values: [low], labels: [NumberText.short(low)], minor: [])
            return
        }
        var power = pow(10, (log10(span / Double(count))).rounded(.down))
        if power == 0 || !power.isFinite { power = span }
        let steps = [1, 2, 2.5, 5, 10, 20, 25, 50].map { $0 * power }
            .filter { !isWhole || ($0 >= 1 && $0.rounded() == $0) }
        func first(_ step: Double) -> Double { (low / step - 1e-9).rounded(.up) }
        func last(_ step: Double) -> Double { (high / step + 1e-9).rounded(.down) }
        // A tick more than the distances fits where both ends are ticks.
        let step = steps.first { last($0) - first($0) < Double(count) } ?? max(span, isWhole ? 1 : 0)
        let numbers = stride(from: first(step), through: last(step), by: 1).map { $0 * step }
        self.init(values: numbers, labels: NumberText.ticks(numbers, step: step, format: format), minor: [])
    }

    /// Powers of ten; within one of them, 1, 2 and 5 times the power.
    ///
    /// - Parameters:
    ///   - domain: the values at the ends, above 0.
    ///   - count: how many numbers have words at most, 2 at least.
    public init(logarithmic domain: ClosedRange<Double>, atMost count: Int) {
        let count = max(2, count)
        let low = Int((log10(domain.lowerBound) - 1e-9).rounded(.up))
        let high = Int((log10(domain.upperBound) + 1e-9).rounded(.down))
        guard high > low else {
            let round = Self.multiples([1, 2, 5], from: low - 1, through: low, in: domain)
            if round.count < 2 {
                self.init(linear: domain, atMost: count)
            } else {
                self.init(values: round, labels: round.map(NumberText.short), minor: [])
            }
            return
        }
        let step = (high - low + count) / count
        let exponents = (low...high).filter { $0 % step == 0 || high - low < step }
        let others = (low...high).filter { !exponents.contains($0) }
        let isPlain = exponents.allSatisfy { (-3...4).contains($0) }
        self.init(
            values: exponents.map(Self.power),
            labels: exponents.map { isPlain ? NumberText.short(Self.power($0)) : NumberText.power($0) },
            minor: step > 1
                ? others.map(Self.power)
                : Self.multiples([2, 3, 4, 5, 6, 7, 8, 9], from: low - 1, through: high, in: domain))
    }

    private init(values: [Double], labels: [String], minor: [Double]) {
        (self.values, self.labels, self.minor) = (values, labels, minor)
    }

    private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

    /// Multiples of powers of ten within a domain, or on its ends.
    private static func multiples(
        _ factors: [Double], from low: Int, through high: Int, in domain: ClosedRange<Double>
    ) -> [Double] {
        let (least, most) = (domain.lowerBound * (1 - 1e-9), domain.upperBound * (1 + 1e-9))
        return (low...high).flatMap { exponent in factors.map { $0 * power(exponent) } }
            .filter { least <= $0 && $0 <= most }
    }
}
