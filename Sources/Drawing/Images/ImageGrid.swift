/// A grid of images with captions, such as a contact sheet.
public struct ImageGrid: Drawable {
    /// An image with its caption. Use `name.isolated` for a name within a longer caption.
    public struct Tile: Sendable, Hashable {
        /// The image; nil for an unreadable image, which is drawn as a cross.
        public var image: Raster?
        /// The lines of the caption. Long lines are truncated.
        public var captions: [String]
        /// The color of the frame, such as for wrong predictions; nil for no frame.
        public var frame: Color?

        /// Creates a tile.
        public init(_ image: Raster?, captions: [String] = [], frame: Color? = nil) {
            self.image = image
            self.captions = captions
            self.frame = frame
        }
    }

    /// The title; empty for none.
    public var title: String
    /// The text below the title.
    public var note: String
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

    /// Creates a grid of images. Without tiles, it shows the text "no images".
    public init(
        _ title: String = "", note: String = "", _ tiles: [Tile], columns: Int = 4,
        tileSize: Size = Size(width: 176, height: 176), interpolation: Canvas.Interpolation = .smooth,
        theme: Theme = .light
    ) {
        self.title = title
        self.note = note
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
    private var noteHeight: Double { note.isEmpty ? 0 : 22 }

    /// The size in points, which depends on the tiles.
    public var size: Size {
        let rows = tiles.isEmpty ? 0 : (tiles.count + usedColumns - 1) / usedColumns
        let head = (title.isEmpty ? 0 : ChartFrame.titleHeight) + noteHeight
        return Size(
            width: ChartFrame.margin * 2 + Double(usedColumns) * (tileSize.width + Self.gap) - Self.gap,
            height: ChartFrame.margin * 2 + head + (tiles.isEmpty ? 40 : Double(rows) * rowHeight - Self.gap))
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        if !note.isEmpty {
            canvas.draw(
                Text(note, .small, theme.faint, width: inside.width), at: Point(x: inside.left, y: inside.top - 4))
        }
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

    private func draw(_ tile: Tile, at corner: Point, on canvas: Canvas) {
        let room = Rectangle(at: corner, tileSize)
        if let image = tile.image, image.width > 0, image.height > 0 {
            let inner = tile.frame == nil ? room : room.inset(by: 4)
            let place = inner.fitting(width: Double(image.width), height: Double(image.height))
            canvas.draw(image, in: place, interpolation)
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
                    horizontal: .center),
                at: Point(
                    x: room.center.x,
                    y: room.bottom + 3 + Double(line) * Self.captionHeight))
        }
    }
}
