/// A grid of images with captions, such as a contact sheet.
public struct ImageGrid: Drawable {
    /// An image with its caption. Use `name.isolated` for a name within a longer caption.
    public struct Tile: Sendable, Hashable {
        /// The image; nil for an unreadable image, which is drawn as a cross.
        public var image: Raster?
        /// The lines of the caption. Long lines are truncated in the middle.
        public var captions: [String]
        /// The color of the frame, such as for wrong predictions; nil for no frame.
        public var frame: Color?
        /// The interpolation of this image; nil for that of the grid.
        public var interpolation: Canvas.Interpolation?

        /// Creates a tile.
        public init(
            _ image: Raster?, captions: [String] = [], frame: Color? = nil, interpolation: Canvas.Interpolation? = nil
        ) {
            self.image = image
            self.captions = captions
            self.frame = frame
            self.interpolation = interpolation
        }
    }

    /// An entry of the legend: a color of frames and its meaning.
    public struct Key: Sendable, Hashable {
        /// The color.
        public var color: Color
        /// The meaning.
        public var text: String

        /// Creates an entry.
        public init(_ color: Color, _ text: String) { (self.color, self.text) = (color, text) }
    }

    /// The title; empty for none.
    public var title: String
    /// The text below the title.
    public var note: String
    /// The legend of the frames, below the note.
    public var legend: [Key]
    /// The tiles, row by row.
    public var tiles: [Tile]
    /// The number of tiles per row.
    public var columns: Int
    /// The size of a tile's image. Images are fitted into it.
    public var tileSize: Size
    /// The interpolation of images.
    public var interpolation: Canvas.Interpolation
    /// The theme.
    public var theme: Theme

    private static let gap = 12.0
    private static let captionHeight = 16.0
    /// The least width of a grid with a note or a legend, which need room.
    private static let headWidth = 420.0

    /// Creates a grid of images. Without tiles, it shows the text "no images".
    public init(
        _ title: String = "", note: String = "", legend: [Key] = [], _ tiles: [Tile], columns: Int = 4,
        tileSize: Size = Size(width: 176, height: 176), interpolation: Canvas.Interpolation = .smooth,
        theme: Theme = .light
    ) {
        self.title = title
        self.note = note
        self.legend = legend
        self.tiles = tiles
        self.columns = max(1, columns)
        self.tileSize = tileSize
        self.interpolation = interpolation
        self.theme = theme
    }

    private var usedColumns: Int { max(1, min(columns, tiles.count)) }
    private var captionLines: Int { tiles.map(\.captions.count).max() ?? 0 }
    private var rowHeight: Double {
        tileSize.height + Double(captionLines) * Self.captionHeight + (captionLines > 0 ? 4 : 0) + Self.gap
    }
    private var noteHeight: Double { (note.isEmpty ? 0 : 22) + (legend.isEmpty ? 0 : 22) }

    /// The size in points, which depends on the tiles.
    public var size: Size {
        let rows = tiles.isEmpty ? 0 : (tiles.count + usedColumns - 1) / usedColumns
        let head = (title.isEmpty ? 0 : ChartFrame.titleHeight) + noteHeight
        let width = Double(usedColumns) * (tileSize.width + Self.gap) - Self.gap
        return Size(
            width: ChartFrame.margin * 2 + max(width, noteHeight > 0 ? Self.headWidth : 0),
            height: ChartFrame.margin * 2 + head + (tiles.isEmpty ? 40 : Double(rows) * rowHeight - Self.gap))
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        if !note.isEmpty {
            canvas.draw(
                Text(note, .small, theme.faint, width: inside.width, truncation: .middle),
                at: Point(x: inside.left, y: inside.top - 4))
        }
        drawLegend(
            in: Rectangle(
                x: inside.left, y: inside.top - 4 + (note.isEmpty ? 0 : 22), width: inside.width, height: 16),
            on: canvas)
        guard !tiles.isEmpty else {
            canvas.draw(
                Text("no images", .label, theme.faint, width: inside.width, vertical: .bottom),
                at: Point(x: inside.left, y: inside.bottom))
            return
        }
        for (index, tile) in tiles.enumerated() {
            draw(
                tile,
                at: Point(
                    x: inside.left + Double(index % usedColumns) * (tileSize.width + Self.gap),
                    y: inside.top + noteHeight + Double(index / usedColumns) * rowHeight), on: canvas)
        }
    }

    /// Draws a small frame and the meaning of its color for each entry, next to each other.
    private func drawLegend(in row: Rectangle, on canvas: Canvas) {
        var left = row.left
        for key in legend {
            let text = Text(key.text, .small, theme.text, width: max(0, row.right - left - 18), vertical: .middle)
            canvas.stroke(Rectangle(x: left + 1, y: row.center.y - 5, width: 10, height: 10), key.color, width: 2.5)
            let drawn = canvas.draw(text, at: Point(x: left + 18, y: row.center.y))
            left = drawn.right + 16
        }
    }

    private func draw(_ tile: Tile, at corner: Point, on canvas: Canvas) {
        let room = Rectangle(at: corner, tileSize)
        if let image = tile.image, image.width > 0, image.height > 0 {
            let inner = tile.frame == nil ? room : room.inset(by: 4)
            let place = inner.fitting(width: Double(image.width), height: Double(image.height))
            canvas.draw(image, in: place, tile.interpolation ?? interpolation)
            if let frame = tile.frame { canvas.stroke(place.inset(by: -2.5), frame, width: 3) }
        } else {
            canvas.fill(room, theme.grid)
            canvas.line(
                from: Point(x: room.left, y: room.top), to: Point(x: room.right, y: room.bottom), theme.line)
            canvas.line(
                from: Point(x: room.left, y: room.bottom), to: Point(x: room.right, y: room.top), theme.line)
            if let frame = tile.frame { canvas.stroke(room.inset(by: 1.5), frame, width: 3) }
        }
        for (line, caption) in tile.captions.enumerated() {
            canvas.draw(
                Text(
                    caption, .small, line == 0 ? theme.text : theme.faint, width: tileSize.width,
                    horizontal: .center, truncation: .middle),
                at: Point(
                    x: room.center.x,
                    y: room.bottom + 3 + Double(line) * Self.captionHeight))
        }
    }
}
