public import Drawing
internal import TorchVision

extension Kernels {
    /// The kernels as a grid, each weight a square.
    ///
    /// - Parameter limit: how many tiles stand in a row and in a column, at most.
    /// - Throws: `DrawingError` where the grid can't be drawn.
    public func drawing(limit: Int = 32, theme: Theme = .light) throws -> some Drawable {
        let image = try grid(limit: limit)
        let (columns, rows) = gridSize(limit: limit)
        // Weights as large as fills the width of a page, and not so large that three kernels do.
        let scale = max(1, min(16, 720 / max(image.width, image.height)))
        let inOrder = areColored || channels == 1
        let shown = inOrder ? min(count, columns * rows) : rows
        let part = shown < count ? "the first \(shown) of " : ""
        let order = inOrder ? "in reading order" : "a row each, its channels side by side"
        return PictureGrid(
            "\(layer)  Conv2d", note: "\(part)\(count) kernels of \(channels) x \(height) x \(width), \(order)",
            [PictureGrid.Tile(try Raster(image))], columns: 1,
            tileSize: Size(width: Double(image.width * scale), height: Double(image.height * scale)),
            interpolation: .pixels, theme: theme)
    }
}
