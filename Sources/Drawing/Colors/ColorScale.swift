/// How values become places on a colour map.
public enum ColorScale: Sendable, Hashable {
    /// Equal differences are equal distances.
    case linear
    /// Small values are told apart better, as counts want it; below 0 it is linear.
    case squareRoot

    /// The place of a value, from 0 to 1.
    func share(of value: Double, in range: ClosedRange<Double>) -> Double {
        let share = Drawing.share(of: value, in: range)
        return self == .squareRoot && range.lowerBound >= 0 ? share.squareRoot() : share
    }
}
