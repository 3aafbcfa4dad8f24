extension MatrixChart {
    /// Above it the cells are drawn as pixels, which would make a file of lines too large else.
    private static let mostRectangles = 4_000
    private static let mostRows = 400

    func drawCells(_ layout: MatrixLayout, on canvas: Canvas) {
        let (rows, columns) = (rowLabels.count, columnLabels.count)
        canvas.fill(layout.frame, theme.background.mixed(with: theme.grid, share: 0.45))
        let color = colors
        let colored = values.indices.filter { !isEmpty(values[$0]) }
        if layout.cell < 4 || colored.count > Self.mostRectangles {
            canvas.draw(pixels(color), in: layout.frame, .pixels)
        } else {
            let gap = layout.cell > 12 ? 0.5 : 0
            for index in colored {
                let place = layout.rectangle(row: index / columns, column: index % columns)
                canvas.fill(place.inset(by: gap), color(values[index]))
            }
            drawTexts(layout, color, on: canvas)
        }
        // A line now and then helps the eye along where there are many.
        if rows > 30, columns > 30 {
            let step = [10, 20, 50].first { Double($0) * layout.cell >= 40 } ?? 100
            for row in stride(from: step, to: rows, by: step) {
                let y = layout.frame.top + Double(row) * layout.cell
                canvas.line(
                    from: Point(x: layout.frame.left, y: y), to: Point(x: layout.frame.right, y: y),
                    theme.line.opacity(0.28), width: 0.5)
            }
            for column in stride(from: step, to: columns, by: step) {
                let x = layout.frame.left + Double(column) * layout.cell
                canvas.line(
                    from: Point(x: x, y: layout.frame.top), to: Point(x: x, y: layout.frame.bottom),
                    theme.line.opacity(0.28), width: 0.5)
            }
        }
        for group in groups where group.lowerBound >= 0 && group.upperBound <= min(rows, columns) {
            let side = Double(group.count) * layout.cell
            let corner = layout.rectangle(row: group.lowerBound, column: group.lowerBound)
            canvas.stroke(
                Rectangle(x: corner.x, y: corner.y, width: side, height: side), theme.bad,
                width: layout.cell > 12 ? 1.5 : 0.9)
        }
        canvas.stroke(layout.frame, theme.line, width: 0.8)
    }

    private func isEmpty(_ value: Double) -> Bool { value.isNaN || (leavesZeroEmpty && value == 0) }

    /// A pixel for each cell, or for each block of them.
    private func pixels(_ color: (Double) -> Color) -> Raster {
        let (rows, columns) = (rowLabels.count, columnLabels.count)
        let block = max(1, (max(rows, columns) + Self.mostRows - 1) / Self.mostRows)
        let ground = theme.background.mixed(with: theme.grid, share: 0.45)
        return Raster(width: (columns + block - 1) / block, height: (rows + block - 1) / block) { x, y in
            var largest: Double?
            for row in y * block..<min(rows, (y + 1) * block) {
                for column in x * block..<min(columns, (x + 1) * block) {
                    let value = values[row * columns + column]
                    if !isEmpty(value) { largest = max(largest ?? value, value) }
                }
            }
            return largest.map(color) ?? ground
        }
    }

    private func drawTexts(_ layout: MatrixLayout, _ color: (Double) -> Color, on canvas: Canvas) {
        let words = texts.isEmpty ? values.map { isEmpty($0) ? "" : NumberText.short($0) } : texts
        guard layout.cell >= 13 else { return }
        // All cells have letters of the same height.
        let longest = words.max { $0.count < $1.count } ?? ""
        var font = Font(size: min(13, layout.cell * 0.5))
        let width = canvas.size(of: Text(longest, font, theme.text)).width
        if width > layout.cell - 4 { font.size *= (layout.cell - 4) / width }
        guard font.size >= 6.5 else { return }
        for (index, word) in words.enumerated() where !word.isEmpty {
            let place = layout.rectangle(row: index / columnLabels.count, column: index % columnLabels.count)
            let ink = isEmpty(values[index]) ? theme.faint : color(values[index]).contrast
            canvas.draw(
                Text(word, font, ink, width: layout.cell, horizontal: .center, vertical: .middle), at: place.center)
        }
    }
}
