/// A table of numbers as colours, such as a confusion matrix: readable from two classes to a thousand.
///
/// Numbers stand in the cells as long as they fit; labels become small, and then fewer. Beyond 400 rows or columns cells
/// are drawn together, the largest number of each block.
public struct MatrixChart: Drawable {
    /// What stands above; empty for nothing.
    public var title: String
    /// Words below the title.
    public var note: String
    /// The numbers, row by row.
    public var values: [Double]
    public var rowLabels: [String], columnLabels: [String]
    /// What the rows and the columns are.
    public var rowTitle: String, columnTitle: String
    /// What stands in the cells in place of the numbers, row by row; empty for the numbers.
    public var texts: [String]
    /// Rows, and columns of the same numbers, that belong together: each gets a frame on the diagonal.
    public var groups: [Range<Int>]
    /// The colours of the numbers; nil for those of the theme.
    public var colormap: Colormap?
    /// How numbers become colours.
    public var scale: ColorScale
    /// The values of the first and the last colour; by default 0, or less where a number is, and the largest one.
    public var range: ClosedRange<Double>?
    /// Whether a cell with 0 has no colour, so that a count of 1 is seen beside it.
    public var leavesZeroEmpty: Bool
    /// What the colours measure.
    public var barLabel: String
    /// What it looks like.
    public var theme: Theme
    /// The longer side of the cells together, in points; by default as large as their number wants.
    public var side: Double?

    /// A table as colours.
    ///
    /// - Throws: `DrawingError` where the numbers are not one for each row and column.
    public init(
        _ title: String = "", note: String = "", values: [Double], rowLabels: [String], columnLabels: [String],
        rowTitle: String = "", columnTitle: String = "", texts: [String] = [], groups: [Range<Int>] = [],
        colormap: Colormap? = nil, scale: ColorScale = .squareRoot, range: ClosedRange<Double>? = nil,
        leavesZeroEmpty: Bool = true, barLabel: String = "", theme: Theme = .light, side: Double? = nil
    ) throws(DrawingError) {
        let count = rowLabels.count * columnLabels.count
        guard values.count == count, texts.isEmpty || texts.count == count else {
            throw DrawingError(
                "\(values.count) numbers and \(texts.count) words do not fill a table of \(rowLabels.count) rows and "
                    + "\(columnLabels.count) columns")
        }
        self.title = title
        self.note = note
        self.values = values
        self.rowLabels = rowLabels
        self.columnLabels = columnLabels
        self.rowTitle = rowTitle
        self.columnTitle = columnTitle
        self.texts = texts
        self.groups = groups
        self.colormap = colormap
        self.scale = scale
        self.range = range
        self.leavesZeroEmpty = leavesZeroEmpty
        self.barLabel = barLabel
        self.theme = theme
        self.side = side
    }

    /// Its size in points: what the cells and labels need.
    public var size: Size {
        let layout = MatrixLayout(self)
        return layout.size
    }

    /// Draws it.
    public func draw(on canvas: Canvas) {
        let layout = MatrixLayout(self)
        _ = ChartFrame.draw(title, layout.size, theme, on: canvas)
        if !note.isEmpty {
            canvas.draw(
                Text(note, .small, theme.faint, width: layout.size.width - 2 * ChartFrame.margin),
                at: Point(x: ChartFrame.margin, y: ChartFrame.margin + (title.isEmpty ? 0 : 22)))
        }
        drawCells(layout, on: canvas)
        drawLabels(layout, on: canvas)
        let isWhole = range == nil && values.allSatisfy { $0.rounded() == $0 }
        let bar = ColorBar(
            barLabel, usedColormap, range: usedRange, scale: scale, isWhole: isWhole, theme: theme,
            size: Size(width: MatrixLayout.barWidth - 16, height: min(260, max(80, layout.frame.height))))
        canvas.place(bar, at: Point(x: layout.frame.right + 16, y: layout.frame.top))
    }

    private var usedColormap: Colormap { colormap ?? theme.counts }

    /// The colour of each number.
    var colors: (Double) -> Color {
        let (colormap, range, scale) = (usedColormap, usedRange, scale)
        return { colormap[scale.share(of: $0, in: range)] }
    }

    private var usedRange: ClosedRange<Double> {
        if let range { return range }
        guard let data = finiteRange(of: values) else { return 0...1 }
        return min(0, data.lowerBound)...max(data.upperBound, data.lowerBound == 0 ? 1 : 0)
    }
}
