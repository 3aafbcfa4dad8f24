public import Drawing
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

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

extension Drawable {
    /// Writes the drawing to a file, PNG, SVG or PDF, as the end of its name says. The file is whole or not there.
    ///
    /// A PNG file carries a note that Apus drew it: `openDataset` leaves it out of the data.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - scale: how many pixels a point has in a PNG.
    /// - Throws: `DrawingError` for another ending or a drawing that is too large, `FileError` where the disk refuses.
    public func save(to path: String, scale: Double = 2) throws {
        let format = try PictureFormat(path: path)
        let bytes = try self.bytes(as: format, scale: scale)
        try writeAtomically(format == .png ? OutputMark.marked(png: bytes) : bytes, to: path)
    }
}

/// A picture of a sheet with what is said of it.
struct SheetTile: Sendable {
    /// What a prediction or a label is.
    enum Verdict: Sendable {
        case right, wrong
    }

    /// The longest side of a picture that is kept, in pixels: twice the room that it gets, for sharp screens.
    private static let longestSide = 352

    /// A copy, no larger than a sheet shows it.
    let raster: Raster
    /// What stands below, the first line darker.
    let lines: [String]
    /// Which frame it has.
    let verdict: Verdict?

    init(_ image: Image, _ lines: [String], verdict: Verdict? = nil) throws {
        let scale = min(1, Double(Self.longestSide) / Double(max(image.width, image.height)))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        let small = scale < 1 ? image.resized(width: max(1, Int(width)), height: max(1, Int(height))) : image
        raster = try Raster(width: small.width, height: small.height, pixels: small.pixels)
        self.lines = lines
        self.verdict = verdict
    }
}
