import Testing

@testable import Drawing

@Suite("Colormaps") struct ColormapTests {
    /// Colors of Matplotlib 3.11, at indices of its table of 256.
    @Test("The colors equal Matplotlib's") func matplotlib() {
        let places = [0, 40, 100, 128, 200, 255]
        let viridis: [[Int]] = [
            [68, 1, 84], [69, 55, 129], [42, 118, 142], [33, 145, 140], [112, 207, 87], [253, 231, 37],
        ]
        let turbo: [[Int]] = [
            [48, 18, 59], [70, 128, 246], [63, 246, 138], [164, 252, 60], [244, 102, 23], [122, 4, 3],
        ]
        for (map, colors) in [(Colormap.viridis, viridis), (.turbo, turbo)] {
            for (place, wanted) in zip(places, colors) {
                let entry = map.table[place]
                let ours = [entry.red, entry.green, entry.blue].map(Int.init)
                #expect(zip(ours, wanted).allSatisfy { abs($0 - $1) <= 7 }, "\(place): \(ours) \(wanted)")
            }
        }
    }

    @Test("Values out of range and NaN have colors") func oddValues() {
        #expect(Colormap.gray[-3] == Color(0) && Colormap.gray[.infinity] == Color(0xFFFFFF))
        #expect(Colormap.gray[.nan] == Color(0) && Colormap.gray.reversed[0] == Color(0xFFFFFF))
        #expect(Colormap([])[0.5] == Color(0x808080) && Colormap([Color(0xFF)])[0.5] == Color(0xFF))
        #expect(Palette.light[8] == Palette.light[0] && Palette.light[-1] == Palette.light[7])
    }

    @Test("Values become pixels") func pixels() throws {
        let raster = try Raster(values: [0, 1, .nan, 4], width: 2, height: 2, .gray)
        #expect(raster.pixels == [0, 0, 0, 64, 64, 64, 0, 0, 0, 255, 255, 255])
        #expect(throws: DrawingError.self) { try Raster(values: [1], width: 2, height: 2, .gray) }
        #expect(throws: DrawingError.self) { try Raster(width: 2, height: 2, pixels: [0]) }
        #expect(throws: DrawingError.self) { try Raster(width: .max, height: 4, pixels: []) }
    }

    /// Results of PyTorch 2.13: `interpolate(mode="bilinear", align_corners=False)`.
    @Test("Heat maps are interpolated as in PyTorch") func interpolation() throws {
        let small = try HeatMap(width: 2, height: 2, values: [1, 2, 3, 5]).resized(width: 4, height: 3)
        #expect(small.values == [1, 1.25, 1.75, 2, 2, 2.375, 3.125, 3.5, 3, 3.5, 4.5, 5])
        let squares = try HeatMap(width: 3, height: 3, values: (0..<9).map { Double($0 * $0) })
        let wanted = [2.25, 3.25, 4.75, 7.45, 9.25, 29.25, 33.85, 40.75, 48.85, 54.25]
        #expect(zip(squares.resized(width: 5, height: 2).values, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(throws: DrawingError.self) { try HeatMap(width: 2, height: 2, values: [1]) }
    }
}
