/// The layout of a matrix chart.
struct MatrixLayout {
    static let barWidth = 96.0
    private static let longestLabel = 200.0
    /// The width of a letter relative to the font size. Most letters are narrower.
    private static let letterWidth = 0.62

    /// The area of the cells.
    let frame: Rectangle
    /// The side of a cell.
    let cell: Double
    let size: Size
    /// The font of the labels. With many rows and columns, only some have a label.
    let font: Font
    let labelStep: Int
    /// The size of the labels.
    let rowLabelWidth: Double, columnLabelHeight: Double
    /// Whether column labels are vertical.
    let turnsColumnLabels: Bool

    init(_ chart: MatrixChart) {
        let count = Double(max(1, chart.rowLabels.count, chart.columnLabels.count))
        let wanted = count <= 12 ? count * 46 : count <= 40 ? max(552, count * 20) : max(760, min(1_000, count * 8))
        cell = (chart.side ?? wanted) / count
        let letters = min(12, max(6.5, cell * 0.92))
        font = Font(size: letters)
        let crowding = letters * 1.05 / cell
        labelStep = crowding <= 1 ? 1 : [2, 5, 10, 20, 50].first { Double($0) >= crowding } ?? 100
        func width(_ labels: [String]) -> Double {
            // Wide letters, such as Chinese, count twice.
            let longest =
                labels.lazy.map { label in
                    label.unicodeScalars.prefix(100).reduce(0) { $0 + ($1.value > 0x2E7F ? 1.7 : 1) }
                }.max() ?? 0
            return min(Self.longestLabel, longest * letters * Self.letterWidth + 4)
        }
        let columnWidth = width(chart.columnLabels)
        turnsColumnLabels = columnWidth > cell - 4
        rowLabelWidth = width(chart.rowLabels)
        columnLabelHeight = turnsColumnLabels ? columnWidth : letters * 1.5
        let left = ChartFrame.margin + (chart.rowTitle.isEmpty ? 0 : 22) + rowLabelWidth + 8
        let top =
            ChartFrame.margin + (chart.title.isEmpty ? 0 : ChartFrame.titleHeight) + (chart.note.isEmpty ? 0 : 20)
        frame = Rectangle(
            x: left, y: top, width: Double(max(1, chart.columnLabels.count)) * cell,
            height: Double(max(1, chart.rowLabels.count)) * cell)
        size =
            Size(
                width: frame.right + Self.barWidth + ChartFrame.margin,
                height: max(frame.height, 90) + top + 8 + columnLabelHeight + (chart.columnTitle.isEmpty ? 0 : 24)
                    + ChartFrame.margin
            ).roundedUp
    }

    /// Returns the area of a cell.
    func rectangle(row: Int, column: Int) -> Rectangle {
        Rectangle(
            x: frame.left + Double(column) * cell, y: frame.top + Double(row) * cell, width: cell, height: cell)
    }
}

extension MatrixChart {
    /// The largest number of cells that are drawn as vectors. More cells are drawn as pixels, which makes the file
    /// smaller.
    private static let mostRectangles = 4_000
    private static let mostRows = 400

    func drawCells(_ layout: MatrixLayout, on canvas: Canvas) {
        let (rows, columns) = (rowLabels.count, columnLabels.count)
        canvas.fill(layout.frame, theme.background.mixed(with: theme.grid, fraction: 0.45))
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
        // Some grid lines help to follow many rows and columns.
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

    /// Returns an image with a pixel for each cell or block of cells.
    private func pixels(_ color: (Double) -> Color) -> Raster {
        let (rows, columns) = (rowLabels.count, columnLabels.count)
        let block = max(1, (max(rows, columns) + Self.mostRows - 1) / Self.mostRows)
        let ground = theme.background.mixed(with: theme.grid, fraction: 0.45)
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
        // All cells have the same font size.
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

extension MatrixChart {
    func drawLabels(_ layout: MatrixLayout, on canvas: Canvas) {
        for row in stride(from: 0, to: rowLabels.count, by: layout.labelStep) {
            canvas.draw(
                Text(
                    rowLabels[row], layout.font, theme.text, width: layout.rowLabelWidth, horizontal: .right,
                    vertical: .middle),
                at: Point(x: layout.frame.left - 6, y: layout.rectangle(row: row, column: 0).center.y))
        }
        for column in stride(from: 0, to: columnLabels.count, by: layout.labelStep) {
            let place = Point(x: layout.rectangle(row: 0, column: column).center.x, y: layout.frame.bottom + 6)
            if layout.turnsColumnLabels {
                canvas.draw(
                    Text(
                        columnLabels[column], layout.font, theme.text, width: layout.columnLabelHeight,
                        horizontal: .right, vertical: .middle),
                    at: place, turned: true)
            } else {
                canvas.draw(
                    Text(
                        columnLabels[column], layout.font, theme.text, width: layout.cell, horizontal: .center),
                    at: place)
            }
        }
        if !rowTitle.isEmpty {
            canvas.draw(
                Text(rowTitle, .label, theme.text, width: max(80, layout.frame.height), horizontal: .center),
                at: Point(x: ChartFrame.margin, y: layout.frame.center.y), turned: true)
        }
        if !columnTitle.isEmpty {
            canvas.draw(
                Text(
                    columnTitle, .label, theme.text, width: max(80, layout.frame.width), horizontal: .center,
                    vertical: .bottom),
                at: Point(x: layout.frame.center.x, y: layout.size.height - ChartFrame.margin))
        }
    }
}
