public import Drawing
internal import Foundation

extension Evaluation {
    /// The reliability diagram: how often answers of each confidence are right, without and with the temperature, and below
    /// how many answers have that confidence. Nil where pictures may show several classes.
    ///
    /// T is the temperature, ECE the expected calibration error. Where a line runs below the diagonal, the network is surer than it should be. The bands hold the true share in 95
    /// of 100 samples.
    public func reliabilityFigure(theme: Theme = .light) -> Stack? {
        guard let uncalibrated else { return nil }
        var kinds = [("T = 1", uncalibrated)]
        if let calibrated, let temperature {
            kinds.append((String(format: "T = %.3g", temperature), calibrated))
        }
        let confidence = Axis("confidence: probability of the predicted class", format: .percent, range: 0...1)
        let lines = LineChart(
            "Reliability",
            kinds.map { name, figures in
                let bins = figures.bins.filter { $0.count > 0 }
                return LineChart.Series(
                    "\(name), ECE \(NumberText.percent(figures.expectedCalibrationError))",
                    bins.map { Point(x: $0.confidence, y: $0.accuracy) },
                    band: bins.map {
                        let share = ShareEstimate(
                            hits: Int(($0.accuracy * Double($0.count)).rounded()), of: $0.count)
                        return share.lower...share.upper
                    }, showsPoints: true)
            }, marks: [.diagonal], x: confidence, y: Axis("share that is right", format: .percent, range: 0...1),
            theme: theme, size: Size(width: 800, height: 420))
        let counts = kinds.enumerated().map { place, kind in
            Histogram(
                "Pictures by confidence, \(kind.0)", edges: kind.1.bins.map(\.lower) + [1],
                counts: kind.1.bins.map { Double($0.count) }, x: confidence,
                y: Axis("pictures", startsAtZero: true, isWhole: true), color: theme.palette[place], theme: theme,
                size: Size(width: 800 / Double(kinds.count), height: 220))
        }
        return Stack(.rows, [lines, Stack(.columns, counts, theme: theme)], theme: theme)
    }
}
