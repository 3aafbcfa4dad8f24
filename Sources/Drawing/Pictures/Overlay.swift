/// A picture with values over it in colours, such as where a network looks, and what the colours mean.
public struct Overlay: Drawable {
    /// The picture.
    public var picture: Raster
    /// The values, on a grid of any size that covers the whole picture.
    public var heat: HeatMap
    /// What stands above; empty for nothing.
    public var title: String
    /// The colours of the values.
    public var colormap: Colormap
    /// How much of the colours is seen: 0 shows the picture alone, 1 the colours alone.
    public var opacity: Double
    /// The values of the first and the last colour; by default the smallest and the largest one.
    public var range: ClosedRange<Double>?
    /// What the colours measure; nil for no colour bar.
    public var barLabel: String?
    /// What it looks like.
    public var theme: Theme
    /// The longer side of the picture on the drawing, in points.
    public var side: Double

    /// A picture with values over it.
    public init(
        _ picture: Raster, _ heat: HeatMap, title: String = "", colormap: Colormap = .turbo, opacity: Double = 0.5,
        range: ClosedRange<Double>? = nil, barLabel: String? = "", theme: Theme = .light, side: Double = 320
    ) {
        self.picture = picture
        self.heat = heat
        self.title = title
        self.colormap = colormap
        self.opacity = opacity
        self.range = range
        self.barLabel = barLabel
        self.theme = theme
        self.side = side
    }

    private var pictureSize: Size {
        let longer = Double(max(1, picture.width, picture.height))
        return Size(
            width: max(1, Double(picture.width) * side / longer), height: max(1, Double(picture.height) * side / longer)
        )
    }

    private var barWidth: Double { barLabel.map { $0.isEmpty ? 64 : 84 } ?? 0 }

    /// Its size in points.
    public var size: Size {
        Size(
            width: pictureSize.width + barWidth + ChartFrame.margin * 2,
            height: pictureSize.height + ChartFrame.margin * 2 + (title.isEmpty ? 0 : ChartFrame.titleHeight)
        ).roundedUp
    }

    /// Draws it.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        let place = Rectangle(at: Point(x: inside.left, y: inside.top), pictureSize)
        canvas.draw(picture, in: place)
        let range = range ?? finiteRange(of: heat.values) ?? 0...0
        canvas.draw(colored(range), in: place, opacity: min(1, max(0, opacity)))
        guard let barLabel else { return }
        let bar = ColorBar(
            barLabel, colormap, range: range, theme: theme, size: Size(width: barWidth - 10, height: place.height))
        canvas.place(bar, at: Point(x: place.right + 10, y: place.top))
    }

    /// The values in their colours, as fine as the picture is: colours are looked up after the values were mixed.
    private func colored(_ range: ClosedRange<Double>) -> Raster {
        let longest = 1_000.0
        let shrink = min(1, longest / Double(max(1, picture.width, picture.height)))
        let fine = heat.resized(
            width: max(1, Int(Double(picture.width) * shrink)), height: max(1, Int(Double(picture.height) * shrink)))
        let table = colormap.table
        return Raster(
            unchecked: fine.values.flatMap { value in
                let entry = table[Int((share(of: value, in: range) * 255).rounded())]
                return [entry.red, entry.green, entry.blue]
            }, width: fine.width, height: fine.height)
    }
}
