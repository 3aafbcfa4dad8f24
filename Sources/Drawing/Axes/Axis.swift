internal import Foundation

/// An axis of a chart.
public struct Axis: Sendable, Hashable {
    /// The scales of axes.
    public enum Scale: Sendable, Hashable {
        case linear
        /// A logarithmic scale. Values of 0 and less are left out.
        case logarithmic
    }

    /// The formats of tick labels.
    public enum Format: Sendable, Hashable {
        case number
        /// A fraction from 0 to 1 as a percentage.
        case percent
    }

    /// The label, with the unit.
    public var label: String
    /// The scale.
    public var scale: Scale
    /// The format of tick labels.
    public var format: Format
    /// The range of values; nil for the range of the data with a small margin.
    public var range: ClosedRange<Double>?
    /// Whether the axis begins at 0 if no value is negative. Not used with a range.
    public var startsAtZero: Bool
    /// Whether tick labels are whole numbers only, as for epochs.
    public var isWhole: Bool
    /// The smallest value with a tick, such as the first epoch; nil for no limit.
    public var firstTick: Double?

    /// Creates an axis.
    public init(
        _ label: String = "", _ scale: Scale = .linear, format: Format = .number, range: ClosedRange<Double>? = nil,
        startsAtZero: Bool = false, isWhole: Bool = false, firstTick: Double? = nil
    ) {
        self.label = label
        self.scale = scale
        self.format = format
        self.range = range
        self.startsAtZero = startsAtZero
        self.isWhole = isWhole
        self.firstTick = firstTick
    }
}

/// The scale of an axis with its range: converts values to positions and chooses ticks.
struct AxisScale {
    let axis: Axis
    /// The range, with different ends.
    let domain: ClosedRange<Double>

    /// The largest value. Differences of larger ones would be infinite.
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
        // The ticks would have the same label.
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

    /// Returns the position of a value on the axis: 0 at the start, 1 at the end, other values outside; NaN if it has
    /// no position.
    func fraction(_ value: Double) -> Double {
        guard value.isFinite else { return .nan }
        switch axis.scale {
        case .linear:
            return (value / 2 - domain.lowerBound / 2) / (domain.upperBound / 2 - domain.lowerBound / 2)
        case .logarithmic:
            guard value > 0 else { return .nan }
            return (log(value) - log(domain.lowerBound)) / (log(domain.upperBound) - log(domain.lowerBound))
        }
    }

    /// Returns the ticks, at most `count`.
    func ticks(atMost count: Int) -> Ticks {
        let ticks =
            switch axis.scale {
            case .linear: Ticks(linear: domain, atMost: count, format: axis.format, isWhole: axis.isWhole)
            case .logarithmic: Ticks(logarithmic: domain, atMost: count)
            }
        return axis.firstTick.map(ticks.from) ?? ticks
    }
}
