public import Drawing
internal import Images
internal import Platform
internal import TorchVision

extension Explanation {
    /// Draws the image next to its heat map, with a color bar and the prediction.
    ///
    /// Both show the whole image. Parts outside the network's crop are dark.
    ///
    /// - Parameters:
    ///   - theme: light or dark.
    ///   - side: the length of each image's longer side, in points.
    /// - Throws: `DrawingError` if an image is too large.
    public func drawing(theme: Theme = .light, side: Double = 360) throws(DrawingError) -> some Drawable {
        let seen = dimmed(side: Int(side * 2))
        let image = try Raster(seen)
        return Stack(
            .columns,
            [
                Overlay(
                    image, try heat(over: seen), title: name, opacity: 0, range: 0...1, barLabel: nil, theme: theme,
                    side: side),
                try overlay(theme: theme, side: side),
            ], title: title, theme: theme)
    }

    /// Draws the image with its heat map and a color bar.
    ///
    /// - Throws: `DrawingError` if an image is too large.
    public func overlay(theme: Theme = .light, side: Double = 360) throws(DrawingError) -> some Drawable {
        let seen = dimmed(side: Int(side * 2))
        return Overlay(
            try Raster(seen), try heat(over: seen),
            title: heat.peak == nil ? "\(methodTitle): no evidence" : methodTitle,
            range: 0...1, barLabel: "evidence for the class", theme: theme, side: side)
    }

    /// `golden retriever 87.3 %`.
    private var title: String {
        let name = target.displayName
        let probability = target.probability.columnPercent
        guard target.index != predicted.index else { return "\(name) \(probability)" }
        return "\(name) \(probability), predicted as \(predicted.displayName)"
    }

    /// The name of the file without its folders.
    private var name: String { file.split(separator: "/").last.map(String.init) ?? file }

    private var methodTitle: String { layer.map { "\(method.title) at \($0)" } ?? method.title }

    /// Returns the image in the drawn size, dark outside the network's crop.
    private func dimmed(side: Int) -> Image {
        let scale = min(1, Double(side) / Double(max(image.width, image.height)))
        let width = max(1, Int(Double(image.width) * scale))
        let height = max(1, Int(Double(image.height) * scale))
        let small = scale < 1 ? image.resized(width: width, height: height) : image
        var pixels = small.pixels
        for y in 0..<small.height {
            for x in 0..<small.width where !isSeen(x, y, in: small) {
                let start = (y * small.width + x) * 3
                for channel in start..<start + 3 { pixels[channel] /= 4 }
            }
        }
        return Image(width: small.width, height: small.height, pixels: pixels)
    }

    /// Returns the heat for each pixel of the image in the drawn size, 0 outside the network's crop.
    private func heat(over drawn: Image) throws(DrawingError) -> Drawing.HeatMap {
        let shown = heat.shown(as: method)
        let across = Double(image.width) / Double(drawn.width)
        let down = Double(image.height) / Double(drawn.height)
        var values: [Double] = []
        values.reserveCapacity(drawn.width * drawn.height)
        for y in 0..<drawn.height {
            let row = ((Double(y) + 0.5) * down - viewArea.y) / viewArea.height * Double(shown.height) - 0.5
            for x in 0..<drawn.width {
                let column = ((Double(x) + 0.5) * across - viewArea.x) / viewArea.width * Double(shown.width) - 0.5
                values.append(isSeen(x, y, in: drawn) ? shown.value(x: column, y: row) : 0)
            }
        }
        return try HeatMap(width: drawn.width, height: drawn.height, values: values)
    }

    /// Returns whether a pixel of the image in the drawn size is in the network's crop.
    private func isSeen(_ x: Int, _ y: Int, in drawn: Image) -> Bool {
        let across = (Double(x) + 0.5) * Double(image.width) / Double(drawn.width) - viewArea.x
        let down = (Double(y) + 0.5) * Double(image.height) / Double(drawn.height) - viewArea.y
        return (0...viewArea.width).contains(across) && (0...viewArea.height).contains(down)
    }
}

