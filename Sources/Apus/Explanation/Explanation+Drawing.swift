public import Drawing
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

extension Explanation {
    /// The picture beside itself with the heat over it, a colour bar, and what the network says.
    ///
    /// Both show the whole picture; what the network did not see of it is dark.
    ///
    /// - Parameters:
    ///   - theme: light or dark.
    ///   - side: the longer side of each picture, in points.
    /// - Throws: `DrawingError` where a picture is too large to be drawn.
    public func drawing(theme: Theme = .light, side: Double = 360) throws(DrawingError) -> some Drawable {
        let seen = dimmed(side: Int(side * 2))
        let picture = try Raster(seen)
        return Stack(
            .columns,
            [
                Overlay(
                    picture, try heat(over: seen), title: name, opacity: 0, range: 0...1, barLabel: nil, theme: theme,
                    side: side),
                try overlay(theme: theme, side: side),
            ], title: title, theme: theme)
    }

    /// The picture with the heat over it and a colour bar.
    ///
    /// - Throws: `DrawingError` where a picture is too large to be drawn.
    public func overlay(theme: Theme = .light, side: Double = 360) throws(DrawingError) -> some Drawable {
        let seen = dimmed(side: Int(side * 2))
        return Overlay(
            try Raster(seen), try heat(over: seen),
            title: heat.peak == nil ? "\(methodTitle): no evidence" : methodTitle,
            range: 0...1, barLabel: "for the class", theme: theme, side: side)
    }

    /// `golden retriever 87.3 %`.
    private var title: String {
        let name = target.label
        let probability = target.probability.columnPercent
        guard target.index != predicted.index else { return "\(name) \(probability)" }
        return "\(name) \(probability), predicted as \(predicted.label)"
    }

    /// The file's name without its folders.
    private var name: String { file.split(separator: "/").last.map(String.init) ?? file }

    private var methodTitle: String { layer.map { "\(method.title) at \($0)" } ?? method.title }

    /// The picture no larger than it is drawn, dark where the network did not look.
    private func dimmed(side: Int) -> Image {
        let scale = min(1, Double(side) / Double(max(picture.width, picture.height)))
        let width = max(1, Int(Double(picture.width) * scale))
        let height = max(1, Int(Double(picture.height) * scale))
        let small = scale < 1 ? picture.resized(width: width, height: height) : picture
        var pixels = small.pixels
        for y in 0..<small.height {
            for x in 0..<small.width where !isSeen(x, y, in: small) {
                let start = (y * small.width + x) * 3
                for channel in start..<start + 3 { pixels[channel] /= 4 }
            }
        }
        return Image(width: small.width, height: small.height, pixels: pixels)
    }

    /// The heat for each pixel of a smaller picture, nothing where the network did not look.
    private func heat(over image: Image) throws(DrawingError) -> Drawing.HeatMap {
        let shown = heat.shown(as: method)
        let across = Double(picture.width) / Double(image.width)
        let down = Double(picture.height) / Double(image.height)
        var values: [Double] = []
        values.reserveCapacity(image.width * image.height)
        for y in 0..<image.height {
            let row = ((Double(y) + 0.5) * down - viewArea.y) / viewArea.height * Double(shown.height) - 0.5
            for x in 0..<image.width {
                let column = ((Double(x) + 0.5) * across - viewArea.x) / viewArea.width * Double(shown.width) - 0.5
                values.append(isSeen(x, y, in: image) ? shown.value(x: column, y: row) : 0)
            }
        }
        return try HeatMap(width: image.width, height: image.height, values: values)
    }

    private func isSeen(_ x: Int, _ y: Int, in image: Image) -> Bool {
        let across = (Double(x) + 0.5) * Double(picture.width) / Double(image.width) - viewArea.x
        let down = (Double(y) + 0.5) * Double(picture.height) / Double(image.height) - viewArea.y
        return (0...viewArea.width).contains(across) && (0...viewArea.height).contains(down)
    }
}

extension ValueMap {
    /// For showing: class activation maps as they are, others with what speaks for the class between 0 and 1.
    fileprivate func shown(as method: ExplanationMethod) -> ValueMap { method.usesLayer ? self : shown }

    /// The number between places, bilinearly; beyond the edge that of the edge.
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
    /// The maps as a grid, each from its least value, dark, to its greatest, bright, with its channel's number.
    ///
    /// - Throws: `DrawingError` where there are too many to be drawn.
    public func drawing(theme: Theme = .light) throws(DrawingError) -> some Drawable {
        var tiles: [PictureGrid.Tile] = []
        for map in maps {
            let range = map.map.range
            tiles.append(
                PictureGrid.Tile(
                    map.map.raster,
                    captions: [
                        "channel \(map.channel)", String(format: "%.3g … %.3g", range.lowerBound, range.upperBound),
                    ]))
        }
        let size = layer.maps.map { "\($0.height) x \($0.width)" } ?? ""
        let shown =
            maps.count < channels ? "the \(maps.count) strongest of \(channels) channels" : "\(channels) channels"
        return PictureGrid(
            "\(layer.name)  \(layer.type)", note: "\(shown), \(size) places each", tiles,
            columns: min(8, max(1, Int(Double(maps.count).squareRoot().rounded(.up)))),
            tileSize: Size(width: 112, height: 112), interpolation: .pixels, theme: theme)
    }
}

extension ValueMap {
    /// The values from dark to bright; those of a map that has but one are dark.
    fileprivate var raster: Raster {
        let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
        return Raster(width: width, height: height) { x, y in
            Colormap.viridis[high > low ? (Double(values[y * width + x]) - low) / (high - low) : 0]
        }
    }
}

extension Raster {
    /// A picture's pixels.
    init(_ image: Image) throws(DrawingError) {
        try self.init(width: image.width, height: image.height, pixels: image.pixels)
    }
}

extension Kernels {
    /// The kernels as a grid, each weight a square.
    ///
    /// - Parameters:
    ///   - limit: how many tiles stand in a row and in a column, at most.
    ///   - theme: the colors.
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
