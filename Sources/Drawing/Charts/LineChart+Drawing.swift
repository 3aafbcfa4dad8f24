extension LineChart {
    func color(_ index: Int) -> Color {
        let color = series[index].color ?? theme.palette[index]
        return series[index].isFaint ? theme.background.mixed(with: color, fraction: 0.45) : color
    }

    func width(_ index: Int) -> Double { series[index].isFaint ? 1 : 1.8 }

    /// Returns the dash pattern of a line. Lines are dashed after all colors are used.
    func dash(_ index: Int) -> [Double] {
        if series[index].isDashed { return [5, 4] }
        guard series[index].color == nil, !theme.palette.colors.isEmpty else { return [] }
        return [[], [5, 3], [1.5, 3], [8, 3, 2, 3]][index / theme.palette.colors.count % 4]
    }

    /// Returns the y coordinate of a line's last point within the plot.
    func endOfLine(_ index: Int, _ plot: Plot) -> Double {
        let last = series[index].points.last { plot.point($0.x, $0.y).isFinite }
        let y = last.map { plot.point($0.x, $0.y).y } ?? .nan
        return y.isNaN ? y : min(plot.frame.bottom, max(plot.frame.top, y))
    }

    func draw(_ index: Int, _ plot: Plot, on canvas: Canvas) {
        let series = series[index]
        let points = series.points.map { plot.point($0.x, $0.y) }
        let line = series.isStepped ? stepped(thinned(points)) : thinned(points)
        canvas.polyline(line, color(index), width: width(index), dash: dash(index))
        // A point between two gaps would be invisible.
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

    /// Returns the visible points of a line with many points: the first, lowest, highest and last one of each half
    /// point of width.
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

extension LineChart {
    func drawLine(of mark: Mark, _ plot: Plot, on canvas: Canvas) {
        let frame = plot.frame
        let ends: (Point, Point)? =
            switch mark {
            case .point: nil
            case .vertical(let value, _):
                (
                    Point(x: plot.point(value, 1).x, y: frame.top), Point(x: plot.point(value, 1).x, y: frame.bottom)
                )
            case .horizontal(let value, _):
                (
                    Point(x: frame.left, y: plot.point(1, value).y), Point(x: frame.right, y: plot.point(1, value).y)
                )
            case .diagonal:
                (
                    plot.point(plot.x.domain.lowerBound, plot.x.domain.lowerBound),
                    plot.point(plot.x.domain.upperBound, plot.x.domain.upperBound)
                )
            }
        if let ends { canvas.line(from: ends.0, to: ends.1, theme.faint, width: 1.2, dash: [4, 3]) }
    }

    func drawWords(of mark: Mark, _ plot: Plot, on canvas: Canvas) {
        let frame = plot.frame
        switch mark {
        case .diagonal: break
        case .point(let values, let words, let index):
            let place = plot.point(values.x, values.y)
            guard place.isFinite, frame.inset(by: -1).contains(place) else { return }
            let color = series.indices.contains(index) ? color(index) : theme.text
            canvas.circle(at: place, radius: 5.5, color)
            canvas.circle(at: place, radius: 3.2, theme.background)
            write(words, beside: place, plot, on: canvas)
        case .vertical(let value, let words):
            let x = plot.point(value, 1).x
            guard x.isFinite, x >= frame.left - 1, x <= frame.right + 1 else { return }
            write(words, beside: Point(x: x, y: frame.top + 20), plot, on: canvas)
        case .horizontal(let value, let words):
            let y = plot.point(1, value).y
            guard y.isFinite, y >= frame.top - 1, y <= frame.bottom + 1 else { return }
            write(words, beside: Point(x: frame.left, y: y), plot, on: canvas)
        }
    }

    /// Draws a text on a background, so that lines do not cross it.
    private func write(_ words: String, beside place: Point, _ plot: Plot, on canvas: Canvas) {
        guard !words.isEmpty else { return }
        let frame = plot.frame
        let room = max(frame.right - place.x, place.x - frame.left) - 12
        var text = Text(words, .small, theme.text, width: max(20, room), vertical: .bottom)
        let size = canvas.size(of: text)
        let isLeft = place.x + 10 + size.width > frame.right
        text.horizontal = isLeft ? .right : .left
        let y = min(frame.bottom, max(frame.top + size.height + 2, place.y - 5))
        let x = place.x + (isLeft ? -8 : 8)
        canvas.fill(
            Rectangle(
                x: (isLeft ? x - size.width : x) - 3, y: y - size.height, width: size.width + 6, height: size.height),
            theme.background.opacity(0.8), radius: 3)
        canvas.draw(text, at: Point(x: x, y: y))
    }
}
