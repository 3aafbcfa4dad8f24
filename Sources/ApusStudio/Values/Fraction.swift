internal import Classifier

/// A fraction with its 95 % confidence interval, as the page shows it.
struct Fraction: Sendable, Hashable, Codable {
    /// The fraction, from 0 to 1.
    let value: Double
    /// The ends of the interval.
    let low, high: Double
    /// The number of photos that it is a fraction of.
    let count: Int

    /// Estimates the fraction of `hits` among `count`.
    init(hits: Int, of count: Int) { self.init(FractionEstimate(hits: hits, of: count), count: count) }

    /// Creates a fraction from an estimate.
    init(_ estimate: FractionEstimate, count: Int) {
        (value, low, high, self.count) = (estimate.value, estimate.lower, estimate.upper, count)
    }
}
