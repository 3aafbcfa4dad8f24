internal import Torch

/// The directions in which points differ the most, as scikit-learn's `PCA` finds them.
@TensorActor
struct PrincipalComponents {
    /// Unit vectors, float64 `[K, D]`, the widest first. The entry of the largest magnitude is positive in each, as
    /// scikit-learn chooses signs.
    let components: Tensor
    /// The points along them, float64 `[N, K]`, about their mean.
    let projected: Tensor
    /// The share of all variance that each has.
    let varianceRatio: [Double]

    /// Of points float32 `[N, D]`; K is `count`, or less where there are not so many points or dimensions.
    init(of points: Tensor, count: Int) throws {
        let (rows, columns) = (points.size(0), points.size(1))
        let kept = min(count, rows, columns)
        let mean = try points.to(.float64).mean([0])
        func centred(_ part: Tensor) throws -> Tensor { try part.to(.float64) - mean }
        var (vectors, squares): (Tensor, Tensor)
        if rows > columns {
            // The eigenvectors of the covariance are the same, and points pass a part at a time.
            var covariance = try Tensor.zeros([columns, columns], dtype: .float64)
            for part in try points.split(4096) {
                let part = try centred(part)
                covariance = try covariance + part.transpose(0, 1).matmul(part)
            }
            let results = try Operator.symmetricEigen.tensors(covariance)
            // Eigenvalues rise.
            (squares, vectors) = (try results[0].flip([0]).clamp(0, nil), try results[1].flip([1]).transpose(0, 1))
        } else {
            let results = try Operator.singularValues.tensors(centred(points), false)
            (squares, vectors) = (try results[1] * results[1], results[2])
        }
        vectors = try vectors.narrow(0, from: 0, length: kept)
        let largest = try vectors.gather(1, vectors.abs().argmax(1, keepDimension: true))
        components = try vectors * Tensor.choose(where: largest .< 0, Tensor(-1.0), Tensor(1.0))
        let directions = try components.transpose(0, 1)
        projected = try Tensor.cat(points.split(4096).map { try centred($0).matmul(directions) })
        let variances = try squares.array(as: Double.self)
        let total = variances.reduce(0, +)
        varianceRatio = variances.prefix(kept).map { total > 0 ? $0 / total : 0 }
    }
}

extension Operator {
    fileprivate static let symmetricEigen = Operator("aten::linalg_eigh")
    fileprivate static let singularValues = Operator("aten::linalg_svd")
}
