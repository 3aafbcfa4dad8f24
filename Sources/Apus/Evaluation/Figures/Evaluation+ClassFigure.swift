public import Drawing

extension Evaluation {
    /// The recall of each class as bars, the lowest first, with the intervals that hold the true one in 95 of 100 samples;
    /// nil where no class has pictures.
    ///
    /// - Parameter most: at most so many classes.
    public func classFigure(atMost most: Int = 60, theme: Theme = .light) -> BarChart? {
        let known = classes.filter { $0.support > 0 }
        guard !known.isEmpty else { return nil }
        let shown = known.sorted { ($0.scores.recall, $0.index) < ($1.scores.recall, $1.index) }.prefix(most)
        let title =
            shown.count < known.count
            ? "Recall of the \(shown.count) classes of \(known.count) where it is lowest" : "Recall of each class"
        return BarChart(
            title,
            shown.map { result in
                let share = ShareEstimate(hits: result.correct, of: result.support)
                return BarChart.Bar(
                    result.label, share.value, note: "\(NumberText.percent(share.value)) of \(result.support)",
                    interval: share.lower...share.upper)
            }, axis: Axis("share of the class's pictures that is recognised", format: .percent, range: 0...1),
            reference: (macro.recall, "mean \(NumberText.percent(macro.recall))"), theme: theme)
    }
}
