/// Rows of features, scaled to length 1, so that products are cosine similarities.
struct FeatureDirections {
    private typealias Lanes = SIMD8<Float>

    let count: Int
    /// Features are padded with zeros, so that each row has whole lanes.
    private let width: Int
    private var lanes: [Lanes]

    /// Takes rows of a matrix. A row that is not finite, or zero, is like no other one.
    init(_ features: [Float], _ dimension: Int, rows: [Int]) {
        count = rows.count
        // Two sums at a time in `product`.
        width = (dimension + 15) / 16 * 2
        lanes = [Lanes](repeating: .zero, count: rows.count * width)
        features.withUnsafeBufferPointer { features in
            lanes.withUnsafeMutableBytes { lanes in
                let values = lanes.bindMemory(to: Float.self)
                for (place, row) in rows.enumerated() {
                    let target = place * width * 8
                    for column in 0..<dimension { values[target + column] = features[row * dimension + column] }
                }
            }
        }
        for row in 0..<count {
            let square = product(row, with: self, row)
            let scale = square.isFinite && square > 0 ? 1 / square.squareRoot() : 0
            for place in (row * width)..<((row + 1) * width) {
                lanes[place] = scale == 0 ? .zero : lanes[place] * scale
            }
        }
    }

    /// The product of a row with one of another matrix.
    private func product(_ row: Int, with other: FeatureDirections, _ otherRow: Int) -> Float {
        lanes.withUnsafeBufferPointer { own in
            other.lanes.withUnsafeBufferPointer { other in
                Self.product(own, row * width, other, otherRow * width, width)
            }
        }
    }

    @inline(__always)
    private static func product(
        _ first: UnsafeBufferPointer<Lanes>, _ firstStart: Int, _ second: UnsafeBufferPointer<Lanes>,
        _ secondStart: Int, _ width: Int
    ) -> Float {
        // Two chains of sums, because an addition takes several cycles. `addingProduct` would be a function call on
        // processors that the compiler may not expect to have it.
        var (even, odd) = (Lanes.zero, Lanes.zero)
        var place = 0
        while place < width {
            even += first[firstStart + place] * second[secondStart + place]
            odd += first[firstStart + place + 1] * second[secondStart + place + 1]
            place += 2
        }
        return (even + odd).sum()
    }

    /// The similarity of a row to the most similar one of others.
    func largestProduct(_ row: Int, with others: FeatureDirections) -> Float {
        (0..<others.count).reduce(-2) { max($0, product(row, with: others, $1)) }
    }

    /// Raises the largest similarity of each row so far to that with row `added`.
    func raise(_ largest: inout [Float], _ added: Int) {
        lanes.withUnsafeBufferPointer { lanes in
            largest.withUnsafeMutableBufferPointer { largest in
                for row in 0..<count {
                    largest[row] = max(
                        largest[row], Self.product(lanes, row * width, lanes, added * width, width))
                }
            }
        }
    }

    /// The row that is the most similar to the mean of all.
    func mostTypical() -> Int {
        lanes.withUnsafeBufferPointer { lanes in
            var sum = [Lanes](repeating: .zero, count: width)
            for row in 0..<count {
                for place in 0..<width { sum[place] += lanes[row * width + place] }
            }
            return sum.withUnsafeBufferPointer { sum in
                var best = (row: 0, value: -Float.infinity)
                for row in 0..<count {
                    let value = Self.product(lanes, row * width, sum, 0, width)
                    if value > best.value { best = (row, value) }
                }
                return best.row
            }
        }
    }
}
