internal import Drawing
internal import Torch

/// Writes tiles as sheets, as many as they need: `sheet.png`, `sheet-2.png` and so on.
struct SheetFiles {
    private let path: String
    private let title: String
    private let note: String
    private let columns: Int
    private let side: Double
    private let tilesPerSheet: Int
    private let theme = Theme.light
    private var tiles: [SheetTile] = []
    /// The sheets that have been written.
    private(set) var written: [String] = []

    /// - Parameters:
    ///   - path: the first sheet's file; its ending, `.png`, `.svg` or `.pdf`, is the format.
    ///   - title: what stands above the tiles, and `note` below it.
    ///   - side: the room of a picture, in points.
    init(_ path: String, title: String = "", note: String = "", columns: Int, rows: Int, side: Double = 176) {
        (self.path, self.title, self.note, self.columns, self.side) = (path, title, note, columns, side)
        tilesPerSheet = columns * rows
    }

    /// Adds a tile; a sheet that is full is written when the next tile comes.
    ///
    /// - Throws: `DrawingError` where it can't be.
    mutating func add(_ tile: SheetTile) throws {
        if tiles.count == tilesPerSheet { try flush() }
        tiles.append(tile)
    }

    /// Writes what is left.
    ///
    /// - Returns: the paths of all sheets.
    mutating func finish() throws -> [String] {
        if !tiles.isEmpty { try flush() }
        return written
    }

    private mutating func flush() throws {
        let number = written.count + 1
        let format = try PictureFormat(path: path)
        let file = number == 1 ? path : "\(path.dropLast(format.rawValue.count + 1))-\(number).\(format.rawValue)"
        try grid.save(to: file)
        written.append(file)
        tiles = []
    }

    private var grid: PictureGrid {
        PictureGrid(
            title, note: note,
            tiles.map { tile in
                let frame: Color? =
                    switch tile.verdict {
                    case .right: theme.good
                    case .wrong: theme.bad
                    case nil: nil
                    }
                return PictureGrid.Tile(tile.raster, captions: tile.lines, frame: frame)
            },
            columns: columns, tileSize: Size(width: side, height: side), theme: theme)
    }
}
