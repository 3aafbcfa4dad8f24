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

    /// Writes on a piece of ground, so that lines behind do not run through the words.
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
