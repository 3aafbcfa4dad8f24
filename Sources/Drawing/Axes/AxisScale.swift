internal import Foundation

/// An axis with the values at its ends: where a value lies between them, and which ticks it has.
struct AxisScale {
    let axis: Axis
    /// The values at both ends, which differ.
    let domain: ClosedRange<Double>

    /// Beyond it the difference of two values is no number any more.
    private static let largest = 1e300
    private static let smallest = 1e-300

    init(_ axis: Axis, values: some Sequence<Double>) {
        self.axis = axis
        let isLogarithmic = axis.scale == .logarithmic
        let usable = values.lazy.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        let given = axis.range.flatMap { range in
            range.lowerBound.isFinite && range.upperBound.isFinite && (!isLogarithmic || range.lowerBound > 0)
                ? range : nil
        }
        let data = given ?? finiteRange(of: usable) ?? (isLogarithmic ? 0.1...1 : 0...1)
        func bounded(_ value: Double) -> Double {
            min(Self.largest, max(isLogarithmic ? Self.smallest : -Self.largest, value))
        }
        let (low, high) = (bounded(data.lowerBound), bounded(data.upperBound))
        domain =
            isLogarithmic
            ? Self.logarithmic(low, high, isGiven: given != nil)
            : Self.linear(low, high, isGiven: given != nil, startsAtZero: axis.startsAtZero && low >= 0)
    }

    private static func linear(
        _ low: Double, _ high: Double, isGiven: Bool, startsAtZero: Bool
    ) -> ClosedRange<Double> {
        var (low, high) = (low, high)
        // So near to each other that the ticks would be the same number.
        if high - low <= max(abs(low), abs(high)) * 1e-9 {
            let room = max(abs(high) * 0.05, high == 0 ? 1 : smallest)
            (low, high) = (low - room, high + room)
            return startsAtZero ? 0...high : low...high
        }
        guard !isGiven else { return low...high }
        let room = (high - low) * 0.04
        return (startsAtZero ? 0 : low - room)...(high + room)
    }

    private static func logarithmic(_ low: Double, _ high: Double, isGiven: Bool) -> ClosedRange<Double> {
        guard high > low * 1.000_001 else { return max(smallest, low / 2)...max(smallest * 4, high * 2) }
        guard !isGiven else { return low...high }
        let room = min(1_000, pow(high / low, 0.03))
        return max(smallest, low / room)...high * room
    }

    /// How far along the axis a value lies: 0 at its start, 1 at its end, beyond them outside; no number where it has
    /// no place.
    func share(_ value: Double) -> Double {
        guard value.isFinite else { return .nan }
        switch axis.scale {
        case .linear:
            return (value / 2 - domain.lowerBound / 2) / (domain.upperBound / 2 - domain.lowerBound / 2)
        case .logarithmic:
            guard value > 0 else { return .nan }
            return (log(value) - log(domain.lowerBound)) / (log(domain.upperBound) - log(domain.lowerBound))
        }
    }

    /// The ticks, so many at most.
    func ticks(atMost count: Int) -> Ticks {
        switch axis.scale {
        case .linear: Ticks(linear: domain, atMost: count, format: axis.format, isWhole: axis.isWhole)
        case .logarithmic: Ticks(logarithmic: domain, atMost: count)
        }
    }
}
