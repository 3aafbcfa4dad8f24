/// Values on a grid, such as an explanation of a prediction.
public struct HeatMap: Sendable, Hashable {
    public let width: Int, height: Int
    /// The values, row by row from the top.
    public let values: [Double]

    /// Creates a map from its values.
    ///
    /// - Throws: `DrawingError` if the number of values is not `width * height`.
    public init(width: Int, height: Int, values: [Double]) throws(DrawingError) {
        let (area, isTooLarge) = width.multipliedReportingOverflow(by: height)
        guard width >= 0, height >= 0, !isTooLarge, values.count == area else {
            throw DrawingError("\(values.count) values do not fill a map of \(width) x \(height)")
        }
        self.init(unchecked: values, width: width, height: height)
    }

    private init(unchecked values: [Double], width: Int, height: Int) {
        (self.values, self.width, self.height) = (values, width, height)
    }

    /// Returns the map resized by bilinear interpolation, like PyTorch's `interpolate` with `align_corners=False`.
    public func resized(width newWidth: Int, height newHeight: Int) -> HeatMap {
        guard width > 0, height > 0, newWidth > 0, newHeight > 0 else {
            return HeatMap(unchecked: [], width: 0, height: 0)
        }
        let across = Self.sources(of: newWidth, in: width)
        let down = Self.sources(of: newHeight, in: height)
        var result: [Double] = []
        result.reserveCapacity(newWidth * newHeight)
        for row in down {
            let (upper, lower) = (row.index * width, min(row.index + 1, height - 1) * width)
            for column in across {
                let right = min(column.index + 1, width - 1)
                let above =
                    values[upper + column.index] * (1 - column.fraction) + values[upper + right] * column.fraction
                let below =
                    values[lower + column.index] * (1 - column.fraction) + values[lower + right] * column.fraction
                result.append(above * (1 - row.fraction) + below * row.fraction)
            }
        }
        return HeatMap(unchecked: result, width: newWidth, height: newHeight)
    }

    /// Returns for each new position the preceding old one, and the fraction of the way to the next one.
    private static func sources(of count: Int, in old: Int) -> [(index: Int, fraction: Double)] {
        (0..<count).map { place in
            let source = max(0, (Double(place) + 0.5) * Double(old) / Double(count) - 0.5)
            let index = min(old - 1, Int(source))
            return (index, min(1, source - Double(index)))
        }
    }
}

/// An image with a heat map over it and a color bar, such as an explanation of a prediction.
public struct Overlay: Drawable {
    /// The image.
    public var image: Raster
    /// The heat map, of any size. It covers the whole image.
    public var heat: HeatMap
    /// The title; empty for none.
    public var title: String
    /// The colormap.
    public var colormap: Colormap
    /// The opacity of the heat map: 0 shows only the image, 1 only the heat map.
    public var opacity: Double
    /// The values of the first and the last color; by default the minimum and the maximum.
    public var range: ClosedRange<Double>?
    /// The label of the color bar; nil for no color bar.
    public var barLabel: String?
    /// The theme.
    public var theme: Theme
    /// The length of the image's longer side, in points.
    public var side: Double

    /// Creates an image with a heat map.
    public init(
        _ image: Raster, _ heat: HeatMap, title: String = "", colormap: Colormap = .turbo, opacity: Double = 0.5,
        range: ClosedRange<Double>? = nil, barLabel: String? = "", theme: Theme = .light, side: Double = 320
    ) {
        self.image = image
        self.heat = heat
        self.title = title
        self.colormap = colormap
        self.opacity = opacity
        self.range = range
        self.barLabel = barLabel
        self.theme = theme
        self.side = side
    }

    private var imageSize: Size {
        let longer = Double(max(1, image.width, image.height))
        return Size(
            width: max(1, Double(image.width) * side / longer), height: max(1, Double(image.height) * side / longer)
        )
    }

    private var barWidth: Double { barLabel.map { $0.isEmpty ? 64 : 84 } ?? 0 }

    /// The size in points.
    public var size: Size {
        Size(
            width: imageSize.width + barWidth + ChartFrame.margin * 2,
            height: imageSize.height + ChartFrame.margin * 2 + (title.isEmpty ? 0 : ChartFrame.titleHeight)
        ).roundedUp
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        let place = Rectangle(at: Point(x: inside.left, y: inside.top), imageSize)
        canvas.draw(image, in: place)
        let range = range ?? finiteRange(of: heat.values) ?? 0...0
        canvas.draw(colored(range), in: place, opacity: min(1, max(0, opacity)))
        guard let barLabel else { return }
        let bar = ColorBar(
            barLabel, colormap, range: range, theme: theme, size: Size(width: barWidth - 10, height: place.height))
        canvas.place(bar, at: Point(x: place.right + 10, y: place.top))
    }

    /// Returns the heat map in colors with the resolution of the image. Values are interpolated before colors are
    /// looked up.
    private func colored(_ range: ClosedRange<Double>) -> Raster {
        let longest = 1_000.0
        let shrink = min(1, longest / Double(max(1, image.width, image.height)))
        let fine = heat.resized(
            width: max(1, Int(Double(image.width) * shrink)), height: max(1, Int(Double(image.height) * shrink)))
        let table = colormap.table
        return Raster(
            unchecked: fine.values.flatMap { value in
                let entry = table[Int((fraction(of: value, in: range) * 255).rounded())]
                return [entry.red, entry.green, entry.blue]
            }, width: fine.width, height: fine.height)
    }
}
