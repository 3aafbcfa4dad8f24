/// A share of counted things, with the interval that holds the true share in 95 of 100 samples of this size.
///
/// E. B. Wilson: Probable inference, the law of succession, and statistical inference, 1927; it holds for shares near 0
/// and 1 too, where the textbook's plus-minus does not.
public struct ShareEstimate: Sendable, Codable, Equatable {
    /// The share, 0 to 1.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double

    /// Estimates the share of `hits` among `count`; of none the share is 0 and may be anything.
    public init(hits: Int, of count: Int) {
        guard count > 0 else {
            (value, lower, upper) = (0, 0, 1)
            return
        }
        // The normal distribution's quantile of 0.975.
        let z = 1.959963984540054
        let (share, number) = (Double(hits) / Double(count), Double(count))
        let width = 1 + z * z / number
        let centre = (share + z * z / (2 * number)) / width
        let half = z / width * (share * (1 - share) / number + z * z / (4 * number * number)).squareRoot()
        (value, lower, upper) = (share, max(0, min(share, centre - half)), min(1, max(share, centre + half)))
    }
}
