/// Pictures side by side on one: a grid of equal cells, each with a frame if wanted.
public struct ContactSheet: Sendable, Hashable {
    /// A picture on the sheet.
    public struct Cell: Sendable {
        /// The picture, of any size.
        public var image: Image

        /// The colour of the frame, or nil for none.
        public var border: RGBColor?

        /// A picture, with a frame or without.
        public init(_ image: Image, border: RGBColor? = nil) {
            self.image = image
            self.border = border
        }
    }

    /// Cells side by side.
    public var columns: Int

    /// Room for each picture, in pixels. A picture is scaled, larger or smaller, until it just fits, and centred.
    public var cellWidth: Int

    /// Room for each picture, in pixels.
    public var cellHeight: Int

    /// Pixels between the cells, and around the whole.
    public var padding: Int

    /// Thickness of the frame around each cell, in pixels.
    public var borderWidth: Int

    /// The colour behind the pictures.
    public var background: RGBColor

    /// A sheet of `columns` cells across, as long as its pictures need.
    public init(
        columns: Int = 4, cellWidth: Int = 160, cellHeight: Int = 160, padding: Int = 8, borderWidth: Int = 3,
        background: RGBColor = .white
    ) {
        precondition(columns > 0 && cellWidth > 0 && cellHeight > 0, "A sheet has cells.")
        precondition(padding >= 0 && borderWidth >= 0, "Distances are not negative.")
        self.columns = columns
        self.cellWidth = cellWidth
        self.cellHeight = cellHeight
        self.padding = padding
        self.borderWidth = borderWidth
        self.background = background
    }

    /// The sheet with these pictures, row by row. No pictures give an empty row.
    public func image(of cells: [Cell]) -> Image {
        let rows = max(1, (cells.count + columns - 1) / columns)
        let stepAcross = cellWidth + borderWidth * 2 + padding
        let stepDown = cellHeight + borderWidth * 2 + padding
        var canvas = Canvas(width: columns * stepAcross + padding, height: rows * stepDown + padding, background)
        for (index, cell) in cells.enumerated() {
            let left = padding + index % columns * stepAcross
            let top = padding + index / columns * stepDown
            if let border = cell.border {
                canvas.fill(
                    PixelRectangle(x: left, y: top, width: stepAcross - padding, height: stepDown - padding), border)
                let inside = PixelRectangle(
                    x: left + borderWidth, y: top + borderWidth, width: cellWidth, height: cellHeight)
                canvas.fill(inside, background)
            }
            let picture = fitted(cell.image)
            canvas.draw(
                picture, x: left + borderWidth + (cellWidth - picture.width) / 2,
                y: top + borderWidth + (cellHeight - picture.height) / 2)
        }
        return Image(width: canvas.width, height: canvas.height, pixels: canvas.pixels)
    }

    /// The sheet with these pictures, without frames.
    public func image(of images: [Image]) -> Image {
        image(of: images.map { Cell($0) })
    }

    private func fitted(_ image: Image) -> Image {
        // Whether the height binds: the picture is slimmer than the cell.
        let isSlim = image.width * cellHeight < image.height * cellWidth
        let width = isSlim ? max(1, cellHeight * image.width / image.height) : cellWidth
        let height = isSlim ? cellHeight : max(1, cellWidth * image.height / image.width)
        return image.resized(width: width, height: height)
    }
}

/// Pixels that are being painted.
private struct Canvas {
    let width: Int
    let height: Int
    var pixels: [UInt8]

    init(width: Int, height: Int, _ color: RGBColor) {
        self.width = width
        self.height = height
        pixels = Image(width: width, height: height, filledWith: color).pixels
    }

    mutating func fill(_ area: PixelRectangle, _ color: RGBColor) {
        for y in area.y..<(area.y + area.height) {
            for x in area.x..<(area.x + area.width) {
                let start = (y * width + x) * 3
                pixels[start] = color.red
                pixels[start + 1] = color.green
                pixels[start + 2] = color.blue
            }
        }
    }

    mutating func draw(_ image: Image, x: Int, y: Int) {
        let rowBytes = image.width * 3
        for row in 0..<image.height {
            let target = ((y + row) * width + x) * 3
            let source = row * rowBytes
            pixels.replaceSubrange(target..<(target + rowBytes), with: image.pixels[source..<(source + rowBytes)])
        }
    }
}