extension ValueMap {
    /// Returns class activation maps unchanged, and other maps as `shown`.
    fileprivate func shown(as method: ExplanationMethod) -> ValueMap { method.usesLayer ? self : shown }

    /// Returns the value at a point by bilinear interpolation. Points outside the map have the value of the edge.
    fileprivate func value(x: Double, y: Double) -> Double {
        let (x, y) = (min(max(x, 0), Double(width - 1)), min(max(y, 0), Double(height - 1)))
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
        let (across, down) = (x - Double(left), y - Double(top))
        func at(_ column: Int, _ row: Int) -> Double { Double(values[row * width + column]) }
        let above = at(left, top) * (1 - across) + at(right, top) * across
        let below = at(left, bottom) * (1 - across) + at(right, bottom) * across
        return above * (1 - down) + below * down
    }
}

extension FeatureMaps {
    /// Draws the image and its maps as a grid, each map with its channel and with colors from its minimum, dark, to its
    /// maximum, bright.
    ///
    /// - Throws: `DrawingError` if there are too many maps.
    public func drawing(theme: Theme = .light) throws(DrawingError) -> some Drawable {
        var tiles = [
            ImageGrid.Tile(try Raster(view), captions: [file.fileName, "network's input"], interpolation: .smooth)
        ]
        for map in maps {
            let range = map.map.range
            tiles.append(
                ImageGrid.Tile(
                    map.map.raster,
                    captions: [
                        "channel \(map.channel)", String(printf: "%.3g … %.3g", range.lowerBound, range.upperBound),
                    ]))
        }
        let size = layer.maps.map { "\($0.height) x \($0.width)" } ?? ""
        let shown =
            maps.count < channels ? "the \(maps.count) strongest of \(channels) channels" : "\(channels) channels"
        return ImageGrid(
            "\(layer.name)  \(layer.type)",
            note: "\(shown), \(size) values each; below: channel, minimum … maximum", tiles,
            columns: min(8, max(1, Int(Double(tiles.count).squareRoot().rounded(.up)))),
            tileSize: Size(width: 112, height: 112), interpolation: .pixels, theme: theme)
    }
}

extension ValueMap {
    /// The values as colors from dark to bright. A constant map is dark.
    fileprivate var raster: Raster {
        let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
        return Raster(width: width, height: height) { x, y in
            Colormap.viridis[high > low ? (Double(values[y * width + x]) - low) / (high - low) : 0]
        }
    }
}

extension Raster {
    /// Creates a raster from an image.
    init(_ image: Image) throws(DrawingError) {
        try self.init(width: image.width, height: image.height, pixels: image.pixels)
    }
}

extension Kernels {
    /// Draws the kernels as a grid, with a square for each weight.
    ///
    /// - Parameters:
    ///   - limit: the largest number of tiles in a row and in a column.
    ///   - theme: the colors.
    /// - Throws: `DrawingError` if the grid can't be drawn.
    public func drawing(limit: Int = 32, theme: Theme = .light) throws -> some Drawable {
        let image = try grid(limit: limit)
        let (columns, rows) = gridSize(limit: limit)
        // Weights are as large as fits the width of a page, but at most 16 points, so that few kernels do not fill it.
        let scale = max(1, min(16, 720 / max(image.width, image.height)))
        let inOrder = areColored || channels == 1
        let shown = inOrder ? min(count, columns * rows) : rows
        let part = shown < count ? "the first \(shown) of " : ""
        let order = inOrder ? "in reading order" : "one per row, with its channels side by side"
        return ImageGrid(
            "\(layer)  Conv2d", note: "\(part)\(count) kernels of \(channels) x \(height) x \(width), \(order)",
            [ImageGrid.Tile(try Raster(image))], columns: 1,
            tileSize: Size(width: Double(image.width * scale), height: Double(image.height * scale)),
            interpolation: .pixels, theme: theme)
    }
}
