/// Numbers for the places of a picture, row by row from the top.
public struct ValueMap: Sendable, Equatable, Codable {
    /// Places across.
    public let width: Int
    /// Places down.
    public let height: Int
    /// A number for each place: `height * width`, row by row.
    public let values: [Float]

    /// A map of numbers that are there already.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(width > 0 && height > 0 && values.count == width * height, "A map has a number for each place.")
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// The place of the greatest number, the first such place; nil where none is above 0.
    public var peak: (x: Int, y: Int)? {
        var best = 0
        for place in values.indices where values[place] > values[best] { best = place }
        return values[best] > 0 ? (best % width, best / width) : nil
    }

    /// The least and the greatest number.
    public var range: ClosedRange<Float> { (values.min() ?? 0)...(values.max() ?? 0) }

    /// For showing: what speaks for the class between 0 and 1, all else 0. The strongest two of a hundred places are 1, so
    /// that a few pixels do not darken all others, as in Captum's pictures.
    public var shown: ValueMap {
        let positive = values.map { $0 > 0 && $0.isFinite ? $0 : 0 }
        let sorted = positive.sorted()
        var top = sorted[min(sorted.count - 1, sorted.count * 98 / 100)]
        if top <= 0 { top = sorted[sorted.count - 1] }
        return ValueMap(width: width, height: height, values: positive.map { top > 0 ? min(1, $0 / top) : 0 })
    }
}
