public import Drawing

extension RateCurve {
    /// The curve as a chart: the losses and their smoothed mean over the logarithm of the rate, with the suggestions.
    /// The rise at the end, where training comes apart, is cut off above what lies before it.
    public func figure(theme: Theme = .light) -> LineChart {
        func places(_ loss: (Point) -> Double) -> [Drawing.Point] {
            points.map { Drawing.Point(x: $0.rate, y: loss($0)) }
        }
        let suggestions: [(name: String, rate: Double?)] = [("steepest", steepest), ("valley", valley)]
        let marks: [LineChart.Mark] = suggestions.compactMap { name, rate in
            guard let rate, let point = points.first(where: { $0.rate >= rate }) else { return nil }
            return .point(
                Drawing.Point(x: point.rate, y: point.smoothed), "\(name): \(NumberText.short(rate))", series: 1)
        }
        return LineChart(
            "Loss at rising learning rates",
            [
                LineChart.Series("of each step", places(\.loss), color: theme.palette[0], isFaint: true),
                LineChart.Series("smoothed", places(\.smoothed), color: theme.palette[0]),
            ], marks: marks, x: Axis("learning rate", .logarithmic), y: Axis("loss", range: lossRange), theme: theme,
            size: Size(width: 800, height: 380))
    }

    /// From the lowest mean to the highest one before it; where it falls nowhere, what four of five means lie in.
    private var lossRange: ClosedRange<Double>? {
        let smoothed = points.map(\.smoothed)
        guard let lowest = smoothed.min() else { return nil }
        let before = smoothed.prefix { $0 > lowest }.max() ?? lowest
        let top = max(before, smoothed.sorted()[smoothed.count * 4 / 5])
        let height = max(top - lowest, 0.02 * abs(lowest))
        return height > 0 ? lowest - 0.2 * height...top + 0.4 * height : nil
    }
}
