internal import Foundation

/// The nodes and weights of the Gauss-Legendre quadrature on 0...1, as `numpy.polynomial.legendre.leggauss` has them on
/// -1...1.
struct GaussLegendre {
    /// In rising order.
    let nodes: [Double]
    /// Their sum is 1.
    let weights: [Double]

    /// Finds the zeros of the Legendre polynomial of degree `count` by Newton's method.
    init(count: Int) {
        var pairs: [(node: Double, weight: Double)] = []
        for index in 1...count {
            var x = -cos(Double.pi * (Double(index) - 0.25) / (Double(count) + 0.5))
            var slope = 0.0
            // From this start five steps reach the last bit.
            for _ in 0..<8 {
                let (value, derivative) = Self.polynomial(count, at: x)
                slope = derivative
                x -= value / derivative
            }
            pairs.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
        }
        nodes = pairs.map(\.node)
        weights = pairs.map(\.weight)
    }

    /// The Legendre polynomial and its derivative, by the recurrence of three terms.
    private static func polynomial(_ degree: Int, at x: Double) -> (value: Double, derivative: Double) {
        var (before, value) = (1.0, x)
        if degree > 1 {
            for n in 2...degree {
                (before, value) = (value, (Double(2 * n - 1) * x * value - Double(n - 1) * before) / Double(n))
            }
        }
        return (value, Double(degree) * (x * value - before) / (x * x - 1))
    }
}
