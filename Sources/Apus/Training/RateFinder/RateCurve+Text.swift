internal import Foundation
internal import Platform

extension RateCurve {
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Returns a plot of the curve as text for a terminal: the smoothed loss as bars over the logarithm of the learning
    /// rate, with marks at the suggestions. The rise at the end is cut off.
    ///
    /// - Parameters:
    ///   - width: The columns of the plot, without the axis on its left.
    ///   - height: The rows of the plot, without the axis below.
    public func textPlot(width: Int = 60, height: Int = 15) -> String {
        guard let first = points.first, let last = points.last, points.count > 1, width > 1, height > 1,
            let lowest = points.map(\.smoothed).min(), let highest = points.map(\.smoothed).max()
        else { return "too few steps for a plot\n" }
        // The rise at the end, where training diverges, would flatten the rest of the curve.
        let fall = (points.prefix { $0.smoothed > lowest }.map(\.smoothed).max() ?? lowest) - lowest
        let isValley = fall > Self.leastFall * abs(lowest)
        let top = min(highest, lowest + (isValley ? 1.25 * fall : (Self.end - 1) * abs(lowest)))
        // Every bar is visible.
        let bottom = lowest - (top - lowest) * 0.05
        let span = log(last.rate / first.rate)
        func column(_ rate: Double) -> Int { Int((log(rate / first.rate) / span * Double(width - 1)).rounded()) }
        func level(_ loss: Double) -> Int {
            guard top > bottom else { return height * 4 }
            let fraction = (min(loss, top) - bottom) / (top - bottom)
            return max(1, Int((fraction * Double(height * 8)).rounded()))
        }

        let levels = (0..<width).map { column in
            level(loss(at: first.rate * exp(span * Double(column) / Double(width - 1))))
        }
        let labels = [0: top.short, height - 1: bottom.short]
        let margin = (labels.values.map(\.count).max() ?? 0) + 1
        var lines = (0..<height).map { row in
            let label = labels[row] ?? ""
            let below = (height - 1 - row) * 8
            let bars = levels.map { Self.blocks[min(8, max(0, $0 - below))] }
            return String(repeating: " ", count: margin - 1 - label.count) + label + " ┤" + String(bars)
        }
        let empty = String(repeating: " ", count: margin)
        lines.append(empty + "└" + axis(width: width, column))
        lines.append(empty + " " + decades(width: width, column))
        for (rate, name) in [(steepest, "steepest"), (valley, "valley")] {
            guard let rate else { continue }
            lines.append(empty + " " + mark("\(name) \(rate.short)", at: column(rate), width: width))
        }
        return lines.map { line in
            let end = line.lastIndex { $0 != " " }
            return (end.map { line[...$0] } ?? "") + "\n"
        }.joined()
    }

    /// Returns the smoothed loss at a rate, by linear interpolation.
    private func loss(at rate: Double) -> Double {
        guard let after = points.firstIndex(where: { $0.rate >= rate }) else { return points.last?.smoothed ?? 0 }
        guard after > 0 else { return points[0].smoothed }
        let (left, right) = (points[after - 1], points[after])
        let fraction = log(rate / left.rate) / log(right.rate / left.rate)
        return left.smoothed + fraction * (right.smoothed - left.smoothed)
    }

    /// The powers of ten within the curve.
    private var powers: [Int] {
        guard let first = points.first, let last = points.last else { return [] }
        let low = Int((log10(first.rate) - 1e-9).rounded(.up))
        let high = Int((log10(last.rate) + 1e-9).rounded(.down))
        return low <= high ? Array(low...high) : []
    }

    private func axis(width: Int, _ column: (Double) -> Int) -> String {
        var axis = [Character](repeating: "─", count: width)
        for power in powers { axis[min(width - 1, max(0, column(pow(10, Double(power)))))] = "┴" }
        return String(axis)
    }

    /// The labels of the powers of ten, such as `1e-5`, if there is room.
    private func decades(width: Int, _ column: (Double) -> Int) -> String {
        var line = ""
        for power in powers {
            let label = "1e\(power)"
            let start = max(0, min(width - label.count, column(pow(10, Double(power))) - label.count / 2))
            guard line.isEmpty || start > line.count else { continue }
            line += String(repeating: " ", count: start - line.count) + label
        }
        return line
    }

    private func mark(_ text: String, at column: Int, width: Int) -> String {
        column + 2 + text.count <= width
            ? String(repeating: " ", count: column) + "▲ " + text
            : String(repeating: " ", count: max(0, column - text.count - 1)) + text + " ▲"
    }
}
