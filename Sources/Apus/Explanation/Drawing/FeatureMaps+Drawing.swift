public import Drawing
internal import Foundation

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
