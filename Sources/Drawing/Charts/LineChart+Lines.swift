extension LineChart {
    func color(_ index: Int) -> Color {
        let color = series[index].color ?? theme.palette[index]
        return series[index].isFaint ? theme.background.mixed(with: color, share: 0.45) : color
    }

    func width(_ index: Int) -> Double { series[index].isFaint ? 1 : 1.8 }

    /// Once all colours are used the lines are dashed too.
    func dash(_ index: Int) -> [Double] {
        if series[index].isDashed { return [5, 4] }
        guard series[index].color == nil, !theme.palette.colors.isEmpty else { return [] }
        return [[], [5, 3], [1.5, 3], [8, 3, 2, 3]][index / theme.palette.colors.count % 4]
    }

    /// The height of a line's last point within the plot.
    func endOfLine(_ index: Int, _ plot: Plot) -> Double {
        let last = series[index].points.last { plot.point($0.x, $0.y).isFinite }
        let y = last.map { plot.point($0.x, $0.y).y } ?? .nan
        return y.isNaN ? y : min(plot.frame.bottom, max(plot.frame.top, y))
    }

    func draw(_ index: Int, _ plot: Plot, on canvas: Canvas) {
        let series = series[index]
        let points = series.points.map { plot.point($0.x, $0.y) }
        let line = series.isStepped ? stepped(points) : thinned(points)
        canvas.polyline(line, color(index), width: width(index), dash: dash(index))
        // A point between two gaps would not be seen.
        for (place, point) in points.enumerated() where point.isFinite {
            let isAlone =
                !(place > 0 && points[place - 1].isFinite)
                && !(place + 1 < points.count && points[place + 1].isFinite)
            if series.showsPoints || isAlone { canvas.circle(at: point, radius: 2.8, color(index)) }
        }
    }

    func drawBand(_ index: Int, _ plot: Plot, on canvas: Canvas) {
        let series = series[index]
        let pairs = zip(series.points, series.band).map { point, band in
            (low: plot.point(point.x, band.lowerBound), high: plot.point(point.x, band.upperBound))
        }
        for run in pairs.split(whereSeparator: { !$0.low.isFinite || !$0.high.isFinite }) where run.count > 1 {
            canvas.fill(run.map(\.high) + run.reversed().map(\.low), color(index).opacity(0.18))
        }
    }

    private func stepped(_ points: [Point]) -> [Point] {
        var result: [Point] = []
        for point in points {
            if let last = result.last, last.isFinite, point.isFinite { result.append(Point(x: point.x, y: last.y)) }
            result.append(point)
        }
        return result
    }

    /// A line of very many points without those that are not seen: of each half point across, the first, the lowest, the
    /// highest and the last.
    private func thinned(_ points: [Point]) -> [Point] {
        guard points.count > 4_000 else { return points }
        var result: [Point] = []
        var start = 0
        while start < points.count {
            let column = points[start].x.isFinite ? (points[start].x * 2).rounded(.down) : .nan
            var end = start + 1
            while end < points.count, points[end].isFinite, (points[end].x * 2).rounded(.down) == column { end += 1 }
            let run = start..<end
            let lowest = run.min { points[$0].y < points[$1].y } ?? start
            let highest = run.max { points[$0].y < points[$1].y } ?? start
            result += Set([start, lowest, highest, end - 1]).sorted().map { points[$0] }
            start = end
        }
        return result
    }
}
