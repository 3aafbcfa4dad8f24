import Foundation
import FoundationXML
import Testing

@testable import Drawing

@Suite("Charts") struct ChartTests {
    private func points(_ values: [Double]) -> [Point] {
        values.enumerated().map { Point(x: Double($0), y: $1) } + values.map { Point(x: $0, y: $0) }
    }

    @Test("Unusual values are drawn", arguments: oddValues) func unusualValues(_ values: [Double]) throws {
        for axis in [Axis("a", .linear), Axis("b", .logarithmic), Axis("c", startsAtZero: true, isWhole: true)] {
            let line = LineChart(
                "t", [.init("a", points(values), isStepped: true), .init("b", points(values), showsPoints: true)],
                marks: values.map { .vertical($0, "v") } + values.map { .horizontal($0, "h") }
                    + values.map { .point(Point(x: $0, y: $0), "p", series: 0) } + [.diagonal],
                x: axis, y: axis)
            var charts: [any Drawable] = [
                line, ScatterChart("s", [.init("a", points(values)), .init("b", points(values))], x: axis, y: axis),
                BarChart("b", values.map { .init("x", $0, interval: $0.isNaN ? nil : $0...$0) }, axis: axis),
                Histogram("h", edges: values, counts: values, x: axis, y: axis),
            ]
            if axis.label == "a" {
                charts += [
                    Histogram("h", of: values),
                    try MatrixChart(
                        "m", values: values, rowLabels: ["r"], columnLabels: values.map { "\($0)" },
                        groups: [0..<1, 0..<9]),
                    Overlay(
                        Raster(width: 4, height: 2) { _, _ in Color(0) },
                        try HeatMap(width: values.count, height: 1, values: values)),
                ]
            }
            for chart in charts {
                let pixels = try Pixels(chart.png())
                #expect(pixels.width == Int(chart.size.width.rounded(.up)))
                if axis.label == "a" { #expect(XMLParser(data: Data(try chart.svg())).parse()) }
            }
        }
    }

    @Test("Stacked plots share their left and right edges") func alignment() throws {
        let size = Size(width: 500, height: 200)
        let ends = [Point(x: 0, y: 0), Point(x: 10, y: 1)]
        let charts = [
            LineChart("", [.init("one", ends), .init("a longer name", ends)], size: size),
            LineChart("", [.init("", [Point(x: 0, y: 0), Point(x: 10, y: 123_456)])], y: Axis("label"), size: size),
        ]
        /// The left and right ends of the axis.
        func edges(_ pixels: Pixels, _ rows: Range<Int>) throws -> [Int] {
            let drawn = rows.filter { pixels[250, $0] != pixels[0, 0] }
            let lines = drawn.map { y in (0..<500).filter { pixels[$0, y] == pixels[250, y] } }
            let axis = lines.max { $0.count < $1.count }
            return try [#require(axis?.first), #require(axis?.last)]
        }
        let alone = try charts.map { try edges(Pixels($0.png(scale: 1)), 0..<200) }
        #expect(alone[0][0] < alone[1][0] - 20 && alone[0][1] < alone[1][1] - 40)
        let stacked = try Pixels(Stack(.rows, charts).png(scale: 1))
        let (upper, lower) = try (edges(stacked, 0..<200), edges(stacked, 200..<400))
        #expect(upper == lower && upper == [alone[1][0], alone[0][1]])
    }

    @Test("Unusual names are drawn", arguments: [Theme.light, .dark]) func unusualNames(_ theme: Theme) throws {
        let count = oddNames.count
        let image = Raster(width: 3, height: 2) { _, _ in theme.good }
        let charts: [any Drawable] = [
            LineChart(oddNames[11], oddNames.map { .init($0, [Point(x: 0, y: 1), Point(x: 1, y: 2)]) }, theme: theme),
            ScatterChart(oddNames[10], oddNames.map { .init($0, [Point(x: 0, y: 1)]) }, theme: theme),
            BarChart(
                oddNames[3], oddNames.map { .init($0, 1, note: $0) }, reference: (0.5, oddNames[10]), theme: theme),
            try MatrixChart(
                oddNames[14], values: [Double](repeating: 2, count: count * count), rowLabels: oddNames,
                columnLabels: oddNames, rowTitle: oddNames[11], columnTitle: oddNames[14], theme: theme),
            ImageGrid(
                oddNames[11], oddNames.map { .init(image, captions: [$0, "✗ \($0.isolated)"]) }, theme: theme),
            ImageGrid("", [], theme: theme), LineChart("", [], theme: theme), BarChart("", [], theme: theme),
            try MatrixChart("", values: [], rowLabels: [], columnLabels: [], theme: theme),
        ]
        for chart in charts + [Stack(.rows, charts, title: oddNames[10], theme: theme)] {
            let pixels = try Pixels(chart.png())
            // Nothing reaches the edge.
            let ground = theme.background.bytes
            let color = UInt32(ground.red) << 16 | UInt32(ground.green) << 8 | UInt32(ground.blue)
            #expect((0..<pixels.width).allSatisfy { pixels[$0, 1] == color })
            #expect((0..<pixels.height).allSatisfy { pixels[1, $0] == color && pixels[pixels.width - 2, $0] == color })
            #expect(XMLParser(data: Data(try chart.svg())).parse())
            #expect(try chart.pdf().count > 100)
        }
    }

    @Test("Lines run through their points") func linePoints() throws {
        let chart = LineChart(
            "", [.init("", [Point(x: 0, y: 0), Point(x: 10, y: 0), Point(x: 10, y: .nan), Point(x: 5, y: 1)])],
            x: Axis(range: 0...10), y: Axis(range: -1...1), size: Size(width: 400, height: 300))
        let pixels = try Pixels(chart.png())
        // The line at 0 is in the middle of the frame: 14 + 8 above, 14 + 22 below.
        let middle = (14 + 8 + 300 - 14 - 22) / 2
        // The line's blue has little red, the background much.
        #expect(pixels[200, middle] >> 16 < 60 && pixels[200, middle - 1] >> 16 < 60)
        #expect(pixels[200, middle - 40] >> 16 > 200 && pixels[200, middle + 4] >> 16 > 200)
    }

    @Test("A stepped line keeps a value until the next point") func steppedLine() throws {
        let chart = LineChart(
            "", [.init("", [Point(x: 0, y: 0), Point(x: 10, y: 1)], isStepped: true)], x: Axis(range: 0...10),
            y: Axis(range: -1...1), size: Size(width: 400, height: 300))
        let pixels = try Pixels(chart.png())
        let middle = (14 + 8 + 300 - 14 - 22) / 2
        /// Whether a pixel near the position is of the line's blue, which has little red.
        func isLine(_ x: Int, _ y: Int) -> Bool {
            (-2...2).contains { across in (-2...2).contains { pixels[x + across, y + $0] >> 16 < 60 } }
        }
        for x in [60, 200, 340] {
            #expect(isLine(x, middle), "at 0 for all values before the second point")
        }
    }

    @Test("An axis has no tick before the first one", arguments: [0.0, 1]) func firstTick(_ first: Double) {
        let epochs = Axis("epoch", startsAtZero: true, isWhole: true, firstTick: first)
        let ticks = AxisScale(epochs, values: [0.1, 1, 2, 3, 4]).ticks(atMost: 8)
        #expect(ticks.values == (Int(first)...4).map(Double.init) && ticks.labels.first == "\(Int(first))")
        let scale = AxisScale(Axis(isWhole: true, firstTick: 1), values: [1, 2, 3])
        #expect(scale.domain.lowerBound > 0.5 && scale.ticks(atMost: 8).labels == ["1", "2", "3"])
    }

    @Test("No two groups have the same color and shape", arguments: [1, 16, 40, 41, 102, 500])
    func groupStyles(_ count: Int) {
        for theme in [Theme.light, .dark] {
            let styles = GroupStyle.styles(count, theme: theme)
            #expect(styles.count == count && Set(styles).count == count)
            let chart = ScatterChart("", (0..<count).map { .init("\($0)", []) }, theme: theme)
            #expect(chart.styles == styles)
        }
    }

    @Test("The colors of many groups are far from each other and from the background", arguments: [Theme.light, .dark])
    func distinctColors(_ theme: Theme) {
        let colors = Set(GroupStyle.styles(102, theme: theme).map(\.color)).map(\.lab) + [theme.background.lab]
        #expect(colors.count == 22)
        for (index, color) in colors.enumerated() {
            for other in colors[..<index] {
                let distance = zip(color, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
                #expect(distance > 15)
            }
        }
    }

    @Test("Matrix cells have the colors of their values") func cells() throws {
        let chart = try MatrixChart(
            values: [0, 1, 0, 4], rowLabels: ["", ""], columnLabels: ["", ""], colormap: .gray, scale: .linear)
        let layout = MatrixLayout(chart)
        let pixels = try Pixels(chart.png())
        func color(_ row: Int, _ column: Int) -> UInt32 {
            let cell = layout.rectangle(row: row, column: column)
            return pixels[Int(cell.x) + 4, Int(cell.y) + 4]
        }
        #expect(color(0, 1) == 0x404040 && color(1, 1) == 0xFFFFFF)
        // An empty cell has the background color.
        #expect(color(0, 0) == color(1, 0) && color(0, 0) > 0xF00000)
        #expect(throws: DrawingError.self) { try MatrixChart(values: [1], rowLabels: ["a", "b"], columnLabels: ["c"]) }
    }

    @Test("A matrix of many classes stays small", arguments: [102, 500]) func manyClasses(_ count: Int) throws {
        var values = [Double](repeating: 0, count: count * count)
        for index in 0..<count { values[index * count + index] = 9 }
        values[3 * count + count - 1] = 1
        let names = (0..<count).map { "class \($0)" }
        let chart = try MatrixChart(values: values, rowLabels: names, columnLabels: names)
        let layout = MatrixLayout(chart)
        #expect(chart.size.width < 1_400 && chart.size.height < 1_400 && layout.font.size >= 6.5)
        #expect(try chart.svg().count < 1_000_000)
        // A single error is visible.
        let pixels = try Pixels(chart.png(scale: 2))
        let cell = layout.rectangle(row: 3, column: count - 1).center
        let empty = layout.rectangle(row: count / 2, column: 5).center
        #expect(pixels[Int(cell.x * 2), Int(cell.y * 2)] != pixels[Int(empty.x * 2), Int(empty.y * 2)])
    }

    @Test("Tiles show their images and frames") func gridTiles() throws {
        let red = Raster(width: 10, height: 10) { _, _ in Color(0xFF0000) }
        let tiles: [ImageGrid.Tile] = [.init(red), .init(red, frame: Color(0x0000FF)), .init(nil)]
        let grid = ImageGrid(
            "", tiles, columns: 2, tileSize: Size(width: 50, height: 50), interpolation: .pixels)
        let pixels = try Pixels(grid.png())
        // Margins of 14, two tiles of 50, and a gap of 12.
        #expect(pixels.width == 140 && pixels.height == 140)
        #expect(pixels[39, 39] == 0xFF0000 && pixels[14, 14] == 0xFF0000)
        #expect(pixels[101, 39] == 0xFF0000 && pixels[78, 39] == 0x0000FF)
        #expect(pixels.count(0xFF0000) == 50 * 50 + 42 * 42)
    }

    @Test("A grid has a legend of its frames below the title and the note") func gridLegend() throws {
        let gray = Raster(width: 10, height: 10) { _, _ in Color(0x808080) }
        let (blue, orange) = (Color(0x0000FF), Color(0xFFA000))
        let grid = ImageGrid(
            "title", note: "note", legend: [.init(blue, "correct"), .init(orange, "wrong")],
            [.init(gray, frame: blue)], tileSize: Size(width: 50, height: 50))
        let pixels = try Pixels(grid.png())
        // A title of 28, a note and a legend of 22 each.
        #expect(pixels.width >= 440 && pixels.height == 14 + 28 + 22 + 22 + 50 + 14)
        // The left edge of the first sample.
        #expect(pixels[15, 14 + 28 - 4 + 22 + 8] == 0x0000FF)
        let row = (0..<pixels.width).filter { pixels[$0, 14 + 28 - 4 + 22 + 8] == 0xFFA000 }
        #expect(row.count >= 2 && (row.first ?? 0) > 60, "the second sample is after the first text")
        // Without a note and a legend, there is no room for them.
        #expect(ImageGrid("", [.init(gray)], tileSize: Size(width: 50, height: 50)).size == Size(width: 78, height: 78))
    }

    @Test("A tile can have its own interpolation") func tileInterpolation() throws {
        let edge = Raster(width: 2, height: 1) { x, _ in Color(x == 0 ? 0x000000 : 0xFFFFFF) }
        let grid = ImageGrid(
            "", [.init(edge), .init(edge, interpolation: .smooth)], columns: 2, tileSize: Size(width: 80, height: 40),
            interpolation: .pixels)
        let pixels = try Pixels(grid.png())
        func shades(_ columns: Range<Int>) -> Int { Set(columns.map { pixels[$0, 34] }).count }
        #expect(shades(14..<94) == 2 && shades(106..<186) > 5)
    }

    @Test("An overlay blends the image with the colors") func blending() throws {
        let black = Raster(width: 8, height: 8) { _, _ in Color(0) }
        let heat = try HeatMap(width: 2, height: 1, values: [0, 1])
        let overlay = Overlay(black, heat, colormap: .gray, opacity: 0.5, barLabel: nil, side: 80)
        let pixels = try Pixels(overlay.png())
        #expect(pixels[14 + 2, 50] == 0x000000)
        #expect(abs(Int(pixels[14 + 77, 50] & 0xFF) - 128) <= 1)
    }
}

extension Color {
    /// The coordinates in CIELAB, with a white point of D65.
    fileprivate var lab: [Double] {
        func linear(_ value: Double) -> Double { value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4) }
        let (red, green, blue) = (linear(red), linear(green), linear(blue))
        func root(_ value: Double) -> Double { value > 0.008856 ? pow(value, 1.0 / 3) : 7.787 * value + 16.0 / 116 }
        let x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
        let y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
        let z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
        return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
    }
}
