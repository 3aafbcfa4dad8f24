internal import Foundation

/// What a rule asks of a curve.
enum Curve {
    /// The mean of each value and its neighbours.
    static func smoothed(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let near = values[max(0, index - 1)...min(values.count - 1, index + 1)]
            return near.reduce(0, +) / Double(near.count)
        }
    }

    /// The standard deviation of a curve about its trend; 0 where the values are too few to tell.
    ///
    /// It is taken from the third differences, which a smooth curve has hardly any of: those of independent noise have a
    /// variance 1 + 9 + 9 + 1 = 20 times its own. Their median hides single jumps; 1.4826 makes it a deviation.
    static func noise(_ values: [Double]) -> Double {
        guard values.count >= 6 else { return 0 }
        let differences = (3..<values.count).map { last in
            let inner = values[last - 2] - values[last - 1]
            return abs(values[last] - values[last - 3] + 3 * inner)
        }
        return 1.4826 * median(differences) / 20.0.squareRoot()
    }

    static func median(_ values: some Sequence<Double>) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The share by which a curve falls in each step, on the mean, from its first value to its last.
    static func fall(_ values: ArraySlice<Double>) -> Double {
        guard let first = values.first, let last = values.last, values.count > 1, first > 0 else { return 0 }
        return 1 - pow(max(0, last / first), 1 / Double(values.count - 1))
    }
}
