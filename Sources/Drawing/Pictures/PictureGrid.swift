/// Pictures in rows of equal tiles, with captions: contact sheets and galleries.
public struct PictureGrid: Drawable {
    /// A picture with its words. A name within longer words is put there as `name.isolated`.
    public struct Tile: Sendable, Hashable {
        /// nil where the picture could not be read: the tile then has a cross.
        public var picture: Raster?
        /// The lines below it; a line that is too long is cut.
        public var captions: [String]
        /// The colour of its frame, as for what was wrong.
        public var frame: Color?

        /// A tile.
        public init(_ picture: Raster?, captions: [String] = [], frame: Color? = nil) {
            self.picture = picture
            self.captions = captions
            self.frame = frame
        }
    }

    /// What stands above; empty for nothing.
    public var title: String
    /// Words below the title.
    public var note: String
    /// The pictures, row by row.
    public var tiles: [Tile]
    /// How many tiles stand beside each other.
    public var columns: Int
    /// The room for each picture, which is fitted into it.
    public var tileSize: Size
    /// How pixels are made larger or smaller.
    public var interpolation: Canvas.Interpolation
    /// What it looks like.
    public var theme: Theme

    private static let gap = 12.0
    private static let captionHeight = 16.0

    /// A grid of pictures; its size is what they need. No tiles: a word that there are none.
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

    /// Its size in points: what the tiles need.
    public var size: Size {
        let rows = tiles.isEmpty ? 0 : (tiles.count + usedColumns - 1) / usedColumns
        let head = (title.isEmpty ? 0 : ChartFrame.titleHeight) + noteHeight
        return Size(
            width: ChartFrame.margin * 2 + Double(usedColumns) * (tileSize.width + Self.gap) - Self.gap,
            height: ChartFrame.margin * 2 + head + (tiles.isEmpty ? 40 : Double(rows) * rowHeight - Self.gap))
    }

    /// Draws it.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        if !note.isEmpty {
            canvas.draw(
                Text(note, .small, theme.faint, width: inside.width), at: Point(x: inside.left, y: inside.top - 4))
        }
        guard !tiles.isEmpty else {
            canvas.draw(
                Text("no pictures", .label, theme.faint, width: inside.width, vertical: .bottom),
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
        if let picture = tile.picture, picture.width > 0, picture.height > 0 {
            let inner = tile.frame == nil ? room : room.inset(by: 4)
            let place = inner.fitting(width: Double(picture.width), height: Double(picture.height))
            canvas.draw(picture, in: place, interpolation)
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
