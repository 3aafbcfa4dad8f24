/// Where the parts of a matrix chart lie.
struct MatrixLayout {
    static let barWidth = 96.0
    private static let longestLabel = 200.0
    /// Most of the letters are narrower than this share of the font's size.
    private static let letterWidth = 0.62

    /// The cells.
    let frame: Rectangle
    /// The sides of a cell.
    let cell: Double
    let size: Size
    /// The height of the labels' letters; every so many rows and columns have one.
    let font: Font
    let labelStep: Int
    /// The room of the labels.
    let rowLabelWidth: Double, columnLabelHeight: Double
    /// Whether the labels of the columns stand upright.
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
            // Wide letters, as Chinese ones, count for two.
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

    /// The place of a cell.
    func rectangle(row: Int, column: Int) -> Rectangle {
        Rectangle(
            x: frame.left + Double(column) * cell, y: frame.top + Double(row) * cell, width: cell, height: cell)
    }
}
