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
