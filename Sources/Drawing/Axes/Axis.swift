/// What one direction of a chart measures.
public struct Axis: Sendable, Hashable {
    /// How values become distances.
    public enum Scale: Sendable, Hashable {
        case linear
        /// Equal ratios are equal distances; values of 0 and less are left out.
        case logarithmic
    }

    /// How its numbers are written.
    public enum Format: Sendable, Hashable {
        case number
        /// A share from 0 to 1 in percent.
        case percent
    }

    /// What is measured, with its unit.
    public var label: String
    /// How values become distances.
    public var scale: Scale
    /// How its numbers are written.
    public var format: Format
    /// The values at both ends; by default those of the data, with a little room.
    public var range: ClosedRange<Double>?
    /// Whether it begins at 0 where no value is below, unless a range is given.
    public var startsAtZero: Bool
    /// Whether only whole numbers are written, as for epochs.
    public var isWhole: Bool

    /// An axis.
    public init(
        _ label: String = "", _ scale: Scale = .linear, format: Format = .number, range: ClosedRange<Double>? = nil,
        startsAtZero: Bool = false, isWhole: Bool = false
    ) {
        self.label = label
        self.scale = scale
        self.format = format
        self.range = range
        self.startsAtZero = startsAtZero
        self.isWhole = isWhole
    }
}
