/// A matrix of numbers as colors, such as a confusion matrix with 2 to 1,000 classes.
///
/// Cells show their numbers if they fit. With more rows and columns, labels become smaller, then fewer. From 400 rows
/// or columns on, blocks of cells are drawn with their largest number.
public struct MatrixChart: Drawable {
    /// The title; empty for none.
    public var title: String
    /// The text below the title.
    public var note: String
    /// The numbers, row by row.
    public var values: [Double]
    public var rowLabels: [String], columnLabels: [String]
    /// The titles of the rows and the columns.
    public var rowTitle: String, columnTitle: String
    /// The texts of the cells, row by row; empty for the numbers.
    public var texts: [String]
    /// Groups of rows and the same columns. Each has a frame on the diagonal.
    public var groups: [Range<Int>]
    /// The colormap; nil for the colormap of the theme.
    public var colormap: Colormap?
    /// The scale of the colors.
    public var scale: ColorScale
    /// The values of the first and the last color; by default 0 or a smaller minimum, and the maximum.
    public var range: ClosedRange<Double>?
    /// Whether cells with 0 have no color, so that a count of 1 is visible.
    public var leavesZeroEmpty: Bool
    /// The label of the color bar.
    public var barLabel: String
    /// The format of the values at the color bar.
    public var barFormat: Axis.Format
    /// The theme.
    public var theme: Theme
    /// The longer side of all cells, in points; nil for a size that depends on their number.
    public var side: Double?

    /// Creates a matrix chart.
    ///
    /// - Throws: `DrawingError` if the number of values does not match the rows and columns.
    public init(
        _ title: String = "", note: String = "", values: [Double], rowLabels: [String], columnLabels: [String],
        rowTitle: String = "", columnTitle: String = "", texts: [String] = [], groups: [Range<Int>] = [],
        colormap: Colormap? = nil, scale: ColorScale = .squareRoot, range: ClosedRange<Double>? = nil,
        leavesZeroEmpty: Bool = true, barLabel: String = "", barFormat: Axis.Format = .number, theme: Theme = .light,
        side: Double? = nil
    ) throws(DrawingError) {
        let count = rowLabels.count * columnLabels.count
        guard values.count == count, texts.isEmpty || texts.count == count else {
            throw DrawingError(
                "\(values.count) numbers and \(texts.count) texts do not fit a matrix of \(rowLabels.count) rows and "
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
        self.barFormat = barFormat
        self.theme = theme
        self.side = side
    }

    /// The size in points, which depends on the cells and labels.
    public var size: Size {
        let layout = MatrixLayout(self)
        return layout.size
    }

    /// Draws on a canvas.
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
            barLabel, usedColormap, range: usedRange, scale: scale, isWhole: isWhole, format: barFormat,
            theme: theme,
            size: Size(width: MatrixLayout.barWidth - 16, height: min(260, max(80, layout.frame.height))))
        canvas.place(bar, at: Point(x: layout.frame.right + 16, y: layout.frame.top))
    }

    private var usedColormap: Colormap { colormap ?? theme.counts }

    /// Returns the color of a number.
    var colors: (Double) -> Color {
        let (colormap, range, scale) = (usedColormap, usedRange, scale)
        return { colormap[scale.fraction(of: $0, in: range)] }
    }

    private var usedRange: ClosedRange<Double> {
        if let range { return range }
        guard let data = finiteRange(of: values) else { return 0...1 }
        return min(0, data.lowerBound)...max(data.upperBound, data.lowerBound == 0 ? 1 : 0)
    }
}
