public import Drawing
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// Writes image tiles to one or more sheets: `sheet.png`, `sheet-2.png` and so on.
struct SheetFiles {
    private let path: String
    private let title: String
    private let note: String
    private let legend: [SheetTile.Verdict: String]
    private let columns: Int
    private let side: Double
    private let tilesPerSheet: Int
    private let theme = Theme.light
    private var tiles: [SheetTile] = []
    /// The paths of the written sheets.
    private(set) var written: [String] = []

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - path: the file of the first sheet; its extension, `.png`, `.svg` or `.pdf`, determines the format.
    ///   - title: the text above the tiles; `note` is below it.
    ///   - legend: the meaning of the frames. The entries of the frames of a sheet are below its note.
    ///   - side: the width and height of a tile's image, in points.
    init(
        _ path: String, title: String, note: String = "", legend: [SheetTile.Verdict: String] = [:], columns: Int,
        rows: Int, side: Double = 176
    ) {
        (self.path, self.title, self.note, self.legend) = (path, title, note, legend)
        (self.columns, self.side) = (columns, side)
        tilesPerSheet = columns * rows
    }

    /// Adds a tile. Writes the current sheet first if it is full.
    ///
    /// - Throws: `DrawingError` if the sheet can't be written.
    mutating func add(_ tile: SheetTile) throws {
        if tiles.count == tilesPerSheet { try flush() }
        tiles.append(tile)
    }

    /// Writes the last sheet.
    ///
    /// - Returns: the paths of all sheets.
    mutating func finish() throws -> [String] {
        if !tiles.isEmpty { try flush() }
        return written
    }

    private mutating func flush() throws {
        let number = written.count + 1
        let format = try ImageFormat(path: path)
        let file = number == 1 ? path : "\(path.dropLast(format.rawValue.count + 1))-\(number).\(format.rawValue)"
        try grid.save(to: file)
        written.append(file)
        tiles = []
    }

    /// The sheet of the current tiles.
    var grid: ImageGrid {
        let shown = Set(tiles.compactMap(\.verdict))
        return ImageGrid(
            title, note: [score, note].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · "),
            legend: SheetTile.Verdict.allCases.filter(shown.contains).compactMap { verdict in
                legend[verdict].map { ImageGrid.Key(color(of: verdict), $0) }
            },
            tiles.map { tile in
                ImageGrid.Tile(tile.raster, captions: tile.lines, frame: tile.verdict.map(color))
            },
            columns: columns, tileSize: Size(width: side, height: side), theme: theme)
    }

    private func color(of verdict: SheetTile.Verdict) -> Color {
        switch verdict {
        case .right: theme.good
        case .wrong: theme.bad
        case .query: theme.text
        }
    }

    /// The number of correct predictions on the sheet; nil without predictions whose truth is known.
    private var score: String? {
        let right = tiles.count { $0.verdict == .right }
        let known = right + tiles.count { $0.verdict == .wrong }
        guard known > 0 else { return nil }
        return "\(right.grouped) of \(known.grouped) correct (\((Double(right) / Double(known)).columnPercent))"
    }
}

extension Drawable {
    /// Writes the drawing to a PNG, SVG or PDF file. The extension of the path determines the format. The file is
    /// written completely or not at all.
    ///
    /// A PNG file contains a mark of Apus, so that `openDataset` leaves it out of the data.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - scale: the number of pixels per point in a PNG.
    /// - Throws: `DrawingError` for another extension or a drawing that is too large, `FileError` if the file can't be
    ///   written.
    public func save(to path: String, scale: Double = 2) throws {
        let format = try ImageFormat(path: path)
        let bytes = try self.bytes(as: format, scale: scale)
        try writeAtomically(format == .png ? OutputMark.marked(png: bytes) : bytes, to: path)
    }
}

/// An image of a sheet with its caption.
struct SheetTile: Sendable {
    /// The meaning of a frame: whether a prediction is correct, or the image that others are compared with.
    enum Verdict: Sendable, CaseIterable {
        case right, wrong, query
    }

    /// The longest side of a stored image in pixels: twice the size of a tile, for high-resolution screens.
    private static let longestSide = 352

    /// A copy of the image, no larger than needed.
    let raster: Raster
    /// The caption, with a darker first line.
    let lines: [String]
    /// Determines the color of the frame.
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
