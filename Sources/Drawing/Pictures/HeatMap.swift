/// Values on a grid, such as where a network looks.
public struct HeatMap: Sendable, Hashable {
    public let width: Int, height: Int
    /// The values, row by row from above.
    public let values: [Double]

    /// A map of values.
    ///
    /// - Throws: `DrawingError` where there are not as many values as places.
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

    /// The map with another number of places, bilinearly: PyTorch's `interpolate` with `align_corners=False`.
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
                    values[upper + column.index] * (1 - column.share) + values[upper + right] * column.share
                let below =
                    values[lower + column.index] * (1 - column.share) + values[lower + right] * column.share
                result.append(above * (1 - row.share) + below * row.share)
            }
        }
        return HeatMap(unchecked: result, width: newWidth, height: newHeight)
    }

    /// For each new place, the old one before it and how far it lies on the way to the next.
    private static func sources(of count: Int, in old: Int) -> [(index: Int, share: Double)] {
        (0..<count).map { place in
            let source = max(0, (Double(place) + 0.5) * Double(old) / Double(count) - 0.5)
            let index = min(old - 1, Int(source))
            return (index, min(1, source - Double(index)))
        }
    }
}
